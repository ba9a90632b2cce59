"""Rules on a change of an Experiment that is in the cluster already."""

# ruff: noqa: D103 - the declaration above each check is its documentation
from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from eegtune.spec.case import Case
from eegtune.spec.rules.rule import Problem, refused

_EDITABLE = ("parallelTrialCount", "maxTrialCount", "maxFailedTrialCount")


@refused(
    "update-restart",
    "A completed Experiment goes on only when it succeeded by reaching maxTrialCount, and was "
    "made with resumePolicy LongRunning or FromVolume.",
    "Give it another name, and continue the search with warm_start.",
    only_on_katib=True,
)
def update_restart(case: Case) -> Iterator[Problem]:
    old = case.previous
    if old is None or not _is_changed(case) or not _completed_by(old):
        return
    reasons = _completed_by(old)
    may = old["spec"].get("resumePolicy") in ("LongRunning", "FromVolume")
    if not may or reasons.get("Succeeded") != "ExperimentMaxTrialsReached":
        policy = old["spec"].get("resumePolicy")
        said = f"it has ended ({', '.join(sorted(reasons.values()))}) with resumePolicy {policy}."
        yield Problem(("spec", "resumePolicy"), said)


@refused(
    "update-max-trials",
    "A changed Experiment needs a maxTrialCount above the number of trials that there are.",
    "Raise maxTrialCount.",
    only_on_katib=True,
)
def update_max_trials(case: Case) -> Iterator[Problem]:
    old = case.previous
    if old is None or not _is_changed(case) or case.max_trials is None:
        return
    trials = old["status"].get("trials", 0)
    if isinstance(trials, int) and case.max_trials <= trials:
        said = f"maxTrialCount is {case.max_trials}; there are {trials} trials."
        yield Problem(("spec", "maxTrialCount"), said)


@refused(
    "update-fixed",
    "Of an Experiment in the cluster only parallelTrialCount, maxTrialCount and "
    "maxFailedTrialCount may change.",
    "Change it back, or give the Experiment another name.",
    only_on_katib=True,
)
def update_fixed(case: Case) -> Iterator[Problem]:
    old = case.previous
    if old is None:
        return
    for key in dict.fromkeys((*old["spec"], *case.spec)):
        if key not in _EDITABLE and old["spec"].get(key) != case.spec.get(key):
            yield Problem(("spec", key), f"{key} differs from the cluster's.", at_key=True)


def _is_changed(case: Case) -> bool:
    return case.previous is not None and case.previous["spec"] != case.spec


def _completed_by(old: dict[str, Any]) -> dict[str, str]:
    """Return the reasons of the first conditions of each kind that say that it has ended."""
    conditions = old["status"].get("conditions")
    first: dict[str, dict[str, Any]] = {}
    for condition in conditions if isinstance(conditions, list) else ():
        if isinstance(condition, dict):
            first.setdefault(str(condition.get("type")), condition)
    return {
        kind: str(first[kind].get("reason") or "no reason")
        for kind in ("Succeeded", "Failed")
        if kind in first and first[kind].get("status") == "True"
    }


RULES = (update_restart, update_max_trials, update_fixed)
