"""The cluster itself: names, storage and isolation, before anything of ours is judged by it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from .support.commands import CommandError, apply, get, kubectl
from .support.objects import image, pod_spec

pytestmark = pytest.mark.cluster
own_node = pytest.mark.skipif(
    "EEGTUNE_TEST_NODE" not in os.environ, reason="the cluster is not the tests' own"
)


def test_the_server_is_a_kubernetes_that_manifests_are_written_for() -> None:
    minor = int(kubectl("version", "-o", "json").split('"minor": "')[-1].split('"')[0].rstrip("+"))
    assert minor >= 28


def test_pods_find_services_by_name_and_read_and_write_s3(run_job: Callable[..., str]) -> None:
    program = (
        "import boto3; s3 = boto3.client('s3'); s3.create_bucket(Bucket='probe');"
        "s3.put_object(Bucket='probe', Key='a/b', Body=b'EEG');"
        "print(s3.get_object(Bucket='probe', Key='a/b')['Body'].read().decode())"
    )
    assert run_job("services", ["python", "-c", program], env=S3_ENVIRONMENT) == "EEG\n"


def test_s3_refuses_other_credentials(run_job: Callable[..., str]) -> None:
    program = "import boto3; boto3.client('s3').list_buckets()"
    wrong = [{**each, "value": "wrong"} if "SECRET" in each["name"] else each
             for each in S3_ENVIRONMENT]  # fmt: skip
    with pytest.raises(AssertionError, match="SignatureDoesNotMatch"):
        run_job("services", ["python", "-c", program], env=wrong)


def test_restricted_namespaces_refuse_root(own_namespace: str) -> None:
    spec = pod_spec("signal", ["true"])
    spec["securityContext"] = {"runAsUser": 0}
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "root"}, "spec": spec}
    pod["metadata"]["namespace"] = own_namespace
    with pytest.raises(CommandError, match="violates PodSecurity"):
        apply(pod, dry_run=True)


@pytest.mark.parametrize(
    "target",
    ["signal", "services", "early-stopping", pytest.param("torch", marks=pytest.mark.slow)],
)
def test_our_images_are_on_the_node_under_the_names_of_manifests(target: str) -> None:
    names = [name for node in get("nodes") for each in node["status"]["images"]
             for name in each["names"] or []]  # fmt: skip
    assert any(name.endswith(image(target)) for name in names), names


@own_node
def test_the_node_has_no_way_to_the_outside() -> None:
    enter = str(Path(__file__).parent / "node" / "enter")
    routes = subprocess.run([enter, "ip", "route"], capture_output=True, text=True, check=True)
    assert "default" not in routes.stdout
    listening = subprocess.run(["ss", "-Hltn"], capture_output=True, text=True, check=True).stdout
    assert ":6443" not in listening
    assert ":10250" not in listening


S3_ENVIRONMENT = [
    {"name": "AWS_ACCESS_KEY_ID", "value": "test-access"},
    {"name": "AWS_SECRET_ACCESS_KEY", "value": "test-secret-key"},
    {"name": "AWS_DEFAULT_REGION", "value": "us-east-1"},
    {"name": "AWS_ENDPOINT_URL_S3", "value": "http://s3.storage.svc:9000"},
]
