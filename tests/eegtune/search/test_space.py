from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from search_problems import make_experiment, parameter

from eegtune.search.space import Space, build_space


def space(*parameters: dict[str, Any]) -> Space:
    return build_space(make_experiment("random", parameters).spec.parameters)


def texts(p: dict[str, Any], count: int = 500) -> set[str]:
    axis = space(p).axes[0]
    return {axis.text((i + 0.5) / count) for i in range(count)}


@pytest.mark.parametrize(
    ("made", "values"),
    [
        (parameter("x", "int", min="1", max="5", step="3"), {"1", "4"}),
        (parameter("x", "int", min="-2", max="1"), {"-2", "-1", "0", "1"}),
        (
            parameter("x", "double", min="0.1", max="0.5", step="0.1"),
            {"0.1", "0.2", "0.3", "0.4", "0.5"},
        ),
        (parameter("x", "double", min="0", max="1", step="0.3"), {"0.0", "0.3", "0.6", "0.9"}),
        (parameter("x", "int", min="1", max="4", distribution="logUniform"), set("1234")),
        (parameter("x", "int", min="0", max="3", distribution="logUniform"), set("0123")),
        (parameter("x", "discrete", list=["10", "0.50", "2"]), {"10", "0.50", "2"}),
        (parameter("x", "categorical", list=["b", "a", "null"]), {"b", "a", "null"}),
        (parameter("x", "double", min="1e-5", max="1e-5"), {"1e-05"}),
    ],
)
def test_finite_values_lie_exactly_on_the_grid(made: dict[str, Any], values: set[str]) -> None:
    assert texts(made) == values


@given(
    unit=st.floats(0, 1),
    distribution=st.sampled_from(["uniform", "logUniform", "normal", "logNormal"]),
    step=st.sampled_from([None, "0.001", "0.37"]),
)
def test_text_to_value_to_text_is_exact(unit: float, distribution: str, step: str | None) -> None:
    made = parameter("x", "double", min="0.001", max="7.5", distribution=distribution)
    if step:
        made["feasibleSpace"]["step"] = step
    built = space(made)
    point = built.decode([unit])
    assert 0.001 <= float(point[0]) <= 7.5
    assert built.canonical({"x": point[0]}) == point
    if step:
        assert built.decode(built.encode(point)) == point


def test_discrete_values_are_ordered_as_numbers_and_keep_their_text() -> None:
    axis = space(parameter("x", "discrete", list=["10", "0.50", "2"])).axes[0]
    assert [axis.level(i) for i in range(3)] == ["0.50", "2", "10"]
    assert axis.index("0.5") == 0
    assert axis.lowest == "0.50"


@pytest.mark.parametrize(
    ("distribution", "share_below_middle"),
    [("uniform", 0.0099), ("logUniform", 0.5), ("logNormal", 0.5)],
)
def test_logarithms_halve_at_the_geometric_mean(
    distribution: str, share_below_middle: float
) -> None:
    axis = space(parameter("x", "double", min="1e-4", max="1", distribution=distribution)).axes[0]
    assert axis.unit("0.01") == pytest.approx(share_below_middle, abs=1e-3)


def test_normal_has_a_sixth_of_the_range_as_deviation_and_is_truncated() -> None:
    axis = space(parameter("x", "double", min="-3", max="3", distribution="normal")).axes[0]
    assert axis.unit("1") == pytest.approx((0.841345 - 0.00135) / 0.9973, abs=1e-4)
    assert (axis.text(0.0), axis.text(1.0)) == ("-3.0", "3.0")


def test_step_values_of_a_log_scale_are_as_likely_as_their_cells() -> None:
    axis = space(parameter("x", "int", min="1", max="3", distribution="logUniform")).axes[0]
    shares = [axis.share(i) for i in range(3)]
    assert sum(shares) == pytest.approx(1)
    assert shares[0] > shares[1] > shares[2]


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (parameter("x", "double", min="2", max="1"), "min 2 above max 1"),
        (parameter("x", "double", min="0", max="1", distribution="logUniform"), "min above 0"),
        (parameter("x", "int", min="0.5", max="2"), "is an int with bounds"),
        (parameter("x", "double", min="0", max="1", step="0"), "step 0"),
        (parameter("x", "double", min="a", max="1"), "bound 'a'"),
        (parameter("x", "discrete", list=["a"]), "bound 'a'"),
        (parameter("x", "categorical", list=[]), "empty list"),
    ],
)
def test_impossible_spaces_are_refused(made: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        space(made)


@pytest.mark.parametrize(
    ("given_text", "found"),
    [("0.2", "0.2"), ("0.21", "0.2"), ("9", "0.5"), ("x", None), ("nan", None), ("inf", None)],
)
def test_foreign_values_count_as_the_nearest(given_text: str, found: str | None) -> None:
    built = space(parameter("x", "double", min="0.1", max="0.5", step="0.1"))
    assert built.canonical({"x": given_text}) == (None if found is None else (found,))
    assert built.canonical({}) is None


@pytest.mark.parametrize("text", ["nan", "inf", "-inf", "many", ""])
@pytest.mark.parametrize("name", ["rate", "units", "dropout", "share"])
def test_values_that_are_not_numbers_are_foreign(name: str, text: str) -> None:
    mixed = build_space(make_experiment("random").spec.parameters)
    point = mixed.decode([0.5] * len(mixed.axes))
    good = mixed.assignments(point)
    assert mixed.canonical({**good, name: text}) is None
    assert mixed.canonical_all([good, {**good, name: text}]) == [point, None]


def test_many_are_read_as_each_one_is() -> None:
    mixed = build_space(make_experiment("random").spec.parameters)
    given = [
        {"rate": "0.001", "units": "16", "dropout": "0.50", "kind": "deep", "share": "0.30",
         "epochs": "9"},
        {"rate": "1e-3", "units": "17", "dropout": "0.1", "kind": "wide", "share": "0.31",
         "epochs": "99"},
        {"rate": "7", "units": "8", "dropout": "0.1", "kind": "wide", "share": "9", "epochs": "1"},
        {"rate": "1e-3", "units": "8"},
    ]  # fmt: skip
    assert mixed.canonical_all(given) == [mixed.canonical(g) for g in given]
    assert mixed.canonical(given[1]) == ("0.001", "16", "0.1", "wide", "0.3", "27")
    assert mixed.canonical(given[2]) == ("0.01", "8", "0.1", "wide", "0.5", "1")
