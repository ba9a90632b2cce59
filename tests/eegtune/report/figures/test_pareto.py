import pytest

from eegtune.report.analysis.fronts import front
from eegtune.report.figures.figure import NothingToShow
from eegtune.report.figures.pareto import hypervolume, pareto

from ..runs import experiment, record
from .drawable import check


def _front(objectives, rows):
    names = [each.split(":")[0] for each in objectives.split(",")]
    setting = {"name": "objectives", "value": objectives}
    made = experiment(
        algorithm={"algorithmName": "nsga2", "algorithmSettings": [setting]},
        objective={"type": "maximize", "objectiveMetricName": names[0],
                   "additionalMetricNames": names[1:]},
    )  # fmt: skip
    records = [record(n, {}, 0.0) for n in range(len(rows))]
    for each, row in zip(records, rows, strict=True):
        each.trial.metrics.clear()
        each.trial.metrics.update(zip(names, row, strict=True))
    return front(made, records)


@pytest.mark.parametrize(("direction", "shape"), [("max", "vh"), ("min", "hv")])
def test_two_objectives_are_a_line_along_the_edge(direction, shape):
    rows = [(0.9, 10.0), (0.5, 1.0), (0.7, 5.0), (0.6, 6.0)]
    figure = pareto(_front(f"auroc:{direction},ms:min", rows))
    check(figure)
    others, members = figure.data
    assert members["line"]["shape"] == shape
    if direction == "max":
        assert members["x"] == [0.5, 0.7, 0.9]
        assert members["customdata"] == [1, 2, 0]
        assert others["x"] == [0.6]
        assert figure.layout["xaxis"]["title"]["text"] == "auroc (large is good)"


def test_three_objectives_are_a_cloud_in_space():
    found = _front("auroc:max,ms:min,mb:min", [(0.9, 1, 9), (0.8, 2, 3), (0.7, 3, 4)])
    figure = pareto(found)
    check(figure)
    assert [trace["type"] for trace in figure.data] == ["scatter3d", "scatter3d"]
    assert figure.data[1]["z"] == [3, 9]
    assert figure.data[0]["z"] == [4]


def test_the_hypervolume_never_falls():
    rows = [(0.1 * n, 10.0 - n) for n in range(10)]
    figure = hypervolume(_front("auroc:max,ms:min", rows))
    check(figure)
    values = figure.data[0]["y"]
    assert values == sorted(values)
    assert values[-1] == pytest.approx(1, abs=1e-6)


def test_one_objective_has_none():
    for draw in (pareto, hypervolume):
        with pytest.raises(NothingToShow):
            draw(None)
