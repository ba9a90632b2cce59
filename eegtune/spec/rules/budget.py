"""Rules on how many trials there are, and on resuming."""

# ruff: noqa: D103 - the declaration above each check is its documentation
from __future__ import annotations

from collections.abc import Iterator

from eegtune.spec.case import Case
from eegtune.spec.edits import Edit
from eegtune.spec.rules.rule import Problem, poor, refused

_MANY_TRIALS = 1000
_POLICIES = ("Never", "LongRunning", "FromVolume")


@refused(
    "count-range",
    "maxTrialCount and parallelTrialCount must be above 0, maxFailedTrialCount not below.",
    "Write a positive whole number.",
)
def count_range(case: Case) -> Iterator[Problem]:
    for key, least in (
        ("maxFailedTrialCount", 0),
        ("maxTrialCount", 1),
        ("parallelTrialCount", 1),
    ):
        value = case.spec.get(key)
        if value is not None and value < least:
            yield Problem(("spec", key), f"{key} is {value}; the least is {least}.")


@refused(
    "count-above-max",
    "parallelTrialCount (3 where it is not given) and maxFailedTrialCount must "
    "not exceed maxTrialCount.",
    "Lower it, or raise maxTrialCount.",
)
def count_above_max(case: Case) -> Iterator[Problem]:
    most = case.max_trials
    for key in ("maxFailedTrialCount", "parallelTrialCount"):
        value = case.spec.get(key)
        if most is None or value is None or value <= most:
            continue
        given = case.root.nearest(("spec", key)).value == value
        note = "" if given else " (Katib's default)"
        edit = Edit(("spec", key), most) if most > 0 else None
        yield Problem(
            ("spec", key),
            f"{key} is {value}{note}, above maxTrialCount {most}.",
            f"Write `{key}: {most}`, or raise maxTrialCount.",
            edit,
        )


@poor(
    "no-max-trials",
    "Without maxTrialCount the Experiment runs until its goal is reached or "
    "somebody deletes it; once the goal is reached Katib flips between Succeeded and Restarting.",
    "Set maxTrialCount.",
)
def no_max_trials(case: Case) -> Iterator[Problem]:
    if case.max_trials is None:
        yield Problem(("spec",), "there is no maxTrialCount.", at_key=True)


@poor(
    "many-trials",
    "Katib keeps every suggestion in one object: its UI takes minutes from a few "
    "hundred trials on, and near 4,000 the object no longer fits into etcd.",
    "Split the search and continue it with warm_start.",
    only_on_katib=True,
)
def many_trials(case: Case) -> Iterator[Problem]:
    if case.max_trials is not None and case.max_trials > _MANY_TRIALS:
        yield Problem(("spec", "maxTrialCount"), f"maxTrialCount is {case.max_trials:,}.")


@poor(
    "first-failure-ends",
    "maxFailedTrialCount 0 ends the Experiment at its first failed trial.",
    "Allow a few failures, or leave it at 0 where that is meant.",
)
def first_failure_ends(case: Case) -> Iterator[Problem]:
    if case.spec.get("maxFailedTrialCount") == 0:
        yield Problem(("spec", "maxFailedTrialCount"), "one failed trial fails the Experiment.")


@refused("resume-policy", "Katib knows three policies.", f"Write one of {', '.join(_POLICIES)}.")
def resume_policy(case: Case) -> Iterator[Problem]:
    policy = case.spec.get("resumePolicy", "")
    if policy not in _POLICIES:
        same = next((p for p in _POLICIES if p.lower() == policy.lower()), None)
        path = ("spec", "resumePolicy")
        fix = f"Write {same}." if same else ""
        edit = Edit(path, same) if same else None
        yield Problem(path, f"resumePolicy is {policy!r}.", fix, edit)


@poor(
    "resume-from-volume",
    "FromVolume keeps a volume, but no algorithm except pbt writes to it; "
    "the search starts anew after a restart of its pod.",
    "Use LongRunning, or Never.",
    only_on_katib=True,
)
def resume_from_volume(case: Case) -> Iterator[Problem]:
    if case.spec.get("resumePolicy") == "FromVolume" and case.algorithm != "pbt":
        yield Problem(("spec", "resumePolicy"), f"{case.algorithm} keeps nothing in the volume.")


RULES = (
    count_range,
    count_above_max,
    no_max_trials,
    many_trials,
    first_failure_ends,
    resume_policy,
    resume_from_volume,
)
