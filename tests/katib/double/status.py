"""Conditions, observations and the Experiment's verdict, by the recorded objects."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from eegtune.cluster.katib.protocol import api_pb2 as api
from eegtune.metrics.observation import finite_number

Object = dict[str, Any]

PRECEDENCE = ("Killed", "Failed", "Succeeded", "EarlyStopped", "Running", "MetricsUnavailable")
FINAL = frozenset({"Killed", "Failed", "Succeeded", "EarlyStopped", "MetricsUnavailable"})
COUNTERS = {
    "Succeeded": "trialsSucceeded", "Failed": "trialsFailed", "Killed": "trialsKilled",
    "EarlyStopped": "trialsEarlyStopped", "Running": "trialsRunning", "Pending": "trialsPending",
    "MetricsUnavailable": "trialMetricsUnavailable",
}  # fmt: skip


def now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def with_condition(
    thing: Mapping[str, Any], kind: str, reason: str, message: str, value: str = "True"
) -> list[Object]:
    """Return the conditions with one that is removed and put last; a final one ends Running."""
    conditions = list((thing.get("status") or {}).get("conditions") or ())
    if kind in FINAL and kind != "EarlyStopped":
        running = next((c for c in conditions if c["type"] == "Running"), None)
        if running is not None:
            conditions = [c for c in conditions if c["type"] != "Running"]
            conditions.append({**running, "status": "False", "lastTransitionTime": now()})
    stamp = now()
    entry = {"type": kind, "status": value, "reason": reason, "message": message,
             "lastUpdateTime": stamp, "lastTransitionTime": stamp}  # fmt: skip
    return [*(c for c in conditions if c["type"] != kind), entry]


def holds(thing: Mapping[str, Any] | None, kind: str) -> bool:
    conditions = ((thing or {}).get("status") or {}).get("conditions") or ()
    return any(c["type"] == kind and c["status"] == "True" for c in conditions)


def state_of(trial: Mapping[str, Any]) -> str:
    return next((kind for kind in PRECEDENCE if holds(trial, kind)), "Pending")


def observation(names: Sequence[str], logs: Iterable[api.MetricLog]) -> Object:
    """Return lowest, highest and latest of each metric; `unavailable` where there is none."""
    values: dict[str, list[tuple[str, str]]] = {name: [] for name in names}
    for log in logs:
        if log.metric.name in values:
            values[log.metric.name].append((log.time_stamp, log.metric.value))
    return {"metrics": [_summary(name, found) for name, found in values.items()]}


def _summary(name: str, found: list[tuple[str, str]]) -> Object:
    numbers = [(number, text) for _, text in found if (number := finite_number(text)) is not None]
    latest = "unavailable"
    newest = ""
    for stamp, text in found:
        if stamp >= newest:
            newest, latest = stamp, text
    lowest, highest = (min(numbers)[1], max(numbers)[1]) if numbers else ("unavailable",) * 2
    return {"name": name, "min": lowest, "max": highest, "latest": latest}


def objective_value(spec: Mapping[str, Any], trial: Mapping[str, Any]) -> float | None:
    """Return the number by which a trial is compared."""
    objective = spec["objective"]
    strategies = {e["name"]: e["value"] for e in objective["metricStrategies"]}
    for metric in ((trial.get("status") or {}).get("observation") or {}).get("metrics") or ():
        if metric["name"] == objective["objectiveMetricName"]:
            text = metric[strategies[metric["name"]]]
            return finite_number(metric["latest"] if text == "unavailable" else text)
    return None


def summary(spec: Mapping[str, Any], trials: Sequence[Mapping[str, Any]]) -> Object:
    """Return an Experiment's counters and its best trial."""
    status: Object = {"trials": len(trials)}
    counts = dict.fromkeys(COUNTERS.values(), 0)
    for trial in trials:
        counts[COUNTERS[state_of(trial)]] += 1
    # A merge patch takes a counter away by null, as Katib omits zeros.
    status |= {counter: count or None for counter, count in counts.items()}
    scored = [(v, t) for t in trials if (v := objective_value(spec, t)) is not None]
    if scored:
        sign = 1 if spec["objective"]["type"] == "minimize" else -1
        best = min(scored, key=lambda pair: sign * pair[0])[1]
        status["currentOptimalTrial"] = {
            "bestTrialName": best["metadata"]["name"],
            "parameterAssignments": best["spec"]["parameterAssignments"],
            "observation": best["status"]["observation"],
        }
    return status


def verdict(
    spec: Mapping[str, Any], trials: Sequence[Mapping[str, Any]]
) -> tuple[str, str, str] | None:
    """Return the condition, reason and message that end an Experiment: goal, failures, budget."""
    states = [state_of(trial) for trial in trials]
    values = [v for t in trials if (v := objective_value(spec, t)) is not None]
    goal, is_minimum = spec["objective"].get("goal"), spec["objective"]["type"] == "minimize"
    if goal is not None and any(v <= goal if is_minimum else v >= goal for v in values):
        return ("Succeeded", "ExperimentGoalReached",
                "Experiment has succeeded because Objective goal has reached")  # fmt: skip
    lost = states.count("Failed") + states.count("MetricsUnavailable")
    if lost and lost >= spec.get("maxFailedTrialCount", lost + 1):
        return ("Failed", "ExperimentFailed",
                "Experiment has failed because max failed count has reached")  # fmt: skip
    most = spec.get("maxTrialCount")
    if most is not None and sum(state in FINAL for state in states) >= most:
        return ("Succeeded", "ExperimentMaxTrialsReached",
                "Experiment has succeeded because max trial count has reached")  # fmt: skip
    return None


def wanted(spec: Mapping[str, Any], trials: Sequence[Mapping[str, Any]]) -> tuple[int, int]:
    """Return how many trials are to be added, and the number asked for in all so far."""
    states = [state_of(trial) for trial in trials]
    active = states.count("Pending") + states.count("Running")
    # Not counted here: MetricsUnavailable. Katib then starts more trials than asked for.
    completed = sum(state in FINAL - {"MetricsUnavailable"} for state in states)
    required = spec["parallelTrialCount"]
    if "maxTrialCount" in spec:
        required = min(required, spec["maxTrialCount"] - completed)
    unseen = sum(
        state == "EarlyStopped" and not (trial.get("status") or {}).get("observation")
        for state, trial in zip(states, trials, strict=True)
    )
    added = max(required - active, 0)
    return added, len(trials) + added - unseen
