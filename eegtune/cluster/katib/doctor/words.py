"""The doctor's findings as text and as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from textwrap import fill
from typing import Any

from eegtune.cluster.katib.doctor.complaint import Complaint
from eegtune.cluster.katib.doctor.snapshot import Snapshot, condition, is_over

_WIDTH = 96
_ENDS = ("Complete", "Failed")


def as_text(seen: Snapshot, complaints: Sequence[Complaint]) -> str:
    """Return what a person reads: how it stands, then each complaint with cause and fix."""
    parts = [f"{seen.namespace}/{seen.name}: {standing(seen)}"]
    if not complaints:
        parts.append("Nothing is wrong.")
    for number, complaint in enumerate(complaints, 1):
        parts.append(
            "\n".join(
                [
                    _filled(f"{number}. {complaint.problem}", ""),
                    _filled(f"Why: {complaint.cause}", "   ") if complaint.cause else "",
                    _filled(f"Fix: {complaint.fix}", "   "),
                    _filled(f"Seen at: {_some(complaint.objects)}", "   "),
                ]
            )
        )
    return "\n\n".join("\n".join(line for line in part.split("\n") if line) for part in parts)


def as_json(seen: Snapshot, complaints: Sequence[Complaint]) -> Mapping[str, Any]:
    """Return the same for a program."""
    return {
        "experiment": seen.name,
        "namespace": seen.namespace,
        "standing": standing(seen),
        "healthy": not complaints,
        "complaints": [
            {
                "rule": complaint.rule,
                "harm": complaint.harm.words,
                "problem": complaint.problem,
                "cause": complaint.cause,
                "fix": complaint.fix,
                "objects": list(complaint.objects),
            }
            for complaint in complaints
        ],
    }


def standing(seen: Snapshot) -> str:
    """Say in one line how an Experiment stands."""
    if seen.experiment is None:
        return _standing_of_jobs(seen)
    counts = [
        f"{seen.status[key]} {words}"
        for key, words in (
            ("trialsSucceeded", "succeeded"),
            ("trialsRunning", "running"),
            ("trialsPending", "pending"),
            ("trialsEarlyStopped", "stopped early"),
            ("trialsFailed", "failed"),
            ("trialMetricsUnavailable", "without metrics"),
        )
        if seen.status.get(key)
    ]
    state = "running" if not is_over(seen.experiment) else "over"
    for kind in ("Succeeded", "Failed"):
        if condition(seen.experiment, kind):
            state = kind.lower()
    trials = ", ".join(counts) or "no trials"
    return f"{state}; {trials} of {seen.spec.get('maxTrialCount', 'any number')}"


def _standing_of_jobs(seen: Snapshot) -> str:
    if not seen.jobs:
        return "no trials yet" if seen.controllers else "not found"
    ended = {kind: sum(bool(condition(j, kind)) for j in seen.jobs) for kind in _ENDS}
    rest = len(seen.jobs) - sum(ended.values())
    counts = [(ended["Complete"], "succeeded"), (ended["Failed"], "failed"), (rest, "running")]
    return "run by Jobs; " + ", ".join(f"{count} {words}" for count, words in counts if count)


def _filled(text: str, indent: str) -> str:
    return fill(" ".join(text.split()), _WIDTH, initial_indent=indent, subsequent_indent="   ")


def _some(objects: Sequence[str]) -> str:
    shown = ", ".join(objects[:4])
    more = len(objects) - 4
    return f"{shown} and {more} more" if more > 0 else shown or "the Experiment"
