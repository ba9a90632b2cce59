"""`eegtune run --on katib` with our services, on Katib where the cluster has it, else a double."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml

from eegtune.execution.store import RunStore
from tests.katib.double.fixtures import katib, lab  # noqa: F401
from tests.katib.double.quick import (
    EPOCHS,
    PARAMETERS,
    made_quick,
    program_config_map,
    small,
)

from .support.commands import PROJECT, apply, get, kubectl
from .support.objects import image, namespace
from .support.waiting import until

pytestmark = pytest.mark.cluster

EEGTUNE = str(Path(sys.executable).parent / "eegtune")
RESOURCE = {"resource": "epochs", "min_resource": "1", "max_resource": "9"}
GRID = [
    PARAMETERS[1] | {"feasibleSpace": {"min": "8", "max": "16", "step": "8"}},
    PARAMETERS[3],
]
CASES: dict[str, dict[str, Any]] = {
    "bayesianoptimization": {"most": 7},
    "hyperband": {"settings": {"resource_name": "epochs", "r_l": "9", "eta": "3"},
                  "parameters": [*PARAMETERS, EPOCHS], "most": 13},
    "asha": {"settings": RESOURCE, "parameters": [*PARAMETERS, EPOCHS], "most": 9},
    "pbt": {"settings": RESOURCE | {"min_resource": "3", "n_population": "4",
                                    "truncation_threshold": "0.25"},
            "parameters": [*PARAMETERS, EPOCHS], "most": 8, "parallel": 4},
    "grid": {"parameters": GRID, "most": 4},
    "nsga2": {"settings": {"objectives": "score:max,latency_ms:min"}},
    "tpe": {"most": 8, "earlyStopping": {"algorithmName": "medianstop", "algorithmSettings": [
        {"name": "min_trials_required", "value": "2"}, {"name": "start_step", "value": "2"}]}},
}  # fmt: skip


def run_on_katib(
    experiment: dict[str, Any], namespace: str, folder: Path
) -> subprocess.CompletedProcess[str]:
    """Run an Experiment as a user does."""
    file = folder / "experiment.yaml"
    file.write_text(yaml.safe_dump(experiment))
    return subprocess.run(
        [EEGTUNE, "run", str(file), "--on", "katib", "-n", namespace, "--dir",
         str(folder / "run")],
        capture_output=True, text=True, timeout=600, env=os.environ | {"OMP_NUM_THREADS": "1"},
    )  # fmt: skip


@pytest.mark.timeout(900)
@pytest.mark.parametrize("algorithm", sorted(CASES))
def test_an_experiment_of_ours_succeeds(algorithm: str, lab: str, tmp_path: Path) -> None:  # noqa: F811
    case = CASES[algorithm]
    made = small(f"our-{algorithm}", algorithm, image("services"), **case)
    done = run_on_katib(made, lab, tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    with RunStore.open(tmp_path / "run") as store:
        trials = list(store.trials())
        curves = {each.name: store.metric_log(each.name) for each in trials}
    ended = Counter(str(each.condition) for each in trials)
    assert set(ended) <= {"Succeeded", "EarlyStopped"}
    assert sum(ended.values()) == case.get("most", 6)
    for each in trials:
        assert curves[each.name], "the curve came from the DB manager"
        if each.condition == "Succeeded":
            assert set(each.trial.metrics) == {"score", "latency_ms"}
    report = tmp_path / "run" / "report.html"
    assert report.exists(), done.stdout + done.stderr
    assert report.stat().st_size > 10_000
    check_what_is_special(algorithm, trials)


def check_what_is_special(algorithm: str, trials: list[Any]) -> None:
    """Hold each algorithm's trials against what only it does."""
    if algorithm in ("hyperband", "asha"):
        assert len({each.trial.assignments["epochs"] for each in trials}) > 1, "one rung only"
    elif algorithm == "pbt":
        parents = [each.trial.labels.get("eegtune.dev/parent") for each in trials]
        assert {parent for parent in parents if parent} <= {each.name for each in trials}
        assert any(parents)
    elif algorithm == "grid":
        assert len({str(each.trial.assignments) for each in trials}) == 4


@pytest.mark.timeout(600)
def test_a_suggestion_pod_killed_in_mid_run_is_replaced_without_loss(
    lab: str,  # noqa: F811
    tmp_path: Path,
) -> None:
    killed: list[str] = []

    def kill() -> None:
        label = "katib.kubeflow.org/suggestion=killed"
        until(lambda: len(get("trials.kubeflow.org", "-n", lab)) >= 3, "three trials are made")
        killed.append(get("pods", "-n", lab, "-l", label)[0]["metadata"]["name"])
        kubectl("delete", "pods", "-n", lab, "-l", label, "--grace-period=0", "--force")

    thread = threading.Thread(target=kill)
    thread.start()
    experiment = small("killed", "tpe", image("services"), most=9)
    done = run_on_katib(experiment, lab, tmp_path)
    thread.join()
    assert killed
    assert done.returncode == 0, done.stdout + done.stderr
    with RunStore.open(tmp_path / "run") as store:
        trials = list(store.trials())
    assert [str(each.condition) for each in trials] == ["Succeeded"] * 9
    assert len({str(each.trial.assignments) for each in trials}) == 9


@pytest.fixture
def second_lab(lab: str) -> Iterator[str]:  # noqa: F811
    """Another namespace like the first."""
    where = f"{lab}-too"
    apply(namespace(where, "privileged"), program_config_map(where))
    yield where
    kubectl("delete", "namespace", where, "--wait=false")


@pytest.mark.timeout(600)
def test_experiments_of_one_name_in_two_namespaces_do_not_disturb_each_other(
    lab: str,  # noqa: F811
    second_lab: str,
) -> None:
    text = json.dumps(small("twin", "grid", image("services"), parameters=GRID, most=4))
    for where in (lab, second_lab):
        kubectl("apply", "-n", where, "-f", "-", text=text)
    for where in (lab, second_lab):
        until(partial(has_ended, "twin", where), f"twin has ended in {where}", 400)
        trials = get("trials.kubeflow.org", "-n", where)
        points = {json.dumps(each["spec"]["parameterAssignments"]) for each in trials}
        assert len(points) == 4


def has_ended(name: str, where: str) -> bool:
    found = get("experiments.kubeflow.org", name, "-n", where)
    conditions = (found.get("status") or {}).get("conditions") or [{"type": ""}]
    return conditions[-1]["type"] in ("Succeeded", "Failed")


MANIFESTS = PROJECT / "manifests" / "experiments"
COMPONENTS = sorted(each.name for each in MANIFESTS.iterdir() if each.is_dir())


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("component", COMPONENTS)
def test_every_generated_manifest_runs(component: str, lab: str) -> None:  # noqa: F811
    files = sorted(set(MANIFESTS.glob(f"{component}/*.yaml")) -
                   set(MANIFESTS.glob("*/kustomization.yaml")))  # fmt: skip
    made = [made_quick(yaml.safe_load(file.read_text()), image("services"), 2) for file in files]
    for experiment in made:
        kubectl("apply", "-n", lab, "-f", "-", text=json.dumps(experiment))

    def unfinished() -> list[str]:
        return [each["metadata"]["name"] for each in get("experiments.kubeflow.org", "-n", lab)
                if (each.get("status") or {}).get("conditions", [{}])[-1].get("type")
                not in ("Succeeded", "Failed")]  # fmt: skip

    until(lambda: not unfinished(), f"{component}'s Experiments have ended", 600)
    for each in get("experiments.kubeflow.org", "-n", lab):
        status = each["status"]
        assert status["conditions"][-1]["reason"] == "ExperimentMaxTrialsReached", status
        assert status["trialsSucceeded"] == 2
        best = status["currentOptimalTrial"]["observation"]["metrics"]
        names = made[0]["spec"]["objective"]
        assert names["objectiveMetricName"] in {metric["name"] for metric in best}
        assert all(metric["latest"] != "unavailable" for metric in best)
