"""Say what is wrong with an Experiment in a cluster, why, and what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from eegtune.cluster.katib.doctor import (
    experiment_checks,
    metrics_checks,
    pod_checks,
    run_checks,
    suggestion_checks,
)
from eegtune.cluster.katib.doctor.complaint import Complaint, Harm
from eegtune.cluster.katib.doctor.snapshot import Snapshot

__all__ = ["CHECKS", "Complaint", "Harm", "Snapshot", "examine"]

Check = Callable[[Snapshot], Iterator[Complaint]]

# Causes stand before what follows from them.
CHECKS: tuple[Check, ...] = (
    experiment_checks.check_existence,
    suggestion_checks.check_refusal,
    suggestion_checks.check_algorithm,
    experiment_checks.check_references,
    suggestion_checks.check_pod,
    suggestion_checks.check_absence,
    run_checks.check_controller,
    pod_checks.check_jobs,
    pod_checks.check_trial_pods,
    suggestion_checks.check_service_errors,
    experiment_checks.check_namespace,  # before what follows from it
    metrics_checks.check_unreported,
    experiment_checks.check_reconcile_errors,
    metrics_checks.check_metrics,
    run_checks.check_metrics,
    metrics_checks.check_values,
    suggestion_checks.check_values,
    suggestion_checks.check_duplicates,
    experiment_checks.check_goal,
    experiment_checks.check_early_stopping,
    experiment_checks.check_failures,
    experiment_checks.check_size,
    experiment_checks.check_leftovers,
    experiment_checks.check_budget,
)


def examine(seen: Snapshot) -> tuple[Complaint, ...]:
    """Return what is wrong, what matters most first; empty where all is well."""
    found = _merged(complaint for check in CHECKS for complaint in check(seen))
    if any(c.rule == "settings-refused" for c in found):
        found = [c for c in found if c.rule != "too-many-failures"]
    return tuple(sorted(found, key=_urgency))


def _urgency(complaint: Complaint) -> tuple[int, int]:
    """Put what costs more trials first; elsewhere the order of the checks holds."""
    is_counted = complaint.harm is Harm.TRIALS_ARE_LOST
    return complaint.harm, -len(complaint.objects) if is_counted else 0


def _merged(complaints: Iterable[Complaint]) -> list[Complaint]:
    """Join what was seen at several objects into one complaint each."""
    merged: dict[tuple[str, str], Complaint] = {}
    for complaint in complaints:
        key = (complaint.rule, complaint.problem)
        known = merged.get(key)
        if known is None:
            merged[key] = complaint
        else:
            objects = dict.fromkeys((*known.objects, *complaint.objects))
            merged[key] = replace(known, objects=tuple(objects))
    return list(merged.values())
