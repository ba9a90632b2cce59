"""What an evaluation found, as values that survive in the run's database as JSON."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal

from trial_runner.scoring.values import Difference, Interval, Score

DEFAULT, TUNED = "default", "tuned"

Kind = Literal["test", "repeats"]


@dataclass(frozen=True, slots=True)
class Touch:
    """One use of the test data.

    Attributes:
        time: When it began; it is recorded before anything is scored.
        configurations: The names of the configurations that were to be scored.
        data: What data, and their hash where it is known.
        again: Whether it was asked for with `--again`.
    """

    time: datetime
    configurations: tuple[str, ...]
    data: str
    again: bool


@dataclass(frozen=True, slots=True)
class ConfigurationResult:
    """One configuration's scores.

    Attributes:
        name: `default`, `tuned`, or a name that the user gave.
        parameters: The hyperparameters in which it differs from the others.
        scores: By metric.
        values: By metric, the score of each seed or repeat.
    """

    name: str
    parameters: Mapping[str, str]
    scores: Mapping[str, Score]
    values: Mapping[str, tuple[float, ...]]


@dataclass(frozen=True, slots=True)
class Comparison:
    """How much better one configuration is than another, by metric."""

    name: str
    against: str
    differences: Mapping[str, Difference]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Configurations side by side.

    Attributes:
        kind: `test` for untouched data; `repeats` where the trials were only run again, on the
            data that the search has seen.
        time: When it was finished.
        seeds: How often each configuration was trained.
        unit: What the intervals draw: subjects, trials, or repeats.
        unit_count: How many of them there are.
        trial_count: How many EEG trials were scored; 0 for repeats.
        subjects: How many people they come from; 0 where that is not known.
        configurations: Default first, then tuned, then those the user named.
        comparisons: Paired differences; the first is tuned minus default.
        tuning_metric: The objective metric of the search.
        tuning_value: The best trial's value of it.
        test_metric: The metric of `scores` that measures the same; empty where none does.
        maximize: Whether large values of the objective metric are good.
    """

    kind: Kind
    time: datetime
    seeds: int
    unit: str
    unit_count: int
    trial_count: int
    subjects: int
    configurations: tuple[ConfigurationResult, ...]
    comparisons: tuple[Comparison, ...]
    tuning_metric: str
    tuning_value: float
    test_metric: str
    maximize: bool

    @property
    def metrics(self) -> tuple[str, ...]:
        """The metrics' names."""
        return tuple(self.configurations[0].scores)

    def configuration(self, name: str) -> ConfigurationResult:
        """Return a configuration's result."""
        return next(each for each in self.configurations if each.name == name)

    @property
    def gap(self) -> float | None:
        """The best tuning score minus the test score; None where they do not compare."""
        if not self.test_metric:
            return None
        score = self.configuration(TUNED).scores[self.test_metric]
        return self.tuning_value - score.interval.value


def to_json(evaluation: Evaluation) -> dict[str, Any]:
    """Return an evaluation as JSON values; what is not finite becomes null."""
    plain: dict[str, Any] = _finite(asdict(evaluation))
    return {**plain, "time": evaluation.time.isoformat()}


def from_json(plain: Mapping[str, Any]) -> Evaluation:
    """Return what `to_json` wrote.

    Raises:
        KeyError, TypeError, ValueError: It did not write this.
    """
    configurations = tuple(
        ConfigurationResult(
            each["name"],
            each["parameters"],
            {metric: _score(score) for metric, score in each["scores"].items()},
            {metric: tuple(values) for metric, values in each["values"].items()},
        )
        for each in plain["configurations"]
    )
    comparisons = tuple(
        Comparison(
            each["name"],
            each["against"],
            {metric: _difference(found) for metric, found in each["differences"].items()},
        )
        for each in plain["comparisons"]
    )
    rest = {**plain, "configurations": configurations, "comparisons": comparisons}
    return Evaluation(**{**rest, "time": datetime.fromisoformat(plain["time"])})


def _score(plain: Mapping[str, Any]) -> Score:
    return Score(_interval(plain["interval"]), _number(plain["seed_std"]))


def _difference(plain: Mapping[str, Any]) -> Difference:
    return Difference(_interval(plain["interval"]), _number(plain["p_value"]))


def _interval(plain: Mapping[str, Any]) -> Interval:
    return Interval(**{name: _number(value) for name, value in plain.items()})


def _number(value: float | None) -> float:
    return math.nan if value is None else float(value)


def _finite(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {name: _finite(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(each) for each in value]
    return value
