"""Katib's Trial and Experiment objects as a run's records."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from eegtune.execution.records import RunCondition, RunState, TrialRecord
from eegtune.metrics.observation import finite_number
from eegtune.metrics.timestamps import parse_time
from eegtune.spec.experiment import Objective
from eegtune.spec.trial import Trial, TrialCondition

Object = Mapping[str, Any]

# As Katib's controller judges a trial: the first that is true counts.
_PRECEDENCE = (
    TrialCondition.KILLED,
    TrialCondition.FAILED,
    TrialCondition.SUCCEEDED,
    TrialCondition.EARLY_STOPPED,
    TrialCondition.METRICS_UNAVAILABLE,
    TrialCondition.RUNNING,
)


def read_trial(thing: Object, number: int, objective: Objective) -> TrialRecord:
    """Return a Trial object as the record of a run's trial."""
    metadata, spec, status = thing["metadata"], thing.get("spec") or {}, thing.get("status") or {}
    condition, entry = _condition(status)
    completed = _time(status.get("completionTime")) or _time(entry.get("lastTransitionTime"))
    trial = Trial(
        name=str(metadata["name"]),
        assignments={a["name"]: str(a["value"]) for a in spec.get("parameterAssignments") or ()},
        condition=condition,
        metrics=_metrics(status, objective),
        labels=dict(metadata.get("labels") or {}),
        start_time=_time(status.get("startTime")),
        completion_time=completed if condition.is_completed else None,
    )
    reason, message = str(entry.get("reason", "")), str(entry.get("message", ""))
    return TrialRecord(trial, number, attempt=1, reason=reason, message=_said(condition, message))


def read_state(thing: Object) -> RunState:
    """Return an Experiment object's status as that of a run."""
    status = thing.get("status") or {}
    condition, reason, message = RunCondition.RUNNING, "", ""
    for entry in status.get("conditions") or ():
        if entry.get("type") in ("Succeeded", "Failed") and entry.get("status") == "True":
            condition = RunCondition(entry["type"])
            reason, message = str(entry.get("reason", "")), str(entry.get("message", ""))
    return RunState(
        condition,
        reason,
        message,
        _time(status.get("startTime")),
        _time(status.get("completionTime")) if condition is not RunCondition.RUNNING else None,
    )


def _condition(status: Object) -> tuple[TrialCondition, Object]:
    true = {c["type"]: c for c in status.get("conditions") or () if c.get("status") == "True"}
    for condition in _PRECEDENCE:
        if condition.value in true:
            return condition, true[condition.value]
    return TrialCondition.CREATED, true.get("Created") or {}


def _metrics(status: Object, objective: Objective) -> dict[str, float]:
    """Return one number a metric by its strategy; none where the objective has none."""
    numbers = {}
    for metric in (status.get("observation") or {}).get("metrics") or ():
        name = str(metric.get("name"))
        strategy = objective.strategy_of(name)
        for key in (strategy, "latest"):
            number = finite_number(str(metric.get(key, "")))
            if number is not None:
                numbers[name] = number
                break
    return numbers if objective.objective_metric_name in numbers else {}


def _said(condition: TrialCondition, message: str) -> str:
    return "" if condition in (TrialCondition.SUCCEEDED, TrialCondition.RUNNING) else message


def _time(text: object) -> datetime | None:
    time = parse_time(text) if isinstance(text, str) else None
    return None if time is None or time.year <= 1 else time
