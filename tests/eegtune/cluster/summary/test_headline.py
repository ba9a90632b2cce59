from __future__ import annotations

from datetime import UTC, datetime

from eegtune.cluster.summary.headline import config_map, headline
from eegtune.execution.records import RunCondition, RunState, TrialRecord
from eegtune.spec import load_experiment_text
from eegtune.spec.experiment import Algorithm, Setting
from eegtune.spec.trial import Trial, TrialCondition

EXPERIMENT = load_experiment_text(
    """
apiVersion: kubeflow.org/v1beta1
kind: Experiment
metadata: {name: e}
spec:
  objective: {type: maximize, objectiveMetricName: score}
  algorithm: {algorithmName: random}
  maxTrialCount: 3
  parameters:
  - {name: x, parameterType: double, feasibleSpace: {min: "0", max: "1"}}
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
""",
    "e",
)
NOW = datetime(2026, 1, 31, tzinfo=UTC)


def record(number: int, condition: TrialCondition, score: float | None) -> TrialRecord:
    metrics = {} if score is None else {"score": score}
    trial = Trial(f"e-{number}", {"x": f"0.{number}"}, condition, metrics)
    return TrialRecord(trial, number, 1)


def test_a_run_that_failed_says_so_and_what_it_found() -> None:
    records = [
        record(1, TrialCondition.SUCCEEDED, 0.7),
        record(2, TrialCondition.SUCCEEDED, 0.9),
        record(3, TrialCondition.FAILED, None),
    ]
    state = RunState(RunCondition.FAILED, "ExperimentMaxFailedTrialsReached", "too many", NOW)
    assert headline(EXPERIMENT, state, records, "s3://r/e") == {
        "experiment": "e",
        "condition": "Failed",
        "reason": "ExperimentMaxFailedTrialsReached",
        "message": "too many",
        "metric": "score",
        "trials": "3",
        "trials-Failed": "1",
        "trials-Succeeded": "2",
        "stored": "s3://r/e",
        "best-trial": "e-2",
        "best-value": "0.9",
        "best-assignments": "x=0.2\n",
    }


def test_without_a_trial_there_is_no_best() -> None:
    found = headline(EXPERIMENT, RunState(RunCondition.RUNNING), [], "")
    assert found == {"experiment": "e", "condition": "Running", "metric": "score", "trials": "0"}


def test_the_config_map_is_named_after_the_experiment() -> None:
    found = config_map("e", "n", {"a": "b"})
    assert found["metadata"]["name"] == "e-summary"
    assert found["data"] == {"a": "b"}


def test_of_several_objectives_it_holds_the_front() -> None:
    spec = EXPERIMENT.spec
    objectives = Setting(name="objectives", value="score:max,latency_ms:min")
    algorithm = Algorithm(algorithm_name="nsga2", algorithm_settings=(objectives,))
    objective = spec.objective.model_copy(update={"additional_metric_names": ("latency_ms",)})
    changed = spec.model_copy(update={"algorithm": algorithm, "objective": objective})
    records = [
        TrialRecord(Trial(f"e-{i}", {"x": f"0.{i}"}, TrialCondition.SUCCEEDED,
                          {"score": score, "latency_ms": latency}), i, 1)
        for i, (score, latency) in enumerate([(0.7, 3.0), (0.9, 9.0), (0.6, 4.0), (0.8, 9.5)])
    ]  # fmt: skip
    found = headline(
        EXPERIMENT.model_copy(update={"spec": changed}), RunState(RunCondition.SUCCEEDED),
        records, "",
    )  # fmt: skip
    lines = {"e-0 score=0.7 latency_ms=3", "e-1 score=0.9 latency_ms=9"}
    assert set(found["front"].splitlines()) == lines
    assert found["best-trial"] == "e-1"
