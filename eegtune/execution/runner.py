"""The seam between the loop and what runs trials: processes here, containers, Kubernetes Jobs.

A runner starts a trial and returns at once; what happens then arrives as events in the queue
that the runner was made with. The loop decides and tells the handle.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from eegtune.execution.events import Execution
from eegtune.execution.run_folder import TrialFolder


class RunnerError(Exception):
    """Trials cannot be run: the template, the machine or the runner is at fault."""


@dataclass(frozen=True, slots=True)
class TrialTask:
    """A trial that is to be run.

    Attributes:
        execution: The trial's name and which attempt this is.
        job: The rendered template, as Katib would create it.
        folder: Where logs and artefacts go.
        labels: The labels that the trial's pod would carry.
    """

    execution: Execution
    job: Mapping[str, Any]
    folder: TrialFolder
    labels: Mapping[str, str] = field(default_factory=dict)


class Handle(Protocol):
    """A trial that runs."""

    def stop(self, grace_seconds: float) -> None:
        """Ask the trial to end, and end it after a while; returns at once, `Ended` follows."""
        ...


class Runner(Protocol):
    """Runs trials."""

    def prepare(self, job: Mapping[str, Any]) -> None:
        """Get ready for trials of a template, in the background; what is wrong shows later.

        Raises:
            ValueError: Trials ask for more than there is, and that shall not be.
        """
        ...

    @property
    def trials_at_once(self) -> int | None:
        """How many trials fit at once; None where the runner knows no limit."""
        ...

    def ended(self, execution: Execution) -> None:
        """Hear that the loop has dealt with a trial's end: what it held is free again."""
        ...

    def start(self, task: TrialTask) -> Handle:
        """Start a trial.

        Raises:
            RunnerError: It cannot be started, nor can others.
        """
        ...

    def close(self) -> None:
        """Kill what still runs and free everything; no events follow."""
        ...
