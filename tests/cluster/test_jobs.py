"""Trials as Jobs: `JobRunner` under the loop, on the cluster, without Katib."""

from __future__ import annotations

import json
import logging
import time
from pathlib import Path
from typing import Any

import pytest

from eegtune.cluster.jobs.access import connect
from eegtune.cluster.jobs.runner import jobs_in
from eegtune.execution.records import TrialRecord
from eegtune.execution.run import RunOptions, RunResult, run_experiment
from eegtune.execution.runner import RunnerError
from eegtune.execution.store import RunStore
from eegtune.spec import load_experiment_text

from .support.commands import PROJECT, apply, get, kubectl
from .support.experiments import EXPERIMENT, QUICK
from .support.objects import image
from .support.waiting import until

pytestmark = pytest.mark.cluster


def run(
    namespace: str, folder: Path, script: str = QUICK, *, parallel: int = 2, trials: int = 4,
    failed: int = 2, retain: bool = False, more: str = "", image_name: str | None = None,
) -> RunResult:  # fmt: skip
    """Run a small Experiment with Jobs in a namespace."""
    text = EXPERIMENT.format(
        parallel=parallel, trials=trials, failed=failed, retain=str(retain).lower(), more=more,
        image=image_name or image("signal"), script=json.dumps(script),
    )  # fmt: skip
    access = connect(namespace=namespace)
    return run_experiment(
        load_experiment_text(text, "test"), folder, RunOptions(),
        make_runner=jobs_in(access),
    )  # fmt: skip


def trials_of(folder: Path) -> list[TrialRecord]:
    """Return a run's trials."""
    with RunStore.open(folder) as store:
        return list(store.trials())


def test_trials_run_report_and_leave_nothing(own_namespace: str, tmp_path: Path) -> None:
    result = run(own_namespace, tmp_path)
    assert result.state.reason == "ExperimentMaxTrialsReached"
    trials = trials_of(tmp_path)
    assert [each.trial.condition for each in trials] == ["Succeeded"] * 4
    for each in trials:
        value = float(each.trial.assignments["x"])
        assert each.trial.metrics["score"] == pytest.approx(value)
        log = (tmp_path / "trials" / each.name / "stdout.log").read_text()
        assert log.splitlines()[0].startswith("epoch=1 score=0.")
        assert len(log.splitlines()) == 3
    assert until(lambda: get("jobs", "-n", own_namespace) == [], "jobs are gone")


def test_retained_jobs_stay_with_their_labels(own_namespace: str, tmp_path: Path) -> None:
    run(own_namespace, tmp_path, trials=2, retain=True)
    jobs = get("jobs", "-n", own_namespace)
    assert {each["metadata"]["labels"]["katib.kubeflow.org/experiment"] for each in jobs} == {
        "jobs"
    }
    assert len(jobs) == 2


def test_a_failing_trial_says_how_it_ended(own_namespace: str, tmp_path: Path) -> None:
    run(
        own_namespace,
        tmp_path,
        "echo no such file ${trialParameters.x} >&2; exit 3",
        parallel=1,
        failed=1,
    )
    (record, *_) = trials_of(tmp_path)
    assert record.exit_code == 3
    assert "no such file" in record.message


def test_too_little_memory_names_the_limit(own_namespace: str, tmp_path: Path) -> None:
    hungry = "python -c 'x = bytearray(600 * 2**20); print(len(x), ${trialParameters.x})'"
    run(own_namespace, tmp_path, hungry, parallel=1, failed=1)
    (record, *_) = trials_of(tmp_path)
    assert "memory limit of 256Mi" in record.message


def test_an_image_that_is_not_there_ends_the_run_within_half_a_minute(
    own_namespace: str, tmp_path: Path
) -> None:
    began = time.monotonic()
    with pytest.raises(RunnerError, match=r"image cannot be had.*absent/eegtune/signal:1"):
        run(own_namespace, tmp_path, image_name="absent/eegtune/signal:1")
    assert time.monotonic() - began < 45


def test_a_missing_secret_is_named(own_namespace: str, tmp_path: Path) -> None:
    more = "              envFrom: [{secretRef: {name: absent-secret}}]"
    with pytest.raises(RunnerError, match='secret "absent-secret" not found'):
        run(own_namespace, tmp_path, more=more)


def test_a_missing_namespace_is_said_at_once() -> None:
    with pytest.raises(RunnerError, match="no namespace 'absent'"):
        connect(namespace="absent")


def test_an_unknown_context_is_said_with_those_there_are() -> None:
    with pytest.raises(RunnerError, match="no context 'absent'; it has"):
        connect(context="absent")


def test_the_jobs_of_another_run_are_not_taken_for_ours(
    own_namespace: str, tmp_path: Path
) -> None:
    run(own_namespace, tmp_path / "one", trials=1, parallel=1, failed=0, retain=True)
    with pytest.raises(RunnerError, match=r"another run has made a Job of this name.*--set"):
        run(own_namespace, tmp_path / "two", trials=1, parallel=1, failed=0)


@pytest.fixture
def small_quota(own_namespace: str) -> str:
    quota = {
        "apiVersion": "v1", "kind": "ResourceQuota",
        "metadata": {"name": "small", "namespace": own_namespace},
        "spec": {"hard": {"requests.cpu": "25m"}},
    }  # fmt: skip
    apply(quota)
    return own_namespace


def test_a_used_up_quota_is_said_and_waited_for(
    small_quota: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        result = run(small_quota, tmp_path, "sleep 9; " + QUICK, trials=2)
    assert result.state.reason == "ExperimentMaxTrialsReached"
    assert [each.trial.condition for each in trials_of(tmp_path)] == ["Succeeded"] * 2
    assert "exceeded quota: small" in caplog.text


def test_an_evicted_pods_trial_runs_again(own_namespace: str, tmp_path: Path) -> None:
    import threading

    def evict() -> None:
        def pods() -> list[dict[str, Any]]:
            return [each for each in get("pods", "-n", own_namespace)
                    if each["status"]["phase"] == "Running"]  # fmt: skip

        name = until(pods, "a pod runs")[0]["metadata"]["name"]
        eviction = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": name}}
        path = f"/api/v1/namespaces/{own_namespace}/pods/{name}/eviction"
        kubectl("create", "--raw", path, "-f", "-", text=json.dumps(eviction))

    thread = threading.Thread(target=evict)
    thread.start()
    # One that would go on until its end in spite of SIGTERM would have succeeded.
    script = "trap 'exit 143' TERM; sleep 6 & wait; " + QUICK
    run(own_namespace, tmp_path, script, trials=1, parallel=1, failed=1)
    thread.join()
    (record,) = trials_of(tmp_path)
    assert record.trial.condition == "Succeeded"
    assert record.attempt == 2


@pytest.mark.slow
def test_the_generated_experiment_finds_on_the_cluster_what_it_finds_here(
    own_namespace: str, tmp_path: Path
) -> None:
    text = (PROJECT / "manifests/experiments/linear_probe/bayesian.yaml").read_text("utf-8")
    text = text.replace("image: eegtune/torch:0.1.0", f"image: {image('torch')}")
    text = text.replace('requests: {cpu: "1"', "requests: {cpu: 500m")
    experiment = load_experiment_text(text, "bayesian.yaml").with_spec(
        max_trial_count=4, parallel_trial_count=1, max_failed_trial_count=1
    )
    access = connect(namespace=own_namespace)
    run_experiment(experiment, tmp_path / "there", make_runner=jobs_in(access))
    run_experiment(experiment, tmp_path / "here")
    there, here = trials_of(tmp_path / "there"), trials_of(tmp_path / "here")
    assert [each.trial.assignments for each in there] == [each.trial.assignments for each in here]
    for each, other in zip(there, here, strict=True):
        assert each.trial.condition == "Succeeded", each.message
        assert each.trial.metrics == pytest.approx(other.trial.metrics, abs=1e-3)
