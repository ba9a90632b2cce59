"""The client's commands, metrics by push, and a warm start, on Katib or on its double."""

from __future__ import annotations

import copy
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from eegtune.cluster.katib.client.objects import read_trial
from eegtune.cluster.katib.protocol import api_pb2 as api
from eegtune.cluster.katib.suggestion import SuggestionService
from eegtune.execution.store import RunStore
from eegtune.spec import load_experiment
from tests.katib.double.fixtures import katib, lab  # noqa: F401
from tests.katib.double.messages import experiment_message
from tests.katib.double.quick import small

from .support.commands import PROJECT, apply, get, helm, kubectl
from .support.fixtures import ended
from .support.objects import image
from .support.storage import CREDENTIALS, bucket, keys
from .support.waiting import until

pytestmark = pytest.mark.cluster

Object = dict[str, Any]
EEGTUNE = str(Path(sys.executable).parent / "eegtune")
SLOW = [{"name": "METRICS", "value": "score,latency_ms"},
        {"name": "SECONDS_AN_EPOCH", "value": "6"}]  # fmt: skip


def eegtune(*words: str, code: int = 0) -> str:
    """Run a command as a user does; return all that it wrote."""
    done = subprocess.run(
        [EEGTUNE, *words], capture_output=True, text=True, timeout=600,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


def written(experiment: Object, folder: Path) -> str:
    file = folder / f"{experiment['metadata']['name']}.yaml"
    file.write_text(yaml.safe_dump(experiment))
    return str(file)


def names(where: str) -> set[str]:
    return {each["metadata"]["name"] for each in get("experiments.kubeflow.org", "-n", where)}


@pytest.mark.timeout(900)
def test_submit_scale_watch_stop_and_delete(lab: str, tmp_path: Path) -> None:  # noqa: F811
    short = small("short", "random", image("services"), most=4, parallel=1)
    long = small("long", "random", image("services"), most=60, parallel=1)
    for each in (short, long):
        template = each["spec"]["trialTemplate"]["trialSpec"]["spec"]["template"]["spec"]
        template["containers"][0]["env"] = SLOW
    files = [written(each, tmp_path) for each in (short, long)]
    said = eegtune("submit", *files, "-n", lab)
    assert f"{lab}/short is applied" in said
    assert names(lab) == {"short", "long"}
    assert "already" in eegtune("submit", files[0], "-n", lab, code=1)

    eegtune("scale", "short", "-n", lab, "--max-trials", "5", "--parallel", "3")
    eegtune("watch", "short", "-n", lab, "--dir", str(tmp_path / "short"))
    with RunStore.open(tmp_path / "short") as store:
        assert [str(each.condition) for each in store.trials()] == ["Succeeded"] * 5

    until(lambda: len(get("trials.kubeflow.org", "-n", lab,
                          "-l", "katib.kubeflow.org/experiment=long")) >= 3, "long has trials",
          300)  # fmt: skip
    eegtune("stop", "long", "-n", lab, "--dir", str(tmp_path / "long"))
    with RunStore.open(tmp_path / "long") as store:
        kept = [each for each in store.trials() if str(each.condition) == "Succeeded"]
    assert kept, "what it had found is here"
    assert (tmp_path / "long" / "report.html").stat().st_size > 10_000
    until(lambda: not get("pods", "-n", lab, "-l", "katib.kubeflow.org/experiment=long"),
          "its running trials are gone", 120)  # fmt: skip

    eegtune("delete", "short", "-n", lab, "--yes")
    until(lambda: not names(lab), "both are gone", 120)
    assert "there is no Experiment 'short'" in eegtune("watch", "short", "-n", lab, code=2)
    assert "There is no Experiment" in eegtune("doctor", "short", "-n", lab, code=1)


@pytest.mark.timeout(900)
def test_metrics_by_push_reach_the_database_while_a_trial_runs(
    lab: str,  # noqa: F811
    tmp_path: Path,
) -> None:
    made = yaml.safe_load((PROJECT / "manifests/experiments/sleep/grid.yaml").read_text())
    spec = made["spec"] | {"maxTrialCount": 2, "parallelTrialCount": 1, "maxFailedTrialCount": 0,
                           "metricsCollectorSpec": {"collector": {"kind": "Push"}}}  # fmt: skip
    (container,) = spec["trialTemplate"]["trialSpec"]["spec"]["template"]["spec"]["containers"]
    container["command"].append("--report=push")
    container["image"] = image("signal")
    file = written({**made, "spec": spec}, tmp_path)
    eegtune("run", file, "--on", "katib", "-n", lab, "--dir", str(tmp_path / "run"))
    with RunStore.open(tmp_path / "run") as store:
        for each in store.trials():
            assert str(each.condition) == "Succeeded"
            reported = {report.name for report in store.metric_log(each.name)}
            assert set(load_experiment(Path(file)).spec.objective.metric_names) <= reported
    pods = get("pods", "-n", lab, "-l", "katib.kubeflow.org/experiment")
    trials = [pod for pod in pods if "katib.kubeflow.org/trial" in pod["metadata"]["labels"]]
    assert trials
    for pod in trials:
        assert len(pod["spec"]["containers"]) == 1, "no collector is needed"


def may_list_trials(where: str) -> tuple[Object, Object]:
    """Return the right that docs/katib-services.md names for a warm start."""
    metadata = {"name": "warm-start", "namespace": where}
    group = "rbac.authorization.k8s.io"
    return (
        {"apiVersion": f"{group}/v1", "kind": "Role", "metadata": metadata, "rules": [
            {"apiGroups": ["kubeflow.org"], "resources": ["trials"], "verbs": ["list"]}]},
        {"apiVersion": f"{group}/v1", "kind": "RoleBinding", "metadata": metadata,
         "roleRef": {"apiGroup": group, "kind": "Role", "name": "warm-start"},
         "subjects": [{"kind": "ServiceAccount", "name": "default", "namespace": where}]},
    )  # fmt: skip


def warm(name: str, where: str, most: int = 3) -> Object:
    settings = {
        "random_state": "3",
        "n_startup_trials": "4",
        "warm_start": f"katib://{where}/first",
    }
    return small(name, "tpe", image("services"), settings, most=most)


@pytest.mark.timeout(900)
def test_a_warm_start_learns_from_another_experiment_of_the_cluster(
    lab: str,  # noqa: F811
    tmp_path: Path,
) -> None:
    first = small("first", "random", image("services"), most=6)
    eegtune("run", written(first, tmp_path), "--on", "katib", "-n", lab,
            "--dir", str(tmp_path / "first"))  # fmt: skip
    eegtune("run", written(warm("no-right", lab), tmp_path), "--on", "katib", "-n", lab,
            "--dir", str(tmp_path / "no-right"), code=1)  # fmt: skip
    said = " ".join(eegtune("doctor", "no-right", "-n", lab, code=1).split())
    assert f"Allow the service's account to list trials in namespace {lab}" in said

    apply(*may_list_trials(lab))
    eegtune("run", written(warm("second", lab), tmp_path), "--on", "katib", "-n", lab,
            "--dir", str(tmp_path / "second"))  # fmt: skip
    suggestion = get("suggestions.kubeflow.org", "second", "-n", lab)["status"]["suggestions"]
    assert suggested(suggestion) == expected(warm("second", lab), lab)
    assert suggested(suggestion) != expected(warm("second", lab), lab, with_prior=False)


def suggested(entries: list[Object]) -> list[dict[str, str]]:
    """Return the points of the first call, which asked for three."""
    return [{a["name"]: a["value"] for a in entry["parameterAssignments"]}
            for entry in entries[:3]]  # fmt: skip


def expected(experiment: Object, where: str, *, with_prior: bool = True) -> list[dict[str, str]]:
    """Return what the same search suggests here, knowing the same earlier trials."""
    thing = copy.deepcopy(experiment)
    if not with_prior:
        thing["spec"]["algorithm"]["algorithmSettings"].pop()
    stored = get("trials.kubeflow.org", "-n", where, "-l", "katib.kubeflow.org/experiment=first")
    service = SuggestionService(load_prior=lambda known: [
        read_trial(trial, i, known.spec.objective).trial for i, trial in enumerate(stored)
    ] if with_prior else ())  # fmt: skip
    reply = service.get_suggestions(api.GetSuggestionsRequest(
        experiment=experiment_message(thing, {}), current_request_number=3, total_request_number=3,
    ))  # fmt: skip
    return [{a.name: a.value for a in each.assignments} for each in reply.parameter_assignments]


@pytest.mark.timeout(900)
def test_the_summary_job_rebuilds_the_front_of_two_objectives(lab: str) -> None:  # noqa: F811
    summaries = [{"experiment": "two", "to": f"s3://{bucket('results')}/{lab}"}]
    values = {"s3.accessKeyId": CREDENTIALS["AWS_ACCESS_KEY_ID"],
              "s3.secretAccessKey": CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
              "s3.endpointUrl": CREDENTIALS["AWS_ENDPOINT_URL_S3"],
              "image.registry": os.environ.get("REGISTRY", ""),
              "image.tag": os.environ.get("TAG", "")}  # fmt: skip
    words = [
        word for name, value in values.items() for word in ("--set-string", f"{name}={value}")
    ]
    helm("install", "two", "charts/eegtune", "-n", lab, *words,
         "--set-json", f"summaries={json.dumps(summaries)}")  # fmt: skip
    settings = {"objectives": "score:max,latency_ms:min"}
    made = small("two", "nsga2", image("services"), settings, most=8)
    kubectl("apply", "-n", lab, "-f", "-", text=json.dumps(made))

    def summarized() -> str | None:
        (job,) = [each for each in get("jobs", "-n", lab)
                  if each["metadata"]["name"].startswith("two-summary-")]  # fmt: skip
        return ended(job)

    assert until(summarized, "the summary has ended", 600) == "Complete"
    said = get("configmap", "two-summary", "-n", lab)["data"]
    trials = get("trials.kubeflow.org", "-n", lab)
    assert {line.split()[0] for line in said["front"].splitlines()} == undominated(trials)
    assert {"report.html", "trials.parquet", "best.yaml"} <= keys("results", lab)


def undominated(trials: list[Object]) -> set[str]:
    """Return the names of trials that none has a higher score and a lower latency than."""
    points = {}
    for trial in trials:
        metrics = trial["status"]["observation"]["metrics"]
        values = {metric["name"]: float(metric["latest"]) for metric in metrics}
        points[trial["metadata"]["name"]] = (-values["score"], values["latency_ms"])
    return {
        name for name, point in points.items()
        if not any(other != point and all(a <= b for a, b in zip(other, point, strict=True))
                   for other in points.values())
    }  # fmt: skip
