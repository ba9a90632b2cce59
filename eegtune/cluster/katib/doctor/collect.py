"""Read from the cluster what the doctor looks at."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from eegtune.cluster.jobs.detached import CONTROLS_LABEL, controller_name
from eegtune.cluster.katib.doctor.snapshot import Snapshot, container_names, labels_of, name_of
from eegtune.cluster.katib.kube import Kube, Object
from eegtune.spec.rendering import EXPERIMENT_LABEL

_KATIB_NAMESPACE = "kubeflow"
_MOST_LOGS = 40


def collect(
    kube: Kube,
    name: str,
    namespace: str,
    katib_namespace: str = _KATIB_NAMESPACE,
    local_experiment: Object | None = None,
) -> Snapshot:
    """Return the objects of one Experiment, its pods' logs, and what is around it.

    Args:
        kube: The cluster.
        name: The Experiment's name.
        namespace: Where it is.
        katib_namespace: Where Katib is installed.
        local_experiment: What a run's folder here says of it, for a run by Jobs, of which the
            cluster knows only the Jobs.

    Raises:
        KubeError: The cluster cannot be asked, or the user may not read these objects.
    """
    has_katib = kube.has_katib()
    pods = kube.pods(namespace, f"{EXPERIMENT_LABEL}={name}")
    suggestion_pods = [pod for pod in pods if _is_service(pod)]
    pods = [pod for pod in pods if not _is_service(pod)]
    trials = kube.katib_objects("trials", namespace, f"{EXPERIMENT_LABEL}={name}")
    jobs = _jobs(kube, name, namespace, {name_of(trial) for trial in trials})
    pods = _all([pods, *_pods_of_jobs(kube, namespace, jobs, pods)])
    experiment = kube.katib_object("experiments", namespace, name)
    controllers = kube.jobs(namespace, f"{CONTROLS_LABEL}={name}")
    controller_pods = kube.pods(namespace, f"{CONTROLS_LABEL}={name}")
    return Snapshot(
        name=name,
        namespace=namespace,
        has_katib=has_katib,
        experiment=experiment,
        run_experiment=None if experiment else _run(kube, name, namespace, local_experiment),
        controllers=controllers,
        controller_pods=controller_pods,
        suggestion=kube.katib_object("suggestions", namespace, name),
        namespace_object=kube.namespace(namespace),
        katib_config=_katib_config(kube, katib_namespace) if has_katib else {},
        trials=trials,
        jobs=jobs,
        pods=pods,
        suggestion_pods=suggestion_pods,
        events=kube.events(namespace),
        logs=_logs(kube, namespace, [*suggestion_pods, *controller_pods, *_telling_first(pods)]),
        other_names=_names(kube, namespace),
        taken=datetime.now(UTC),
    )


def _run(kube: Kube, name: str, namespace: str, local_experiment: Object | None) -> Object | None:
    """Return the Experiment of a run by Jobs: a detached one's is in the cluster."""
    import yaml

    found = kube.config_map(namespace, controller_name(name))
    text = ((found or {}).get("data") or {}).get("experiment.yaml", "")
    try:
        parsed = yaml.safe_load(text)
    except yaml.YAMLError:
        parsed = None
    return parsed if isinstance(parsed, dict) else local_experiment


def _names(kube: Kube, namespace: str) -> list[str]:
    """Return the names of the Experiments and of the runs by Jobs that there are."""
    runs = (labels_of(job).get(EXPERIMENT_LABEL, "") for job in kube.jobs(namespace, ""))
    experiments = (name_of(one) for one in kube.katib_objects("experiments", namespace))
    return sorted({name for name in (*experiments, *runs) if name})


def _is_service(pod: Object) -> bool:
    return "katib.kubeflow.org/suggestion" in (pod["metadata"].get("labels") or {})


def _jobs(kube: Kube, name: str, namespace: str, trials: set[str]) -> list[Object]:
    """Return the Jobs of an Experiment: Katib's carry a trial's name, ours a label."""
    own = kube.jobs(namespace, f"{EXPERIMENT_LABEL}={name}")
    if not trials:
        return own
    return _all([own, [job for job in kube.jobs(namespace, "") if name_of(job) in trials]])


def _pods_of_jobs(
    kube: Kube, namespace: str, jobs: Iterable[Object], known: Iterable[Object]
) -> list[list[Object]]:
    """Return pods that Katib's webhook has not labelled."""
    has_pods = {(pod["metadata"].get("labels") or {}).get("job-name") for pod in known}
    names = [name_of(job) for job in jobs if name_of(job) not in has_pods]
    return [kube.pods(namespace, f"job-name={name}") for name in names[:_MOST_LOGS]]


def _telling_first(pods: list[Object]) -> list[Object]:
    """Order pods so that those that failed are read first."""
    rank = {"Failed": 0, "Pending": 1, "Running": 2}
    return sorted(pods, key=lambda pod: rank.get((pod.get("status") or {}).get("phase", ""), 3))


def _logs(kube: Kube, namespace: str, pods: Iterable[Object]) -> dict[tuple[str, str], str]:
    return {
        (name_of(pod), container): kube.log(namespace, name_of(pod), container)
        for pod in list(pods)[:_MOST_LOGS]
        for container in container_names(pod)
    }


def _katib_config(kube: Kube, namespace: str) -> Mapping[str, Any]:
    import yaml

    found = kube.config_map(namespace, "katib-config")
    text = ((found or {}).get("data") or {}).get("katib-config.yaml", "")
    try:
        parsed = yaml.safe_load(text)
    except yaml.YAMLError:
        return {}
    return parsed if isinstance(parsed, dict) else {}


def _all(groups: Iterable[Iterable[Object]]) -> list[Object]:
    """Return the objects of several lists, each once."""
    found = {name_of(thing): thing for group in groups for thing in group}
    return [found[name] for name in sorted(found)]
