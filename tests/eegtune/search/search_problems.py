"""Experiments and trial loops that the search tests share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from eegtune.search import suggest
from eegtune.spec.experiment import Experiment
from eegtune.spec.trial import Trial, TrialCondition

START = datetime(2026, 1, 1, tzinfo=UTC)
Evaluate = Callable[[Mapping[str, str]], Mapping[str, float]]


def parameter(name: str, kind: str, **space: Any) -> dict[str, Any]:
    return {"name": name, "parameterType": kind, "feasibleSpace": space}


MIXED = (
    parameter("rate", "double", min="1e-5", max="1e-2", distribution="logUniform"),
    parameter("units", "int", min="8", max="64", step="8"),
    parameter("dropout", "discrete", list=["0.5", "0.1", "0.25"]),
    parameter("kind", "categorical", list=["plain", "deep", "wide"]),
    parameter("share", "double", min="0.1", max="0.5", step="0.1"),
    parameter("epochs", "int", min="1", max="27"),
)


def make_experiment(
    algorithm: str,
    parameters: Sequence[Mapping[str, Any]] = MIXED,
    *,
    settings: Mapping[str, str] | None = None,
    objective: str = "minimize",
    metrics: Sequence[str] = ("loss",),
    trials: int | None = None,
    name: str = "test",
) -> Experiment:
    pairs = [{"name": key, "value": value} for key, value in (settings or {}).items()]
    return Experiment.model_validate(
        {
            "metadata": {"name": name},
            "spec": {
                "parameters": list(parameters),
                "objective": {
                    "type": objective,
                    "objectiveMetricName": metrics[0],
                    "additionalMetricNames": list(metrics[1:]),
                },
                "algorithm": {"algorithmName": algorithm, "algorithmSettings": pairs},
                "maxTrialCount": trials,
                "trialTemplate": {
                    "primaryContainerName": "trial",
                    "successCondition": "ok",
                    "failureCondition": "bad",
                },
            },
        }
    )


def settings_for(algorithm: str) -> dict[str, str]:
    """What an algorithm needs on the mixed space."""
    if algorithm in ("asha", "bohb", "hyperband"):
        return {"resource": "epochs", "min_resource": "1", "max_resource": "27"}
    if algorithm == "pbt":
        return {"resource": "epochs", "resource_step": "3", "n_population": "5"}
    if algorithm == "manual":
        items = ", ".join(f'{{"units": "{8 * i}"}}' for i in range(1, 8))
        return {"initial_points": f"[{items}]"}
    return {}


def parameters_for(algorithm: str) -> Sequence[Mapping[str, Any]]:
    if algorithm == "grid":
        return MIXED[1:]
    return MIXED


def finished(
    number: int,
    assignments: Mapping[str, str],
    metrics: Mapping[str, float],
    condition: TrialCondition = TrialCondition.SUCCEEDED,
    name: str | None = None,
    labels: Mapping[str, str] | None = None,
) -> Trial:
    return Trial(
        name or f"t{number}",
        assignments,
        condition,
        metrics,
        labels or {},
        START + timedelta(seconds=10 * number),
        START + timedelta(seconds=10 * number + 9),
    )


def run_search(experiment: Experiment, evaluate: Evaluate, count: int) -> list[Trial]:
    """Run trials one after another."""
    trials: list[Trial] = []
    while len(trials) < count:
        proposal = suggest(experiment, trials)
        for s in proposal.suggestions:
            trials.append(
                finished(len(trials), s.assignments, evaluate(s.assignments), name=s.name)
            )
        if proposal.exhausted:
            break
    return trials
