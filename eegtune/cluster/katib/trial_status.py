"""The condition EarlyStopped, put on a Trial object as Katib's own services do."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from eegtune.cluster.katib.in_cluster import ApiError, ClusterApi

_NAME = re.compile(r"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?")
_ENDED = frozenset({"Succeeded", "Failed", "Killed", "EarlyStopped", "MetricsUnavailable"})
_ATTEMPTS = 5


def mark_early_stopped(
    api: ClusterApi,
    trial_name: str,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> bool:
    """Append the condition to a Trial of the pod's namespace; return whether it was needed.

    Needs `get` on `trials` and `patch` on `trials/status`, nothing more.

    Raises:
        ValueError: The text cannot be the name of a Trial.
        ApiError: There is no such Trial, or the service account may not change it.
    """
    if not _NAME.fullmatch(trial_name):
        raise ValueError(f"trial_name is {trial_name!r}, which cannot name a Trial")
    path = f"/apis/kubeflow.org/v1beta1/namespaces/{api.namespace}/trials/{trial_name}"
    for attempt in range(_ATTEMPTS):
        trial = api.get(path)
        conditions = trial.get("status", {}).get("conditions", [])
        if has_ended(conditions):
            return False
        patch = _patch(trial, with_early_stopped(conditions, now()))
        try:
            api.merge(f"{path}/status", patch)
        except ApiError as error:
            # The controller has written in between: look again.
            if error.status != 409 or attempt == _ATTEMPTS - 1:
                raise
        else:
            return True
    raise AssertionError("the loop ends by returning or raising")


def has_ended(conditions: Sequence[Mapping[str, Any]]) -> bool:
    """Say whether a Trial's conditions hold a final one."""
    return any(c.get("type") in _ENDED and c.get("status") == "True" for c in conditions)


def with_early_stopped(
    conditions: Sequence[Mapping[str, Any]], time: datetime
) -> list[Mapping[str, Any]]:
    """Return conditions with EarlyStopped as the last one; Running stays as it is."""
    stamp = time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    condition = {
        "type": "EarlyStopped",
        "status": "True",
        "reason": "TrialEarlyStopped",
        "message": "Trial is early stopped",
        "lastUpdateTime": stamp,
        "lastTransitionTime": stamp,
    }
    return [*(c for c in conditions if c.get("type") != "EarlyStopped"), condition]


def _patch(trial: Mapping[str, Any], conditions: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    # The version makes the server refuse what was computed from an outdated object.
    version = trial.get("metadata", {}).get("resourceVersion")
    return {"metadata": {"resourceVersion": version}, "status": {"conditions": list(conditions)}}
