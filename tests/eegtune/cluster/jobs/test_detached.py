from __future__ import annotations

import pytest

from eegtune.cluster.jobs.detached import controller_objects, owner_of, services_image
from eegtune.spec import load_experiment_text
from eegtune.spec.experiment import Experiment


def experiment(image: str) -> Experiment:
    return load_experiment_text(
        f"""
apiVersion: kubeflow.org/v1beta1
kind: Experiment
metadata: {{name: e}}
spec:
  objective: {{type: maximize, objectiveMetricName: score}}
  algorithm: {{algorithmName: random}}
  maxTrialCount: 3
  parameters:
  - {{name: x, parameterType: double, feasibleSpace: {{min: "0", max: "1"}}}}
  trialTemplate:
    primaryContainerName: t
    trialParameters: [{{name: x, reference: x}}]
    trialSpec:
      apiVersion: batch/v1
      kind: Job
      spec:
        template:
          spec:
            restartPolicy: Never
            containers: [{{name: t, image: "{image}", command: [c, "${{trialParameters.x}}"]}}]
""",
        "e",
    )


@pytest.mark.parametrize(
    ("image", "services"),
    [
        ("eegtune/torch:0.1.0", "eegtune/services:0.1.0"),
        ("host:5000/team/eegtune/signal:7", "host:5000/team/eegtune/services:7"),
        ("python:3.11", "eegtune/services:0.1.0"),
    ],
)
def test_the_controllers_image_lies_beside_that_of_the_trials(image: str, services: str) -> None:
    assert services_image(experiment(image)) == services


def test_trials_belong_to_the_controllers_job() -> None:
    assert owner_of({}) is None
    found = owner_of({"EEGTUNE_OWNER_NAME": "e-run", "EEGTUNE_OWNER_UID": "1"})
    assert found == {"apiVersion": "batch/v1", "kind": "Job", "name": "e-run", "uid": "1"}


def test_the_controller_has_the_experiment_and_ends_as_the_run_does() -> None:
    config_map, job = controller_objects(experiment("eegtune/torch:1"), "n", destination="s3://b")
    assert "name: e" in config_map["data"]["experiment.yaml"]
    (container,) = job["spec"]["template"]["spec"]["containers"]
    script = container["command"][2]
    assert "eegtune run /experiment/experiment.yaml --on kubernetes -n n --dir /runs/e" in script
    assert "eegtune summarize e -n n --dir /runs/e --to s3://b --no-config-map" in script
    assert script.endswith("exit $code")
    assert container["envFrom"] == [{"secretRef": {"name": "eegtune-s3"}}]
    rules = job["spec"]["podFailurePolicy"]["rules"]
    assert rules[0]["onExitCodes"]["values"] == [1, 2]


def test_storage_is_tried_before_anything_is_run() -> None:
    _, job = controller_objects(experiment("eegtune/torch:1"), "n", destination="s3://b/x")
    (first,) = job["spec"]["template"]["spec"]["initContainers"]
    assert first["command"][-2:] == ["s3://b/x", "/experiment/experiment.yaml"]
    assert first["envFrom"] == [{"secretRef": {"name": "eegtune-s3"}}]
    rules = job["spec"]["podFailurePolicy"]["rules"]
    assert [each["onExitCodes"]["containerName"] for each in rules[:2]] == [
        "controller",
        "storage",
    ]


def test_without_a_destination_no_credentials_are_asked_for() -> None:
    _, job = controller_objects(experiment("eegtune/torch:1"), "n")
    (container,) = job["spec"]["template"]["spec"]["containers"]
    assert "envFrom" not in container
    assert job["spec"]["template"]["spec"]["initContainers"] == []
    assert "summarize" not in container["command"][2]
