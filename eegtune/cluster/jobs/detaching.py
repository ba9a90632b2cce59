"""Hand the loop to the cluster: what it needs there is looked for first, by name."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from eegtune.cluster.jobs.access import Access, insist, said
from eegtune.cluster.jobs.detached import ACCOUNT, CLAIM, SECRET
from eegtune.execution.runner import RunnerError

_FIX = "kubectl apply -k manifests/overlays/default, or install the chart, makes it"


def find_missing(access: Access, *, needs_storage: bool) -> None:
    """Refuse where the account, the volume or the credentials are not there.

    What may not be read is taken to be there.

    Raises:
        RunnerError: One is missing; the message names it and the fix.
    """
    core = access.core
    wanted = [
        ("service account", ACCOUNT, core.read_namespaced_service_account),
        ("PersistentVolumeClaim", CLAIM, core.read_namespaced_persistent_volume_claim),
    ]
    if needs_storage:
        wanted.append(("Secret", SECRET, core.read_namespaced_secret))
    for kind, name, read in wanted:
        try:
            read(name, access.namespace, _request_timeout=10)
        except Exception as error:
            status = getattr(error, "status", None)
            if status == 404:
                raise RunnerError(
                    f"namespace {access.namespace!r} has no {kind} {name!r}, which --detach "
                    f"needs. {_FIX}"
                ) from error
            if status != 403:
                raise RunnerError(f"{kind} {name}: {said(error)}") from error


def create(access: Access, objects: Sequence[dict[str, Any]]) -> None:
    """Make the controller's ConfigMap and Job.

    Raises:
        RunnerError: They are there already, or may not be made.
    """
    config_map, job = objects
    core = access.core
    for found, call in (
        (config_map, lambda found: core.create_namespaced_config_map(access.namespace, found)),
        (job, access.create_job),
    ):
        name = f"{found['kind']} {found['metadata']['name']}"
        try:
            insist(partial(call, found), name, at_most_seconds=30)
        except Exception as error:
            if getattr(error, "status", None) == 409:
                where = f"-n {access.namespace} {config_map['metadata']['name']}"
                raise RunnerError(
                    f"{name} is there already: this Experiment runs, or has run, detached. "
                    f"Delete it first: kubectl delete job,configmap {where}"
                ) from error
            raise RunnerError(
                f"{name} cannot be made in {access.namespace}: {said(error)}"
            ) from error
