from dataclasses import replace

import pytest

from eegtune.report.figures.curves import curves
from eegtune.report.figures.figure import NothingToShow
from eegtune.spec.trial import TrialCondition

from ..runs import material, record
from .drawable import check


def test_lines_of_all_trials_with_gaps_and_the_best_by_itself():
    records = (record(0, {}, 0.6), record(1, {}, 0.9), record(2, {}, 0.7))
    made = replace(
        material(0),
        records=records,
        curves={"trial-0000": (0.5, 0.6), "trial-0001": (0.4, 0.9), "trial-0002": (0.7,)},
    )
    figure = curves(made)
    check(figure)
    others, best = figure.data
    assert others["x"] == [1, 2, None]
    assert others["y"] == [0.5, 0.6, None]
    assert best["name"] == "best (trial 1)"
    assert "from 0.4 to 0.9 in 2 reports" in figure.alt


def test_long_curves_are_thinned_to_their_last_point():
    made = replace(
        material(0), records=(record(0, {}, 1.0),), curves={"trial-0000": tuple(range(5001))}
    )
    line = curves(made).data[0]
    assert len(line["x"]) < 250
    assert line["x"][-2] == 5001


@pytest.mark.parametrize("points", [(), (0.5,)])
def test_single_reports_are_no_curve(points):
    made = replace(material(0), records=(record(0, {}, 0.5),), curves={"trial-0000": points})
    with pytest.raises(NothingToShow, match="once, at their end"):
        curves(made)


def test_a_mark_where_a_trial_was_stopped():
    records = (record(0, {}, 0.6), record(1, {}, 0.5, TrialCondition.EARLY_STOPPED))
    lines = {"trial-0000": (0.5, 0.6, 0.6), "trial-0001": (0.4, 0.5)}
    figure = curves(replace(material(0), records=records, curves=lines))
    check(figure)
    marks = next(trace for trace in figure.data if trace["name"] == "where they were stopped")
    assert (marks["x"], marks["y"], marks["customdata"]) == ([2], [0.5], [1])
