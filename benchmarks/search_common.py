"""What the search benchmarks share: Experiments from Python, cached results, statistics."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from eegtune.search import suggest
from eegtune.spec.experiment import Experiment
from eegtune.spec.trial import Trial, TrialCondition

RESULTS = Path(__file__).parent / "search_results"
Evaluate = Callable[[Mapping[str, str]], Mapping[str, float]]


def make_experiment(
    name: str,
    parameters: Sequence[Mapping[str, Any]],
    algorithm: str,
    settings: Mapping[str, str],
    metrics: Sequence[str] = ("loss",),
    trials: int = 100,
) -> Experiment:
    """Return an Experiment that minimizes its first metric."""
    pairs = [{"name": key, "value": value} for key, value in settings.items()]
    return Experiment.model_validate(
        {
            "metadata": {"name": name},
            "spec": {
                "parameters": list(parameters),
                "objective": {
                    "type": "minimize",
                    "objectiveMetricName": metrics[0],
                    "additionalMetricNames": list(metrics[1:]),
                },
                "algorithm": {"algorithmName": algorithm, "algorithmSettings": pairs},
                "maxTrialCount": trials,
                "parallelTrialCount": 1,
                "trialTemplate": {
                    "primaryContainerName": "trial",
                    "successCondition": "ok",
                    "failureCondition": "bad",
                },
            },
        }
    )


def parameter(name: str, kind: str, **space: Any) -> dict[str, Any]:
    """Return a parameter as the Experiment has it."""
    return {"name": name, "parameterType": kind, "feasibleSpace": space}


def run_search(experiment: Experiment, evaluate: Evaluate, count: int) -> list[Trial]:
    """Run trials one after another."""
    trials: list[Trial] = []
    while len(trials) < count:
        proposal = suggest(experiment, trials)
        if proposal.exhausted:
            break
        for suggestion in proposal.suggestions:
            name = suggestion.name or f"t{len(trials)}"
            metrics = evaluate(suggestion.assignments)
            trials.append(
                Trial(
                    name, suggestion.assignments, TrialCondition.SUCCEEDED, metrics,
                    suggestion.labels,
                )
            )  # fmt: skip
    return trials


class Cache:
    """Rows of one benchmark, kept in a file of JSON lines, found by a key."""

    def __init__(self, name: str, keys: Sequence[str]) -> None:
        """Read what is there."""
        self._path = RESULTS / f"{name}.jsonl"
        self._keys = tuple(keys)
        self.rows: list[dict[str, Any]] = []
        if self._path.exists():
            lines = self._path.read_text().splitlines()
            self.rows = [json.loads(line) for line in lines if line]
        self._known = {self._key(row) for row in self.rows}

    def has(self, **key: Any) -> bool:
        """Say whether a row is there."""
        return self._key(key) in self._known

    def add(self, **row: Any) -> None:
        """Append a row."""
        RESULTS.mkdir(exist_ok=True)
        self.rows.append(row)
        self._known.add(self._key(row))
        with self._path.open("a") as file:
            file.write(json.dumps(row) + "\n")
        print(json.dumps(row), flush=True)

    def _key(self, row: Mapping[str, Any]) -> tuple[Any, ...]:
        return tuple(row[key] for key in self._keys)


def is_wanted(only: set[str], *pairs: tuple[str, Iterable[str]]) -> bool:
    """Say whether each value is named, where any value of its kind is named at all."""
    return all(value in only for value, kinds in pairs if only.intersection(kinds))


def markdown(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a table."""
    lines = ["| " + " | ".join(header) + " |", "|" + " --- |" * len(header)]
    lines += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines)


def quartiles(values: Sequence[float], digits: int = 3) -> str:
    """Return median and quartiles as text."""
    low, middle, high = np.quantile(values, [0.25, 0.5, 0.75])
    return f"{middle:.{digits}g} ({low:.{digits}g}–{high:.{digits}g})"


def ratio_with_bound(logs: Sequence[np.ndarray[Any, Any]], seed: int = 0) -> tuple[float, float]:
    """Return the geometric-mean ratio and its upper 95 % bound (one-sided bootstrap).

    Args:
        logs: One array of paired log ratios per table; tables count alike.
        seed: Of the bootstrap.
    """
    generator = np.random.default_rng(seed)
    centre = float(np.mean([log.mean() for log in logs]))
    draws = [
        np.mean([log[generator.integers(0, len(log), len(log))].mean() for log in logs])
        for _ in range(4000)
    ]
    return float(np.exp(centre)), float(np.exp(np.quantile(draws, 0.95)))
