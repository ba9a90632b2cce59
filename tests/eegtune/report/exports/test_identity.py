from __future__ import annotations

import pytest

from eegtune.report.exports.identity import configuration_hash, experiment_hash
from eegtune.spec import Experiment, load_experiment_text

TEXT = """
apiVersion: kubeflow.org/v1beta1
kind: Experiment
metadata: {name: one}
spec:
  objective: {type: maximize, objectiveMetricName: score}
  algorithm:
    algorithmName: random
    algorithmSettings:
    - {name: conditions, value: "depth: tree == 'true'"}
  parallelTrialCount: 1
  maxTrialCount: 9
  parameters:
  - {name: rate, parameterType: double, feasibleSpace: {min: "0.1", max: "1.0"}}
  - {name: tree, parameterType: categorical, feasibleSpace: {list: ["true", "false"]}}
  - {name: depth, parameterType: int, feasibleSpace: {min: "1", max: "5"}}
  trialTemplate:
    primaryContainerName: trial
    trialParameters:
    - {name: rate, reference: rate}
    - {name: tree, reference: tree}
    - {name: depth, reference: depth}
    trialSpec:
      apiVersion: batch/v1
      kind: Job
      spec:
        activeDeadlineSeconds: 60
        template:
          spec:
            containers:
            - name: trial
              image: none
              command:
              - python3
              - "-c"
              - "1"
              - "${trialParameters.rate} ${trialParameters.tree} ${trialParameters.depth}"
"""


def load(old: str = "", new: str = "") -> Experiment:
    assert old in TEXT
    return load_experiment_text(TEXT.replace(old, new) if old else TEXT)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("name: one", "name: two"),
        ("parallelTrialCount: 1", "parallelTrialCount: 3"),
        ("maxTrialCount: 9", "maxTrialCount: 99"),
        ("activeDeadlineSeconds: 60", "activeDeadlineSeconds: 600"),
        ('min: "0.1"', 'min: "0.10"'),
    ],
)
def test_what_does_not_matter_changes_nothing(old: str, new: str) -> None:
    assert experiment_hash(load(old, new)) == experiment_hash(load())


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('max: "1.0"', 'max: "2.0"'),
        ("algorithmName: random", "algorithmName: tpe"),
        ("type: maximize", "type: minimize"),
        ('- "1"', '- "2"'),
        ("image: none", "image: other"),
    ],
)
def test_what_matters_changes_it(old: str, new: str) -> None:
    assert experiment_hash(load(old, new)) != experiment_hash(load())


def test_values_of_inactive_parameters_do_not_count() -> None:
    def of(rate: str, tree: str, depth: str) -> str:
        return configuration_hash(load(), {"rate": rate, "tree": tree, "depth": depth})

    assert of("0.5", "false", "1") == of("0.50", "false", "5")
    assert of("0.5", "true", "1") != of("0.5", "true", "5")
    assert of("0.5", "false", "1") != of("0.6", "false", "1")
