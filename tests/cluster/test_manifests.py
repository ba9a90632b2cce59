"""Every overlay, applied to the cluster; and the pods of an Experiment that goes through it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from .support.commands import PROJECT, CommandError, apply, get, kubectl
from .support.waiting import until

pytestmark = [pytest.mark.cluster, pytest.mark.usefixtures("katib_kinds")]

MANIFESTS = PROJECT / "manifests"
OVERLAYS = sorted(each.name for each in (MANIFESTS / "overlays").iterdir())
EXPERIMENTS = sorted(
    path
    for path in (MANIFESTS / "experiments").glob("*/*.yaml")
    if path.name != "kustomization.yaml"
)


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the manifests, in which a user's own kustomization can name their parts."""
    copy = tmp_path_factory.mktemp("kustomize") / "manifests"
    shutil.copytree(MANIFESTS, copy)
    return copy


@pytest.fixture(scope="module")
def installed() -> Iterator[str]:
    """The default overlay, applied as its first line says."""
    kubectl("apply", "-k", "manifests/overlays/default")
    yield "eegtune"
    kubectl("delete", "namespace", "eegtune", "--wait=true", timeout_seconds=120)


def with_experiment(tree: Path, overlay: str, experiment: Path) -> list[dict[str, Any]]:
    """Return an overlay's objects with an experiment added to its resources."""
    folder = tree / "overlays" / overlay
    shutil.copy(experiment, folder / "experiment.yaml")
    given = yaml.safe_load((MANIFESTS / "overlays" / overlay / "kustomization.yaml").read_text())
    given["resources"] += ["experiment.yaml"]
    given["namespace"] = "eegtune"
    (folder / "kustomization.yaml").write_text(yaml.safe_dump(given))
    return list(yaml.safe_load_all(kubectl("kustomize", str(folder))))


def one(objects: list[dict[str, Any]], kind: str) -> dict[str, Any]:
    """Return the only object of a kind."""
    (found,) = [each for each in objects if each["kind"] == kind]
    return found


def trial_job(experiment: dict[str, Any]) -> dict[str, Any]:
    """Return the Job of an Experiment's trial as Katib makes it, placeholders left alone."""
    job = experiment["spec"]["trialTemplate"]["trialSpec"]
    metadata = {**job.get("metadata", {}), "name": "trial-1", "namespace": "eegtune"}
    return {**job, "metadata": metadata}


def trial_pod(experiment: dict[str, Any]) -> dict[str, Any]:
    """Return the pod of an Experiment's trial: what Pod Security judges."""
    template = trial_job(experiment)["spec"]["template"]
    metadata = {**template.get("metadata", {}), "name": "trial-1", "namespace": "eegtune"}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": template["spec"]}


def test_there_are_experiments_and_overlays() -> None:
    assert EXPERIMENTS
    assert {"default", "gpu", "host-path", "istio", "kueue", "spot"} <= set(OVERLAYS)


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_the_server_takes_every_object_and_knows_every_field(overlay: str, installed: str) -> None:
    objects = list(yaml.safe_load_all(kubectl("kustomize", f"manifests/overlays/{overlay}")))
    said = apply(*objects, dry_run=True)
    assert said.count("serverside-applied (server dry run)") == len(objects)


def test_claims_are_bound_and_accounts_exist(installed: str) -> None:
    def bound() -> bool:
        claims = get("pvc", "-n", installed)
        return len(claims) == 3 and all(each["status"]["phase"] == "Bound" for each in claims)

    until(bound, "both claims bound")
    accounts = {each["metadata"]["name"] for each in get("serviceaccounts", "-n", installed)}
    assert {"eegtune-trial", "eegtune-runner", "eegtune-summary"} <= accounts


# Every experiment in one overlay, and one experiment in every overlay: they differ by fields that
# do not meet.
WITH_DEFAULT = [("default", experiment) for experiment in EXPERIMENTS]
WITH_FIRST = [(overlay, EXPERIMENTS[0]) for overlay in OVERLAYS
              if overlay not in ("default", "host-path")]  # fmt: skip


@pytest.mark.parametrize(
    ("overlay", "experiment"), WITH_DEFAULT + WITH_FIRST,
    ids=[f"{overlay}-{path.parent.name}-{path.stem}"
         for overlay, path in WITH_DEFAULT + WITH_FIRST],
)  # fmt: skip
def test_trials_of_an_experiment_get_past_restricted(
    overlay: str, experiment: Path, tree: Path, installed: str
) -> None:
    objects = with_experiment(tree, overlay, experiment)
    found = one(objects, "Experiment")
    apply(found, trial_job(found), trial_pod(found), dry_run=True)


@pytest.mark.parametrize("component", ["summary", "warm-up"])
def test_jobs_of_components_get_past_restricted(
    component: str, tree: Path, installed: str
) -> None:
    folder = tree / "overlays" / f"with-{component}"
    folder.mkdir()
    given = yaml.safe_load((MANIFESTS / "overlays/default/kustomization.yaml").read_text())
    given["components"] += [f"../../components/{component}"]
    (folder / "kustomization.yaml").write_text(yaml.safe_dump(given))
    objects = list(yaml.safe_load_all(kubectl("kustomize", str(folder))))
    job = one(objects, "Job")
    template = job["spec"]["template"]
    pod = {"apiVersion": "v1", "kind": "Pod", "spec": template["spec"],
           "metadata": {"name": "probe", "namespace": "eegtune"}}  # fmt: skip
    apply(*objects, pod, dry_run=True)


def test_without_the_component_restricted_would_refuse(installed: str) -> None:
    experiment = yaml.safe_load(EXPERIMENTS[0].read_text("utf-8"))
    pod = trial_pod(experiment)
    if pod["spec"].get("securityContext"):
        pytest.skip("generated templates carry a securityContext of their own")
    with pytest.raises(CommandError, match="violates PodSecurity"):
        apply(pod, dry_run=True)


def test_host_paths_are_refused_by_restricted_and_taken_by_the_overlays_namespace(
    tree: Path, installed: str
) -> None:
    objects = with_experiment(tree, "host-path", EXPERIMENTS[0])
    pod = trial_pod(one(objects, "Experiment"))
    with pytest.raises(CommandError, match=r"restricted volume types.*hostPath"):
        apply(pod, dry_run=True)
    namespace = one(objects, "Namespace")
    assert not [each for each in objects if each["kind"] == "PersistentVolumeClaim"]
    apply(namespace)
    try:
        apply(pod, dry_run=True)
    finally:
        kubectl("apply", "-k", "manifests/overlays/default")
        kubectl("label", "namespace", "eegtune", "--overwrite",
                "pod-security.kubernetes.io/enforce=restricted")  # fmt: skip


def test_overlays_write_what_they_are_for_into_trials(tree: Path) -> None:
    def pod_and_job(overlay: str) -> tuple[dict[str, Any], dict[str, Any]]:
        found = one(with_experiment(tree, overlay, EXPERIMENTS[0]), "Experiment")
        return trial_pod(found), trial_job(found)

    pod, _ = pod_and_job("gpu")
    assert pod["spec"]["containers"][0]["resources"]["limits"]["nvidia.com/gpu"] == 1
    pod, job = pod_and_job("spot")
    assert job["spec"]["podFailurePolicy"]["rules"][0]["action"] == "Ignore"
    assert {"key": "eegtune.dev/spot", "operator": "Exists", "effect": "NoSchedule"} in pod[
        "spec"
    ]["tolerations"]
    pod, _ = pod_and_job("istio")
    assert pod["metadata"]["annotations"] == {"sidecar.istio.io/inject": "false"}
    _, job = pod_and_job("kueue")
    assert job["metadata"]["labels"] == {"kueue.x-k8s.io/queue-name": "eegtune"}


def test_one_entry_says_where_all_images_come_from(tree: Path) -> None:
    folder = tree / "overlays" / "default"
    with_experiment(tree, "default", EXPERIMENTS[0])
    text = (
        (folder / "kustomization.yaml")
        .read_text()
        .replace("newName: eegtune/", "newName: registry.example/team/eegtune/")
    )
    (folder / "kustomization.yaml").write_text(text)
    rendered = kubectl("kustomize", str(folder))
    images = [line.split("image: ")[1] for line in rendered.splitlines() if "image: " in line]
    assert images
    assert all(each.startswith("registry.example/team/eegtune/") for each in images)
