import pytest

from eegtune.report.analysis.winner import Standing
from eegtune.report.figures.figure import NothingToShow
from eegtune.report.figures.winner import winner

from ..runs import material, record
from .drawable import check

FOUND = (
    Standing(record(7, {}, 0.9), 1, 0.9, 0.88, 0.85, 0.91, 0.6, 1, 3),
    Standing(record(3, {}, 0.89), 4, 0.89, 0.885, 0.88, 0.89, 0.396, 1, 2),
    Standing(record(5, {}, 0.8), 1, 0.8, 0.81, 0.79, 0.83, 0.004, 3, 3),
)


def test_seen_believed_and_the_chance_to_be_best():
    figure = winner(material(40, evaluated=True), FOUND)
    check(figure)
    _, seen, believed, chances = figure.data
    assert seen["x"] == [0.9, 0.89, 0.8]
    assert believed["x"] == [0.88, 0.885, 0.81]
    assert believed["error_x"]["arrayminus"] == pytest.approx([0.03, 0.005, 0.02])
    assert chances["text"] == ["60 %", "40 %", "< 1 %"]
    assert figure.layout["yaxis"]["ticktext"] == ["trial 7", "trial 3 (4×)", "trial 5"]
    assert "best in 60 % of the cases (rank 1 to 3)" in figure.note
    assert "It looks 0.02 better than it is believed to be (winner’s curse)" in figure.note
    assert "tuning score minus its test score is +0.030" in figure.note


def test_one_alone_is_no_comparison():
    with pytest.raises(NothingToShow):
        winner(material(40), FOUND[:1])
