import pytest

from eegtune.report.analysis.descent import descent
from eegtune.report.figures.figure import NothingToShow
from eegtune.report.figures.lineage import MOST_NODES, lineage
from eegtune.report.material import Material

from ..runs import experiment, material, record
from .drawable import check


def _asha(configurations):
    setting = {"name": "resource", "value": "epochs"}
    space = (
        {"name": "rate", "parameterType": "double", "feasibleSpace": {"min": "0", "max": "9"}},
        {"name": "epochs", "parameterType": "int", "feasibleSpace": {"min": "1", "max": "9"}},
    )
    made = experiment(space, algorithm={"algorithmName": "asha", "algorithmSettings": [setting]})
    records = []
    for rate in range(configurations):
        for rung, epochs in enumerate((1, 3, 9)):
            if rate % 3**rung == 0:
                values = {"rate": str(rate / 1000), "epochs": str(epochs)}
                records.append(record(len(records), values, 0.5 + rate / 1e5 + rung / 10))
    return Material(made, material(0).state, tuple(records), "runs/demo")


def test_the_best_ones_way_through_the_rungs():
    figure = lineage(_asha(18))
    check(figure)
    edges, nodes, best = figure.data
    assert len(nodes["x"]) == 18 + 6 + 2
    assert edges["x"].count(None) == 6 + 2
    assert best["x"] == [1, 3, 9]
    assert best["y"] == [0.50009, 0.60009, 0.70009]
    assert figure.note == "Trials with a result: 18 at 1, 6 at 3, 2 at 9."
    assert figure.layout["xaxis"]["type"] == "log"


def test_of_very_many_those_that_went_on_are_kept():
    made = _asha(3000)
    figure = lineage(made)
    assert len(figure.data[1]["x"]) <= MOST_NODES + 3
    edges = descent(made.experiment, made.records).edges
    assert figure.data[0]["x"].count(None) > 0.6 * len(edges)
    assert "those that went on first" in figure.note


def test_other_searches_have_none():
    with pytest.raises(NothingToShow):
        lineage(material(20))
