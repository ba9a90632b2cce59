"""What `eegtune run --detach` says when its controller cannot do its work: at once, by name."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from .support.commands import PROJECT, apply, get, kubectl
from .support.experiments import EXPERIMENT, QUICK
from .support.fixtures import ended
from .support.objects import image, namespace
from .support.storage import CREDENTIALS, bucket, keys
from .support.waiting import until

pytestmark = pytest.mark.cluster

Detach = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def prepared() -> Iterator[str]:
    """A namespace with what a detached run needs, less the credentials."""
    name = f"detach-{uuid.uuid4().hex[:6]}"
    apply(namespace(name))
    for part in ("accounts", "rights", "volumes"):
        kubectl("apply", "-n", name, "-f", f"{PROJECT}/manifests/base/{part}.yaml")
    yield name
    kubectl("delete", "namespace", name, "--wait=false")


@pytest.fixture
def detach(prepared: str, tmp_path: Path) -> Iterator[Detach]:
    """Start an Experiment of its own detached; its controller is taken away afterwards."""
    experiment = f"jobs-{uuid.uuid4().hex[:6]}"

    def call(
        *words: str, namespace_name: str = prepared, image_name: str = ""
    ) -> subprocess.CompletedProcess[str]:
        text = EXPERIMENT.format(
            parallel=2, trials=2, failed=0, retain="false", more="",
            image=image_name or image("signal"), script=json.dumps(QUICK),
        )  # fmt: skip
        file = tmp_path / "experiment.yaml"
        file.write_text(text.replace("{name: jobs}", f"{{name: {experiment}}}"))
        return subprocess.run(
            [str(Path(sys.executable).parent / "eegtune"), "run", str(file), "--on", "kubernetes",
             "-n", namespace_name, "--detach", *words],
            capture_output=True, text=True, timeout=180, env=dict(os.environ),
        )  # fmt: skip

    yield call
    kubectl("delete", "job,configmap", f"{experiment}-run", "-n", prepared, "--ignore-not-found")


def credentials(namespace_name: str, **changed: str) -> None:
    """Give a namespace the Secret of the object storage."""
    apply({"apiVersion": "v1", "kind": "Secret", "stringData": CREDENTIALS | changed,
           "metadata": {"name": "eegtune-s3", "namespace": namespace_name}})  # fmt: skip


def test_it_is_seen_to_start_and_its_results_are_put_into_s3(
    detach: Detach, prepared: str
) -> None:
    credentials(prepared)
    done = detach("--to", f"s3://{bucket('detached')}/run")
    assert done.returncode == 0, done.stderr
    (job,) = [word for word in done.stdout.split() if word.startswith("job/")][:1]
    assert "Follow it: kubectl logs" in done.stdout
    name = job.removeprefix("job/")
    assert until(lambda: ended(get("job", name, "-n", prepared)), "it ended", 180) == "Complete"
    assert {"report.html", "best.yaml", "controller.log"} <= keys("detached", "run")


@pytest.mark.parametrize(
    ("case", "said"),
    [
        ("wrong credentials", ["s3://detached/run/experiment.yaml", "eegtune-s3"]),
        ("no such bucket", ["s3://absent-bucket/run/experiment.yaml", "Make the bucket"]),
        ("nobody answers", ["s3://detached/run/experiment.yaml", "AWS_ENDPOINT_URL_S3"]),
        ("no such image", ["absent/eegtune/services:1", "make push"]),
        ("no account", ["no service account 'eegtune-runner'", "manifests/overlays/default"]),
    ],
)
def test_what_is_wrong_is_said_before_a_trial_is_run(
    case: str, said: list[str], detach: Detach, prepared: str, own_namespace: str
) -> None:
    to = f"s3://{bucket('detached')}/run"
    if case == "wrong credentials":
        credentials(prepared, AWS_SECRET_ACCESS_KEY="wrong")
        done = detach("--to", to)
    elif case == "nobody answers":
        credentials(prepared, AWS_ENDPOINT_URL_S3="http://s3.storage.svc:1")
        done = detach("--to", to)
    elif case == "no such bucket":
        credentials(prepared)
        done = detach("--to", "s3://absent-bucket/run")
    elif case == "no such image":
        done = detach(image_name="absent/eegtune/signal:1")
    else:
        done = detach(namespace_name=own_namespace)
    assert done.returncode == 1, done.stdout
    for words in said:
        assert words in done.stderr
    assert "Traceback" not in done.stderr
