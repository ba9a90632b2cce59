from __future__ import annotations

from datetime import UTC, datetime

import pytest

from eegtune.metrics.observation import Observation, Report, finite_number
from eegtune.spec.experiment import MetricStrategy, Objective

TEN, ELEVEN = (datetime(2026, 1, 31, hour, tzinfo=UTC) for hour in (10, 11))


def observe(strategy: str, *reports: Report, kind: str = "maximize") -> dict[str, float]:
    objective = Objective(
        type=kind, objective_metric_name="score", additional_metric_names=("size",),
        metric_strategies=(MetricStrategy(name="score", value=strategy),),
    )  # fmt: skip
    observation = Observation(objective)
    observation.add(reports)
    return observation.metrics


@pytest.mark.parametrize(
    ("strategy", "texts", "expected"),
    [
        ("max", ["1", "3", "2"], {"score": 3.0}),
        ("min", ["2", "1", "3"], {"score": 1.0}),
        ("latest", ["1", "3", "2"], {"score": 2.0}),
        ("max", ["1", "", "nan", "-", "inf", "1e999"], {"score": 1.0}),
        ("latest", ["1", ""], {}),
        ("latest", ["1", "nan"], {}),
        ("min", ["", "nan"], {}),
        ("max", [], {}),
    ],
)
def test_strategies(strategy: str, texts: list[str], expected: dict[str, float]) -> None:
    assert observe(strategy, *(Report("score", text) for text in texts)) == expected


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        ((TEN, ELEVEN), 2.0),
        ((ELEVEN, TEN), 1.0),
        ((TEN, TEN), 2.0),
        ((TEN, None), 1.0),
        ((None, None), 2.0),
    ],
)
def test_latest_goes_by_time_then_by_line(
    times: tuple[datetime | None, datetime | None], expected: float
) -> None:
    reports = [Report("score", text, time) for text, time in zip("12", times, strict=True)]
    assert observe("latest", *reports) == {"score": expected}


def test_the_strategy_of_an_additional_metric_follows_the_objectives_type() -> None:
    reports = [Report("score", "1"), Report("size", "5"), Report("size", "3")]
    assert observe("latest", *reports)["size"] == 5.0
    assert observe("latest", *reports, kind="minimize")["size"] == 3.0


def test_without_the_objective_there_is_no_observation() -> None:
    assert observe("max", Report("size", "5"), Report("other", "1")) == {}


@pytest.mark.parametrize(
    ("text", "number"),
    [("0.5", 0.5), ("+.5", 0.5), ("1e-3", 1e-3), ("nan", None), ("inf", None), ("", None),
     ("-", None), ("1_000", None), ("1e999", None), ("unavailable", None)],
)  # fmt: skip
def test_finite_number(text: str, number: float | None) -> None:
    assert finite_number(text) == number
