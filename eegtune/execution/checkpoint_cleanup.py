"""What becomes of a run's checkpoints when it is done: the best trial's stays, the others go.

Katib's `resumePolicy` says whether a run that has ended may go on: with `Never` (the default)
nothing will continue from them. A run that failed or was interrupted keeps all.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Collection
from typing import NamedTuple

from eegtune.execution.pod import pod_of
from eegtune.execution.records import RunCondition, RunState
from eegtune.execution.run_folder import RunFolder
from eegtune.execution.runner import RunnerError
from eegtune.execution.store import RunStore
from eegtune.spec.experiment import Experiment

_MODULE = "trial_runner.training.checkpoint_cleanup"
_SECONDS = 600
_VARIABLE = "CHECKPOINTS"


class CleanUp(NamedTuple):
    """What was deleted.

    Attributes:
        deleted: How many trainings' checkpoints.
        problem: Why not all could be, in words; empty where nothing was wrong.
    """

    deleted: int
    problem: str = ""


def is_over(experiment: Experiment, state: RunState) -> bool:
    """Whether nothing will continue from a run's checkpoints any more.

    With several objectives nobody has said yet which of the trials is wanted.
    """
    spec = experiment.spec
    return (
        state.condition is RunCondition.SUCCEEDED
        and spec.resume_policy == "Never"
        and "objectives" not in spec.algorithm.settings
    )


def location_of(experiment: Experiment, folder: RunFolder) -> str:
    """Return where the trials of a run on this machine keep checkpoints.

    A folder of the template is one of the container; trials here get the run's own instead.
    """
    template = experiment.spec.trial_template
    try:
        pod = pod_of(template.trial_spec or {}, template.primary_container_name)
    except RunnerError:
        return str(folder.checkpoints)
    for variable in pod.container.get("env") or ():
        value = str(variable.get("value") or "")
        if variable.get("name") == _VARIABLE and "://" in value:
            return value
    return str(folder.checkpoints)


def clean_up(store: RunStore, keep: Collection[str]) -> CleanUp:
    """Delete the checkpoints of all trials of a run but the kept ones'; never raises for S3."""
    location = location_of(store.experiment, store.folder)
    if "://" not in location and not store.folder.checkpoints.is_dir():
        return CleanUp(0)
    asked = {"trials": [record.name for record in store.trials()], "keep": sorted(keep)}
    try:
        answer = subprocess.run(
            [sys.executable, "-m", _MODULE, location],
            input=json.dumps(asked), capture_output=True, text=True, timeout=_SECONDS,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        return CleanUp(0, f"checkpoints in {location}: {error}")
    if answer.returncode:
        lines = answer.stderr.strip().splitlines() or [f"exit code {answer.returncode}"]
        return CleanUp(0, f"checkpoints in {location} are left: {lines[-1]}")
    return CleanUp(int(json.loads(answer.stdout)["deleted"]))
