from dataclasses import replace

import pytest

from eegtune.report.figures.figure import NothingToShow
from eegtune.report.figures.history import history
from eegtune.spec.trial import TrialCondition

from ..runs import experiment, material, record
from .drawable import check


def _trace(figure, name):
    return next(trace for trace in figure.data if trace["name"] == name)


def test_points_best_line_and_failures():
    failed = TrialCondition.FAILED
    records = (
        record(0, {}, 0.6), record(1, {}, 0.5), record(2, {}, None, failed),
        record(3, {}, 0.8), record(4, {}, 0.7, TrialCondition.EARLY_STOPPED),
    )  # fmt: skip
    figure = history(replace(material(0), records=records))
    check(figure)
    assert _trace(figure, "trial")["y"] == [0.6, 0.5, 0.8]
    assert _trace(figure, "stopped early")["x"] == [4]
    assert _trace(figure, "failed")["x"] == [2]
    best = _trace(figure, "best so far")
    assert list(zip(best["x"], best["y"], strict=True)) == [(0, 0.6), (3, 0.8), (4, 0.8)]
    assert "trial 3, has 0.8" in figure.alt


def test_best_goes_down_where_small_is_good():
    made = experiment(objective={"type": "minimize", "objectiveMetricName": "val_auroc"})
    records = (record(0, {}, 0.6), record(1, {}, 0.7), record(2, {}, 0.5))
    figure = history(replace(material(0), experiment=made, records=records))
    assert _trace(figure, "best so far")["y"] == [0.6, 0.5, 0.5]


def test_only_failures_are_drawn_too():
    records = tuple(record(n, {}, None, TrialCondition.FAILED) for n in range(3))
    figure = history(replace(material(0), records=records))
    check(figure)
    assert [trace["name"] for trace in figure.data] == ["failed"]


def test_nothing_ended():
    records = (record(0, {}, None, TrialCondition.RUNNING),)
    with pytest.raises(NothingToShow, match="No trial has ended"):
        history(replace(material(0), records=records))


def test_thousands_of_points_are_drawn_as_pixels():
    figure = history(material(4000))
    assert _trace(figure, "trial")["type"] == "scattergl"
    assert len(_trace(figure, "trial")["x"]) > 3000
