"""What an Experiment has found, in a few words: a ConfigMap that `kubectl get` shows. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from eegtune.execution.best import chosen_trials
from eegtune.execution.records import RunState, TrialRecord
from eegtune.spec.experiment import Experiment
from eegtune.spec.trial import Trial

LABEL = "eegtune.dev/summary-of"


def headline(
    experiment: Experiment, state: RunState, records: Sequence[TrialRecord], stored: str
) -> dict[str, str]:
    """Return the headline's entries.

    Args:
        experiment: The Experiment.
        state: How it stands.
        records: Its trials.
        stored: Where report and tables are; empty where they were put nowhere.
    """
    metric = experiment.spec.objective.objective_metric_name
    conditions = [str(record.condition) for record in records]
    entries = {
        "experiment": experiment.name,
        "condition": str(state.condition),
        "reason": state.reason,
        "message": state.message,
        "metric": metric,
        "trials": str(len(records)),
        **{
            f"trials-{condition}": str(conditions.count(condition))
            for condition in sorted(set(conditions))
        },
        "stored": stored,
    }
    chosen = chosen_trials(experiment, [record.trial for record in records])
    if chosen:
        best = chosen[0]
        entries["best-trial"] = best.name
        entries["best-value"] = f"{best.metrics[metric]:.6g}"
        entries["best-assignments"] = "".join(
            f"{name}={value}\n" for name, value in best.assignments.items()
        )
    if len(chosen) > 1:  # several objectives: what no other trial is better than in all
        entries["front"] = "".join(_line(trial) for trial in chosen)
    return {key: value for key, value in entries.items() if value}


def _line(trial: Trial) -> str:
    values = " ".join(f"{name}={value:.6g}" for name, value in trial.metrics.items())
    return f"{trial.name} {values}\n"


def config_map(name: str, namespace: str, entries: dict[str, str]) -> dict[str, Any]:
    """Return the ConfigMap of an Experiment's headline."""
    metadata = {"name": f"{name}-summary", "namespace": namespace, "labels": {LABEL: name}}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": entries}
