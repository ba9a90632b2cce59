from dataclasses import replace

import pytest

from eegtune.report.figures.figure import NothingToShow
from eegtune.report.figures.timeline import slots
from eegtune.spec.trial import TrialCondition

from ..runs import material, record
from .drawable import check


def test_bars_by_how_trials_ended():
    records = (record(0, {}, 0.5), record(1, {}, None, TrialCondition.FAILED),
               record(2, {}, 0.5, TrialCondition.EARLY_STOPPED))  # fmt: skip
    figure = slots(replace(material(0), records=records))
    check(figure)
    assert [(t["name"], t["base"], t["x"], t["y"]) for t in figure.data] == [
        ("succeeded", [0.0], [2.0], [1]),
        ("stopped early", [2.0], [2.0], [1]),
        ("failed", [1.0], [2.0], [2]),
    ]
    assert figure.note == "2 slots were idle 25 % of the time in which trials ran."


def test_thousands_are_a_curve_of_busy_slots():
    figure = slots(material(4000))
    check(figure)
    assert len(figure.data) == 1
    assert len(figure.data[0]["x"]) == 300
    assert figure.layout["yaxis"]["title"]["text"] == "busy slots"


def test_no_times_no_figure():
    with pytest.raises(NothingToShow):
        slots(material(0))
