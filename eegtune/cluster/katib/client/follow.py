"""Apply an Experiment, follow it until its end, keep what it gives in a folder here."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from eegtune.cluster.katib.client.cluster_check import Obstacle, Surroundings, check_cluster
from eegtune.cluster.katib.client.mirror import Mirror
from eegtune.cluster.katib.client.reports import log_reader
from eegtune.cluster.katib.kube import Kube, KubeError
from eegtune.execution.lock import RunLock
from eegtune.execution.observer import Observer, Silence
from eegtune.execution.records import RunCondition, RunState
from eegtune.execution.run_folder import RunFolder
from eegtune.execution.writer import RunWriter
from eegtune.spec import Experiment, dump_experiment


@dataclass(frozen=True)
class Place:
    """Where Experiments are.

    Attributes:
        kube: The cluster.
        namespace: The Experiments' namespace.
        katib_namespace: Where Katib is installed.
        db_manager: The DB manager's address, where it can be reached directly.
    """

    kube: Kube
    namespace: str
    katib_namespace: str = "kubeflow"
    db_manager: str | None = None


class NotThereError(Exception):
    """There is no Experiment of a name."""


def obstacles(place: Place, experiment: Experiment) -> list[Obstacle]:
    """Return what is in the way of an Experiment on this cluster."""
    kube = place.kube
    has_katib = kube.has_katib()
    config = kube.config_map(place.katib_namespace, "katib-config") if has_katib else None
    text = ((config or {}).get("data") or {}).get("katib-config.yaml", "")
    around = Surroundings(
        has_katib=has_katib,
        namespace=kube.namespace(place.namespace),
        katib_config=yaml.safe_load(text) or {},
        is_taken=kube.katib_object("experiments", place.namespace, experiment.name) is not None,
        quotas=kube.quotas(place.namespace),
        nodes=kube.nodes(),
    )
    return check_cluster(experiment, around)


def apply(place: Place, experiment: Experiment) -> None:
    """Create the Experiment.

    Raises:
        KubeError: The cluster refuses it; the message is the webhook's.
    """
    body = experiment.to_dict()
    body["metadata"] = {**body["metadata"], "namespace": place.namespace}
    place.kube.create_experiment(place.namespace, body)


def fetch(place: Place, name: str) -> dict[str, Any]:
    """Return the Experiment object.

    Raises:
        NotThereError: There is none.
    """
    found = place.kube.katib_object("experiments", place.namespace, name)
    if found is None:
        raise NotThereError(f"there is no Experiment {name!r} in namespace {place.namespace}")
    return found


def read_experiment(found: dict[str, Any]) -> Experiment:
    """Return an Experiment object as the typed one, without what the cluster has added."""
    metadata = found["metadata"]
    kept = {key: metadata[key] for key in ("name", "namespace", "labels") if key in metadata}
    return Experiment.model_validate({**found, "metadata": kept})


def follow(
    place: Place,
    name: str,
    folder: Path,
    observer: Observer | None = None,
    *,
    until_its_end: bool = True,
    is_told_to_stop: Callable[[], bool] = lambda: False,
    poll_seconds: float = 2.0,
    sleep: Callable[[float], None] = time.sleep,
) -> RunState:
    """Mirror an Experiment into a folder, by default until it has ended.

    Stopping to follow does not stop the Experiment; following it again goes on.

    Raises:
        NotThereError: There is none, or it was deleted meanwhile.
        KubeError: The cluster cannot be asked.
    """
    found = fetch(place, name)
    experiment = read_experiment(found)
    with ExitStack() as stack:
        run_folder = RunFolder(folder)
        run_folder.path.mkdir(parents=True, exist_ok=True)
        stack.enter_context(RunLock(run_folder.lock))
        store = stack.enter_context(RunWriter.open_writable(folder))
        run_folder.experiment.write_text(dump_experiment(experiment), "utf-8")
        read_log = stack.enter_context(
            log_reader(place.kube, place.katib_namespace, place.db_manager)
        )
        mirror = Mirror(store, experiment, observer or Silence(), read_log)
        while True:
            state = _look(place, name, mirror)
            is_over = state.condition in (RunCondition.SUCCEEDED, RunCondition.FAILED)
            if is_over or not until_its_end or is_told_to_stop():
                return state
            sleep(poll_seconds)


def _look(place: Place, name: str, mirror: Mirror) -> RunState:
    selector = f"katib.kubeflow.org/experiment={name}"
    # The Experiment first: trials that are seen after its end are all there are.
    found = fetch(place, name)
    return mirror.take(found, place.kube.katib_objects("trials", place.namespace, selector))


def change_budget(place: Place, name: str, **counts: int | None) -> None:
    """Change the counts that Katib lets one change while an Experiment runs.

    Raises:
        NotThereError: There is no such Experiment.
        KubeError: The webhook refuses it.
    """
    fetch(place, name)
    keys = {
        "parallel": "parallelTrialCount",
        "max_trials": "maxTrialCount",
        "max_failed": "maxFailedTrialCount",
    }
    spec = {keys[key]: value for key, value in counts.items() if value is not None}
    place.kube.change_experiment(place.namespace, name, spec)


def delete(place: Place, name: str) -> None:
    """Delete an Experiment with its trials.

    Raises:
        NotThereError: There is no such Experiment.
    """
    try:
        place.kube.delete_experiment(place.namespace, name)
    except KubeError as error:
        if error.status != 404:
            raise
        raise NotThereError(
            f"there is no Experiment {name!r} in namespace {place.namespace}"
        ) from error
