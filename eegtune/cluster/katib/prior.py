"""Trials of an earlier Experiment on the same cluster, for the setting `warm_start`.

`katib://NAMESPACE/NAME` is read from the Trial objects. For another namespace than its own, the
service's account needs `list` on `trials` there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from urllib.parse import quote

from eegtune.cluster.katib.client.objects import read_trial
from eegtune.cluster.katib.in_cluster import ApiError, ClusterApi
from eegtune.spec.experiment import Experiment
from eegtune.spec.trial import Trial

_KATIB = re.compile(r"katib://([a-z0-9-]+)/([a-z0-9.-]+)")


def load_prior(experiment: Experiment, connect: Callable[[], ClusterApi]) -> Sequence[Trial]:
    """Return the trials that an Experiment's setting `warm_start` names; none where it is unset.

    Raises:
        ValueError: The setting names no Experiment, or it cannot be read.
    """
    address = experiment.spec.algorithm.settings.get("warm_start", "").strip()
    if not address:
        return ()
    match = _KATIB.fullmatch(address)
    if match is None:
        raise ValueError(
            f"setting 'warm_start' is {address!r}; on Katib it must be katib://NAMESPACE/NAME of "
            "an Experiment on the same cluster"
        )
    namespace, name = match.groups()
    try:
        trials = _trials(connect(), namespace, name)
    except ApiError as error:
        raise ValueError(
            f"setting 'warm_start' names {address}, which cannot be read: {error.message}. "
            f"Allow the service's account to list trials in namespace {namespace}"
        ) from error
    if not trials:
        raise ValueError(f"setting 'warm_start' names {address}, which has no trials")
    objective = experiment.spec.objective
    return tuple(read_trial(t, i, objective).trial for i, t in enumerate(trials))


def _trials(api: ClusterApi, namespace: str, name: str) -> list[dict[str, object]]:
    selector = quote(f"katib.kubeflow.org/experiment={name}")
    path = f"/apis/kubeflow.org/v1beta1/namespaces/{namespace}/trials?labelSelector={selector}"
    return list(api.get(path).get("items") or ())
