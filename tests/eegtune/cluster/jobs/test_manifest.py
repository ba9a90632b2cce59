"""A trial's Job, from what the template renders to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from eegtune.cluster.jobs.manifest import JobSettings, job_name, job_of
from eegtune.execution.events import Execution
from eegtune.execution.run_folder import TrialFolder
from eegtune.execution.runner import RunnerError, TrialTask

SETTINGS = JobSettings("run1", "eeg", "trial")


def task(image: str = "eegtune/torch:0.1.0", attempt: int = 1, **spec: Any) -> TrialTask:
    container = {"name": "trial", "image": image, "command": ["true"]}
    job = {
        "apiVersion": "batch/v1", "kind": "Job",
        "metadata": {"name": "x-1", "namespace": "other", "labels": {"queue": "q"}},
        "spec": {"template": {"spec": {"containers": [container]}}, **spec},
    }  # fmt: skip
    labels = {"katib.kubeflow.org/experiment": "x"}
    return TrialTask(Execution("x-1", attempt), job, TrialFolder(Path("x")), labels)


def test_job_and_pod_carry_what_finds_them_again() -> None:
    job = job_of(task(), SETTINGS)
    wanted = {"katib.kubeflow.org/experiment": "x", "eegtune.dev/run": "run1",
              "eegtune.dev/attempt": "1"}  # fmt: skip
    assert job["metadata"] == {
        "name": "x-1", "namespace": "eeg", "labels": {"queue": "q", **wanted},
    }  # fmt: skip
    assert job["spec"]["template"]["metadata"]["labels"] == wanted


@pytest.mark.parametrize(
    ("trial", "attempt", "name"),
    [("x-1", 1, "x-1"), ("x-1", 2, "x-1-2"), ("a" * 63, 3, "a" * 59 + "-3")],
)
def test_each_attempt_has_a_name_of_its_own(trial: str, attempt: int, name: str) -> None:
    assert job_name(trial, attempt) == name
    assert len(name) <= 63


def test_a_failed_trial_is_not_repeated_and_a_finished_job_goes_by_itself() -> None:
    spec = job_of(task(), SETTINGS)["spec"]
    assert (spec["backoffLimit"], spec["ttlSecondsAfterFinished"]) == (0, 3600)


def test_what_the_template_says_stays() -> None:
    spec = job_of(task(backoffLimit=2, ttlSecondsAfterFinished=5), SETTINGS)["spec"]
    assert (spec["backoffLimit"], spec["ttlSecondsAfterFinished"]) == (2, 5)


def test_retained_jobs_stay() -> None:
    spec = job_of(task(), JobSettings("run1", "eeg", "trial", retain=True))["spec"]
    assert "ttlSecondsAfterFinished" not in spec


@pytest.mark.parametrize(
    ("image", "is_narrow"),
    [
        ("eegtune/torch:0.1.0", True),
        ("registry.example:5000/team/eegtune/signal@sha256:00", True),
        ("registry.example:5000/team/eegtune/signal", True),
        ("someone/eegtune-torch:1", False),
        ("python:3.11", False),
    ],
)
def test_our_images_get_the_few_rights_that_restricted_asks_for(
    image: str, is_narrow: bool
) -> None:
    pod = job_of(task(image), SETTINGS)["spec"]["template"]["spec"]
    assert ("securityContext" in pod) is is_narrow
    assert ("securityContext" in pod["containers"][0]) is is_narrow


def test_the_owner_takes_its_jobs_with_it() -> None:
    owner = {"apiVersion": "batch/v1", "kind": "Job", "name": "controller", "uid": "1"}
    job = job_of(task(), JobSettings("run1", "eeg", "trial", owner=owner))
    assert job["metadata"]["ownerReferences"] == [owner]


def test_the_template_itself_is_left_as_it_is() -> None:
    given = task()
    job_of(given, SETTINGS)
    assert given == task()


def test_other_kinds_are_refused_with_what_to_do() -> None:
    given = task()
    pytorch = {**given.job, "apiVersion": "kubeflow.org/v1", "kind": "PyTorchJob"}
    with pytest.raises(RunnerError, match=r"kubeflow.org/v1 PyTorchJob.*batch/v1 Jobs"):
        job_of(TrialTask(given.execution, pytorch, given.folder), SETTINGS)
