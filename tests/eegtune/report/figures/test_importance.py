import pytest

from eegtune.report.analysis.importances import Importance, Share
from eegtune.report.figures.figure import NothingToShow
from eegtune.report.figures.importance import importance

from ..runs import material
from .drawable import check

FOUND = (
    Importance("features", Share(0.7, 0.5, 0.8), Share(0.6, 0.3, 0.9)),
    Importance("x" * 60, Share(0.3, 0.2, 0.5), Share(0.4, 0.1, 0.7)),
)


def test_bars_diamonds_and_words():
    figure = importance(material(40), FOUND)
    check(figure)
    bars, diamonds = figure.data
    assert bars["x"] == [0.7, 0.3]
    assert bars["error_x"]["array"] == pytest.approx([0.1, 0.2])
    assert diamonds["x"] == [0.6, 0.4]
    assert bars["customdata"][0] == (
        "features<br>fANOVA 70 % (50 % to 80 %)<br>PED-ANOVA 60 % (30 % to 90 %)"
    )
    assert "features mattered most" in figure.alt
    assert "With 37 trials these shares are rough" in figure.note


def test_without_ped_anova_there_are_bars_only():
    figure = importance(material(40), [each.__class__(each.name, each.anova) for each in FOUND])
    check(figure)
    assert [trace["type"] for trace in figure.data] == ["bar"]


def test_a_sample_says_so():
    assert "an even sample of 150 of" in importance(material(2000), FOUND).note


def test_none_is_a_note():
    with pytest.raises(NothingToShow, match="at least 10"):
        importance(material(5), ())
