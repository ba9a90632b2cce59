"""Tables of recorded trials, on which searches are replayed.

A table has one row a trial: columns `param:NAME`, `metric:NAME` and, where known, `seconds`.
Several rows of the same values are repetitions.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import fmean
from typing import Any

from eegtune.search.simulation import Outcome
from eegtune.spec.experiment import Experiment
from eegtune.spec.trial import Trial, TrialCondition

_PARAMETER, _METRIC, _SECONDS = "param:", "metric:", "seconds"


@dataclass(frozen=True, slots=True)
class Row:
    """One recorded trial."""

    values: tuple[str, ...]
    metrics: Mapping[str, float]
    seconds: float


@dataclass(frozen=True)
class RecordedTable:
    """Recorded trials of one set of parameters.

    Attributes:
        names: The parameters.
        rows: The trials.
        is_timed: Whether it is known how long trials took; otherwise each counts as a second.
    """

    names: tuple[str, ...]
    rows: tuple[Row, ...]
    is_timed: bool = True

    @property
    def metrics(self) -> tuple[str, ...]:
        """The metrics that every row has."""
        first, *others = (set(row.metrics) for row in self.rows)
        return tuple(sorted(first.intersection(*others)))

    @cached_property
    def levels(self) -> tuple[tuple[str, ...], ...]:
        """The distinct values of each parameter; numbers from the smallest."""
        columns = zip(*(row.values for row in self.rows), strict=True)
        return tuple(_sorted(set(column)) for column in columns)

    @cached_property
    def _repetitions(self) -> Mapping[tuple[str, ...], list[Row]]:
        found: dict[tuple[str, ...], list[Row]] = {}
        for row in self.rows:
            found.setdefault(row.values, []).append(row)
        return found

    @cached_property
    def _places(self) -> tuple[Mapping[str, float], ...]:
        return tuple(
            {text: place / max(len(column) - 1, 1) for place, text in enumerate(column)}
            for column in self.levels
        )

    def find(self, assignments: Mapping[str, str]) -> tuple[str, ...]:
        """Return the recorded values that are nearest to a configuration (the same, if there)."""
        wanted = tuple(assignments[name] for name in self.names)
        if wanted in self._repetitions:
            return wanted
        return min(self._repetitions, key=lambda values: (self._distance(values, wanted), values))

    def repetition(self, values: tuple[str, ...], number: int) -> Outcome:
        """Return what a recorded configuration gave; repetitions come in turn."""
        rows = self._repetitions[values]
        row = rows[number % len(rows)]
        return Outcome(row.metrics, row.seconds)

    def mean(self, values: tuple[str, ...], metric: str) -> float:
        """Return a metric's mean over all repetitions of a recorded configuration."""
        return fmean(row.metrics[metric] for row in self._repetitions[values])

    def all_means(self, metric: str) -> list[float]:
        """Return a metric's mean of every recorded configuration."""
        return [self.mean(values, metric) for values in self._repetitions]

    def parameters(self) -> list[dict[str, Any]]:
        """Return the table's space as an Experiment has it."""
        return [
            {
                "name": name,
                "parameterType": "discrete" if all(map(_is_number, levels)) else "categorical",
                "feasibleSpace": {"list": list(levels)},
            }
            for name, levels in zip(self.names, self.levels, strict=True)
        ]

    def _distance(self, first: Sequence[str], second: Sequence[str]) -> float:
        total = 0.0
        for place, a, b in zip(self._places, first, second, strict=True):
            total += (place[a] - place[b]) ** 2 if b in place else 1.0
        return total


def read_table(lines: Iterable[str]) -> RecordedTable:
    """Read a table from the lines of a CSV file.

    Raises:
        ValueError: Columns or numbers are missing.
    """
    reader = csv.DictReader(lines)
    columns = reader.fieldnames or []
    names = [column for column in columns if column.startswith(_PARAMETER)]
    metrics = [column for column in columns if column.startswith(_METRIC)]
    if not names or not metrics:
        raise ValueError(
            "a table needs columns `param:NAME` and `metric:NAME`; it has " + ", ".join(columns)
        )
    read = (_read_row(number, line, names, metrics) for number, line in enumerate(reader, 2))
    rows = tuple(row for row in read if all(map(math.isfinite, row.metrics.values())))
    if not rows:
        raise ValueError("the table has no rows with metrics")
    parameters = tuple(c.removeprefix(_PARAMETER) for c in names)
    return RecordedTable(parameters, rows, _SECONDS in columns)


def _read_row(
    number: int, line: Mapping[str, str], names: Sequence[str], metrics: Sequence[str]
) -> Row:
    try:
        values = {c.removeprefix(_METRIC): float(line[c]) for c in metrics if line[c]}
        seconds = float(line.get(_SECONDS) or 1.0)
    except (TypeError, ValueError):
        raise ValueError(f"line {number} of the table: a metric is not a number") from None
    return Row(tuple(line[c] for c in names), values, seconds)


def write_table(table: RecordedTable) -> str:
    """Return a table as CSV."""
    metrics = table.metrics
    header = [
        *(_PARAMETER + name for name in table.names), *(_METRIC + m for m in metrics), _SECONDS
    ]  # fmt: skip
    lines = [",".join(header)]
    for row in table.rows:
        cells = [*row.values, *(repr(row.metrics[m]) for m in metrics), repr(row.seconds)]
        lines.append(",".join(cells))
    return "\n".join(lines) + "\n"


def table_of_trials(experiment: Experiment, trials: Iterable[Trial]) -> RecordedTable:
    """Make a table of a run's succeeded trials.

    Raises:
        ValueError: None has succeeded.
    """
    names = tuple(parameter.name for parameter in experiment.spec.parameters)
    metric = experiment.spec.objective.objective_metric_name
    rows = tuple(
        Row(tuple(t.assignments[name] for name in names), dict(t.metrics), trial_seconds(t) or 1.0)
        for t in trials
        if t.condition is TrialCondition.SUCCEEDED and metric in t.metrics
    )
    if not rows:
        raise ValueError(f"{experiment.name} has no trial that succeeded")
    return RecordedTable(names, rows)


def trial_seconds(trial: Trial) -> float | None:
    """Return how long a trial took; None where that is not known."""
    if trial.start_time is None or trial.completion_time is None:
        return None
    return max((trial.completion_time - trial.start_time).total_seconds(), 1e-6)


def _sorted(texts: set[str]) -> tuple[str, ...]:
    if all(_is_number(text) for text in texts):
        return tuple(sorted(texts, key=lambda text: (float(text), text)))
    return tuple(sorted(texts))


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False
