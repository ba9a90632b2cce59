"""The chart: linted, rendered, installed, upgraded, rolled back and uninstalled for real."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from .support.commands import CommandError, apply, get, helm, kubectl
from .support.objects import image, namespace
from .support.waiting import until

pytestmark = [pytest.mark.cluster, pytest.mark.usefixtures("katib_kinds")]

CHART = "charts/eegtune"
GOLDEN = Path(__file__).parent / "golden"
NAMESPACE = "tuning"
CASES = {
    "default": [],
    "experiments": [
        "--set-json",
        'experiments=[{"component":"linear_probe","algorithm":"random","maxTrialCount":6,'
        '"parallelTrialCount":2,"randomState":7,"gpus":1,"data":"blink",'
        '"arguments":["--max_epochs=3"],"resources":{"requests":{"cpu":"500m"}}}]',
        "--set", "trials.spot=true,trials.istio=true,trials.kueueQueue=eeg",
        "--set-string", "image.registry=registry.example/team,image.tag=7",
    ],
    "host-path-and-own-secret": [
        "--set", "cache.hostPath=/srv/cache,checkpoints.existingClaim=mine",
        "--set", "s3.existingSecret=own,quota.enabled=false,networkPolicy.enabled=false",
    ],
    "katib": ["--set", "katib.register=true"],
    "summaries": ["--set-json", 'summaries=[{"experiment":"x","to":"s3://results/x"}]'],
}  # fmt: skip
ON_THIS_CLUSTER = [
    "--set-string", f"image.registry={os.environ.get('REGISTRY', '')}",
    "--set-string", f"image.tag={os.environ.get('TAG', '')}",
]  # fmt: skip
S3 = [
    "--set", "s3.accessKeyId=test-access,s3.secretAccessKey=test-secret-key",
    "--set", "s3.endpointUrl=http://s3.storage.svc:9000",
]  # fmt: skip
KATIB_CONFIG = """\
---
apiVersion: config.kubeflow.org/v1beta1
kind: KatibConfig
init:
  controller:
    webhookPort: 8443
runtime:
  # what Katib ships
  suggestions:
    - algorithmName: random
      image: example/suggestion-hyperopt:v0.19.0
  earlyStoppings:
    - algorithmName: medianstop
      image: example/earlystopping-medianstop:v0.19.0
      imagePullPolicy: Always
"""


def template(*words: str) -> str:
    """Render the chart without a cluster."""
    return helm("template", "tune", CHART, "-n", NAMESPACE, *words)


def objects(text: str) -> list[dict[str, Any]]:
    """Return the objects of a rendered chart."""
    return [each for each in yaml.safe_load_all(text) if each]


@pytest.fixture
def release() -> Iterator[str]:
    """A namespace under `restricted` for one release, both gone afterwards."""
    apply(namespace(NAMESPACE))
    yield "tune"
    kubectl("delete", "namespace", NAMESPACE, "--wait=true")


def test_lint_finds_nothing() -> None:
    assert "0 chart(s) failed" in helm("lint", "--strict", CHART)


@pytest.mark.parametrize("case", CASES)
def test_renders_as_written_down(case: str) -> None:
    rendered = what_the_chart_decides(template(*CASES[case]))
    golden = GOLDEN / f"{case}.yaml"
    if os.environ.get("EEGTUNE_WRITE_GOLDEN"):
        golden.write_text(rendered, "utf-8")
    assert rendered == golden.read_text("utf-8"), "if it is meant: EEGTUNE_WRITE_GOLDEN=1"


def what_the_chart_decides(text: str) -> str:
    """Return rendered objects less the parameters of Experiments, which are copied."""
    found = objects(text)
    for each in found:
        if each["kind"] == "Experiment":
            spec = each["spec"]
            container = spec["trialTemplate"]["trialSpec"]["spec"]["template"]["spec"][
                "containers"
            ]
            assert spec.pop("parameters")
            assert spec["trialTemplate"].pop("trialParameters")
            container[0]["command"] = [
                word for word in container[0]["command"] if "trialParameters" not in word
            ]
    return yaml.safe_dump_all(found)


@pytest.mark.parametrize("case", CASES)
def test_the_server_knows_every_field(case: str, release: str) -> None:
    found = [each for each in objects(template(*CASES[case]))
             if each["metadata"].get("namespace") == NAMESPACE]  # fmt: skip
    if "host-path" in case:  # which `restricted` and `baseline` refuse
        apply(namespace(NAMESPACE, "privileged"))
    apply(*[each for each in found if each["kind"] == "ServiceAccount"])  # pods name them
    apply(*found, dry_run=True)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("cache.sise=1Gi", "sise"),
        ("cache.size=lots", "cache"),
        ("image.pullPolicy=Sometimes", "pullPolicy"),
        ("s3.endpointUrl=s3.storage", "endpointUrl"),
        ("experiments[0].algorithm=random", "component"),
    ],
)
def test_values_that_cannot_be_meant_are_refused(value: str, said: str) -> None:
    with pytest.raises(CommandError, match=said):
        template("--set", value)


def test_an_unknown_component_is_refused_with_those_there_are() -> None:
    with pytest.raises(CommandError, match=r"no nonsense/bayesian.*linear_probe/bayesian"):
        template("--set", "experiments[0].component=nonsense")


def test_installs_tests_upgrades_rolls_back_and_leaves_only_volumes(release: str) -> None:
    words = [release, CHART, "-n", NAMESPACE, *ON_THIS_CLUSTER]
    notes = helm("install", *words, *S3, "--wait")
    assert "eegtune run X.yaml --on kubernetes" in notes
    assert "kubectl label namespace" not in notes
    helm("test", release, "-n", NAMESPACE, "--timeout", "3m")

    experiment = '[{"component":"linear_probe","algorithm":"random","maxTrialCount":4,"name":"x"}]'
    helm("upgrade", *words, *S3, "--set-json", f"experiments={experiment}")
    assert [each["metadata"]["name"] for each in get("experiments", "-n", NAMESPACE)] == ["x"]
    helm("rollback", release, "1", "-n", NAMESPACE)
    assert get("experiments", "-n", NAMESPACE) == []
    assert {each["metadata"]["name"] for each in get("pvc", "-n", NAMESPACE)} == {
        "eegtune-cache", "eegtune-checkpoints", "eegtune-runs",
    }  # fmt: skip

    helm("uninstall", release, "-n", NAMESPACE, "--wait")
    left = kubectl(
        "get", "serviceaccount,role,rolebinding,secret,networkpolicy,resourcequota,limitrange,job",
        "-n", NAMESPACE, "-l", "app.kubernetes.io/instance=tune", "-o", "name",
    )  # fmt: skip
    assert left == ""
    assert len(get("pvc", "-n", NAMESPACE)) == 3


def test_a_wrong_secret_fails_helm_test(release: str) -> None:
    wrong = ["--set", "s3.secretAccessKey=wrong"]
    helm("install", release, CHART, "-n", NAMESPACE, *ON_THIS_CLUSTER, *S3, *wrong)
    with pytest.raises(CommandError, match="eegtune-test-storage"):
        helm("test", release, "-n", NAMESPACE, "--timeout", "2m")


def test_without_the_label_the_notes_say_how_to_set_it(release: str) -> None:
    kubectl("label", "namespace", NAMESPACE, "katib.kubeflow.org/metrics-collector-injection-")
    notes = helm("install", release, CHART, "-n", NAMESPACE)
    assert "katib.kubeflow.org/metrics-collector-injection=enabled" in notes
    assert "ErrImagePull" in notes


@pytest.fixture
def katib_config() -> Iterator[dict[str, Any]]:
    """Katib's ConfigMap in Katib's namespace, with an entry under a name of ours."""
    found = kubectl("get", "namespace", "kubeflow", "--ignore-not-found", "-o", "name")
    if found and kubectl("get", "configmap", "katib-config", "-n", "kubeflow",
                         "--ignore-not-found", "-o", "name"):  # fmt: skip
        pytest.skip("Katib is installed; its configuration is not for this test")
    apply(namespace("kubeflow", "privileged"))
    config = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "katib-config", "namespace": "kubeflow"},
        "data": {"katib-config.yaml": KATIB_CONFIG},
    }
    apply(config)
    yield config
    kubectl("delete", "namespace", "kubeflow", "--wait=true")


def katib_now() -> str:
    """Return Katib's configuration as it is."""
    return str(get("configmap", "katib-config", "-n", "kubeflow")["data"]["katib-config.yaml"])


def algorithms(section: str) -> dict[str, str]:
    """Return the images of a section of Katib's configuration."""
    entries = yaml.safe_load(katib_now())["runtime"][section]
    return {each["algorithmName"]: each["image"] for each in entries}


def test_registers_our_services_in_katib_and_gives_back_its_configuration(
    release: str, katib_config: dict[str, Any]
) -> None:
    words = [release, CHART, "-n", NAMESPACE, *ON_THIS_CLUSTER, "--set", "katib.register=true"]
    helm("install", *words)
    assert algorithms("suggestions")["random"] == "example/suggestion-hyperopt:v0.19.0"
    assert algorithms("suggestions")["asha"] == image("services")
    assert algorithms("earlyStoppings")["percentile"] == image("early-stopping")
    assert "# what Katib ships" in katib_now()

    replacing = '["random","asha"]'
    helm("upgrade", *words, "--set-json", f"katib.algorithms={replacing}",
         "--set", "katib.replace=true")  # fmt: skip
    assert set(algorithms("suggestions")) == {"random", "asha"}
    assert algorithms("suggestions")["random"] == image("services")

    helm("uninstall", release, "-n", NAMESPACE, "--wait")
    assert yaml.safe_load(katib_now()) == yaml.safe_load(KATIB_CONFIG)
    left = kubectl("get", "role,rolebinding", "-n", "kubeflow", "-o", "name")
    assert left == ""


def test_a_katib_that_is_not_there_fails_the_installation_and_says_so(release: str) -> None:
    words = ["--set", "katib.register=true,katib.namespace=default,katib.configMap=absent"]
    with pytest.raises(CommandError):
        helm("install", release, CHART, "-n", NAMESPACE, *ON_THIS_CLUSTER, *words,
             "--timeout", "90s")  # fmt: skip
    log = until(
        lambda: kubectl("logs", "-n", NAMESPACE, "-l", "app.kubernetes.io/instance=tune"),
        "the hook's log",
    )
    assert 'configmaps "absent" not found' in log
