import pytest

from eegtune.report.figures.failures import failures
from eegtune.report.figures.figure import NothingToShow

from ..runs import material
from .drawable import check


def test_a_bar_a_cause():
    figure = failures(material(40))
    check(figure)
    assert figure.data[0]["x"] == [3]
    assert figure.data[0]["customdata"] == ["12, 25, 38"]
    assert figure.layout["yaxis"]["ticktext"] == ["out of memory"]
    assert figure.note == "3 of 40 trials ended without a result."


def test_none_failed():
    with pytest.raises(NothingToShow):
        failures(material(10, failed_every=0))
