import math
from dataclasses import replace

from eegtune.report.figures.scores import score_differences, score_intervals
from trial_runner.scoring.values import Interval

from ..runs import evaluation
from .drawable import check

TITLES = {"auroc": "AUROC", "accuracy": "Accuracy"}


def test_every_configuration_has_points_with_intervals():
    figure = score_intervals(evaluation(), TITLES)
    check(figure)
    assert [trace["name"] for trace in figure.data] == ["default", "tuned", "all features"]
    tuned = figure.data[1]
    assert tuned["x"][0] == 0.9
    assert tuned["error_x"]["array"][0] == 0.03
    assert "tuned: AUROC 0.900" in figure.alt


def test_differences_have_signs_and_bounds():
    figure = score_differences(evaluation(gain=0.02), TITLES)
    check(figure)
    assert figure.title == "Tuned minus default"
    assert "AUROC +0.020, 95 % interval −0.020 to +0.060" in figure.alt


def test_missing_bounds_draw_no_bar():
    found = evaluation()
    first = found.configurations[0]
    scores = {
        name: replace(score, interval=Interval(0.5, math.nan, math.nan))
        for name, score in first.scores.items()
    }
    broken = replace(
        found, configurations=(replace(first, scores=scores), *found.configurations[1:])
    )
    figure = score_intervals(broken, TITLES)
    check(figure)
    assert figure.data[0]["error_x"]["array"] == [0.0] * 4
