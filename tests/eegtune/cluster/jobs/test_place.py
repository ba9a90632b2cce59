"""Which Experiments can run as Jobs is said before the cluster is asked for anything."""

from __future__ import annotations

import pytest

from eegtune.cluster.jobs.place import check_for_jobs
from eegtune.spec import load_experiment_text

EXPERIMENT = """
apiVersion: kubeflow.org/v1beta1
kind: Experiment
metadata: {name: e}
spec:
  objective: {type: maximize, objectiveMetricName: score}
  algorithm: {algorithmName: random}
  maxTrialCount: 3
  parameters:
  - {name: x, parameterType: double, feasibleSpace: {min: "0", max: "1"}}
  metricsCollectorSpec: {collector: {kind: StdOut}}
  trialTemplate:
    primaryContainerName: t
    trialParameters: [{name: x, reference: x}]
    trialSpec:
      apiVersion: batch/v1
      kind: Job
      spec:
        template:
          spec:
            restartPolicy: Never
            containers: [{name: t, image: i, command: [c, "${trialParameters.x}"]}]
"""


def test_a_job_that_prints_its_metrics_can_run() -> None:
    check_for_jobs(load_experiment_text(EXPERIMENT, "e"))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("kind: StdOut", "kind: PrometheusMetric", "collector.kind is PrometheusMetric; Jobs"),
        ("algorithmName: random", "algorithmName: oracle", "oracle"),
        ("maxTrialCount: 3", "earlyStopping: {algorithmName: hunch}", "hunch"),
    ],
)
def test_what_cannot_run_as_jobs_is_refused_by_its_field(old: str, new: str, message: str) -> None:
    assert old in EXPERIMENT
    with pytest.raises(ValueError, match=message):
        check_for_jobs(load_experiment_text(EXPERIMENT.replace(old, new), "e"))
