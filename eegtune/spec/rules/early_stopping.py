"""Rules on what early stopping needs of the trial's pods."""

# ruff: noqa: D103 - the declaration above each check is its documentation
from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from eegtune.spec.case import Case
from eegtune.spec.edits import Edit
from eegtune.spec.finding import Path
from eegtune.spec.rules.rule import Problem, broken, poor

_STOPPABLE = ("StdOut", "File")


@broken(
    "retain-early-stopping",
    "Without retain the Job of an early-stopped trial is deleted "
    "before its value is copied; after parallelTrialCount such trials the Experiment stalls.",
    "Set retain: true.",
    only_on_katib=True,
)
def retain_early_stopping(case: Case) -> Iterator[Problem]:
    if case.early_stopping and case.template and not case.template.get("retain"):
        path = ("spec", "trialTemplate", "retain")
        yield Problem(path, "early stopping without retain.", edit=Edit(path, True), at_key=True)


@poor(
    "early-stopping-user",
    "To stop a trial its collector, which runs as root unless the pod says otherwise, signals "
    "it and leaves a file for it; a trial of another user is not stopped, or fails then.",
    "Set the pod's securityContext.runAsUser, 65532 for eegtune's images, so that both "
    "containers run as one user.",
    only_on_katib=True,
)
def early_stopping_user(case: Case) -> Iterator[Problem]:
    if not (case.early_stopping and case.primary and case.collector in _STOPPABLE):
        return
    place, container = case.primary
    pod_path, collectors = _user_of_pod(case, place)
    trials = _user(container)
    if trials is None and collectors is None:
        yield Problem(pod_path, "the trial runs as its image's user.", at_key=True)
    elif trials is not None and trials != (collectors or 0):
        message = f"the trial runs as user {trials}, its collector as {collectors or 0}."
        yield Problem((*place, "securityContext", "runAsUser"), message)


def _user_of_pod(case: Case, container: Path) -> tuple[Path, int | None]:
    """Return where a container's pod names its user, and the user; None where it names none."""
    pod_path = container[: len(container) - 2]
    inner = pod_path[len(case.template_path) :]
    pod = next(pod for path, pod in case.pods if path == inner)
    return (*pod_path, "securityContext", "runAsUser"), _user(pod)


def _user(holder: dict[str, Any]) -> int | None:
    context = holder.get("securityContext")
    user = context.get("runAsUser") if isinstance(context, dict) else None
    return user if isinstance(user, int) else None


RULES = (retain_early_stopping, early_stopping_user)
