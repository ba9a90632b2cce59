from dataclasses import replace

import pytest

from eegtune.report.analysis.belief import believe
from eegtune.report.figures.contours import pairs
from eegtune.report.figures.figure import NothingToShow

from ..runs import experiment, material, record
from .drawable import check

SPACE = tuple(
    {"name": name, "parameterType": "double", "feasibleSpace": {"min": "0", "max": "1"}}
    for name in ("a", "b")
)


def _bowl():
    records = []
    for number in range(49):
        a, b = number % 7 / 6, number // 7 / 6
        values = {"a": str(a), "b": str(b)}
        records.append(record(number, values, 1 - (a - 0.5) ** 2 - (b - 0.5) ** 2))
    return replace(material(0), experiment=experiment(SPACE), records=tuple(records))


def test_contours_are_highest_where_the_function_is():
    made = _bowl()
    figure = pairs(made, believe(made.experiment, made.records), {"a": 0.5, "b": 0.4})[0]
    check(figure)
    surface, trials, best = figure.data
    assert surface["type"] == "contour"
    assert len(surface["z"]) == len(surface["y"]) == len(surface["x"]) == 21
    middle, corner = surface["z"][10][10], surface["z"][0][0]
    assert middle == pytest.approx(1, abs=0.02)
    assert corner == pytest.approx(0.5, abs=0.05)
    assert len(trials["x"]) == 49
    assert (best["x"], best["y"]) == ([0.5], [0.5])


def test_pairs_of_the_three_most_important_lists_as_heat_maps():
    made = material(60)
    shares = {"features": 0.7, "batch_size": 0.2, "learning_rate": 0.1}
    figures = pairs(made, believe(made.experiment, made.records), shares)
    for figure in figures:
        check(figure)
    assert [figure.title for figure in figures] == [
        "batch_size × features", "learning_rate × features", "batch_size × learning_rate",
    ]  # fmt: skip
    assert [figure.data[0]["type"] for figure in figures] == ["heatmap", "heatmap", "contour"]


def test_cells_hold_means_and_counts():
    space = tuple(
        {"name": name, "parameterType": "discrete", "feasibleSpace": {"list": ["16", "32", "64"]}}
        for name in ("a", "b")
    )
    grid = [("16", "16", 0.1), ("16", "16", 0.3), ("32", "64", 0.5)]
    records = tuple(record(n, {"a": a, "b": b}, v) for n, (a, b, v) in enumerate(grid * 4))
    made = replace(material(0), experiment=experiment(space), records=records)
    figure = pairs(made, believe(made.experiment, made.records), {})[0]
    check(figure)
    cells = figure.data[0]
    assert cells["z"] == [[0.2, None], [None, 0.5]]
    assert cells["customdata"] == [[8, 0], [0, 4]]
    assert figure.layout["yaxis"]["ticktext"] == ["16", "64"]
    assert figure.alt.endswith("Best at 32 and 64: 0.5.")


def test_one_parameter_has_no_pair():
    made = replace(_bowl(), records=_bowl().records[:7])
    with pytest.raises(NothingToShow):
        pairs(made, None, {})
