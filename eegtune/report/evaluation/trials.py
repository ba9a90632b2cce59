"""Running the few trials of an evaluation through the runner that runs all trials."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from queue import Empty
from typing import Any

from eegtune.execution.events import Ended, Execution, Lines, event_queue
from eegtune.execution.loop import Interruption
from eegtune.execution.pod import pod_of
from eegtune.execution.process_runner import ProcessRunner
from eegtune.execution.run_folder import RunFolder, TrialFolder
from eegtune.execution.runner import TrialTask
from eegtune.metrics.observation import Observation
from eegtune.metrics.reader import metric_reader
from eegtune.spec.experiment import Experiment
from eegtune.spec.rendering import render_trial

_TICK_SECONDS = 0.2
Progress = Callable[[str], None]


class EvaluationError(Exception):
    """An evaluation could not be finished."""


class EvaluationInterrupted(EvaluationError):
    """A signal ended the evaluation."""

    def __init__(self, number: int) -> None:
        super().__init__("interrupted")
        self.signal = number


@dataclass(frozen=True, slots=True)
class Job:
    """One trial of an evaluation.

    Attributes:
        name: Its name, and that of its folder.
        task: The rendered template.
    """

    name: str
    task: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Finished:
    """A trial that has ended well."""

    name: str
    folder: TrialFolder
    metrics: Mapping[str, float]


def test_job(
    experiment: Experiment, assignments: Mapping[str, str], name: str, words: Sequence[str]
) -> Job:
    """Return the trial's object with another command: same resources, variables, volumes."""
    job = render_trial(experiment, name, assignments)
    container: Any = pod_of(job, experiment.spec.trial_template.primary_container_name).container
    container["command"] = list(words)
    container.pop("args", None)
    return Job(name, job)


def repeat_job(
    experiment: Experiment, assignments: Mapping[str, str], name: str, replicate: int
) -> Job:
    """Return the trial's object once more, with a number that tells repeats apart."""
    job = render_trial(experiment, name, assignments)
    container: Any = pod_of(job, experiment.spec.trial_template.primary_container_name).container
    variable = {"name": "EEGTUNE_REPLICATE", "value": str(replicate)}
    others = [each for each in container.get("env") or () if each.get("name") != variable["name"]]
    container["env"] = [*others, variable]
    return Job(name, job)


def run_jobs(
    experiment: Experiment,
    jobs: Sequence[Job],
    folder: Path,
    lock: int,
    interruption: Interruption,
    progress: Progress,
) -> dict[str, Finished]:
    """Run trials, as many at once as the Experiment does, and wait for all of them.

    Args:
        experiment: Whose template and metrics they have.
        jobs: The trials.
        folder: Where their folders go.
        lock: The run's lock, which the process that starts trials keeps too.
        interruption: Ends everything when it is set.
        progress: Is told when a trial begins and ends.

    Raises:
        EvaluationInterrupted: A signal came.
        EvaluationError: A trial failed; the others are ended.
        RunnerError: Trials cannot be run here.
    """
    run_folder = RunFolder(folder)
    folder.mkdir(parents=True, exist_ok=True)
    events = event_queue()
    runner = ProcessRunner(experiment.spec, run_folder, events, lock=lock)
    reader = metric_reader(experiment.spec)
    seen = {job.name: Observation(experiment.spec.objective) for job in jobs}
    waiting, running, done = list(jobs), set[str](), dict[str, Finished]()
    try:
        while waiting or running:
            while waiting and len(running) < experiment.spec.parallel_trial_count:
                job = waiting.pop(0)
                place = run_folder.trial(job.name)
                runner.start(TrialTask(Execution(job.name, 1), job.task, place))
                running.add(job.name)
                progress(f"{job.name} runs")
            if interruption.signal is not None:
                raise EvaluationInterrupted(interruption.signal)
            try:
                event = events.get(timeout=_TICK_SECONDS)
            except Empty:
                continue
            name = event.execution.trial
            if isinstance(event, Lines):
                seen[name].add(report for line in event.lines for report in reader.read(line))
            elif isinstance(event, Ended):
                place = run_folder.trial(name)
                _check(event, place)
                running.discard(name)
                done[name] = Finished(name, place, seen[name].metrics)
                progress(f"{name} has ended")
    finally:
        runner.close()
    return done


def _check(ended: Ended, folder: TrialFolder) -> None:
    if ended.exit_code == 0:
        return
    how = f"signal {ended.signal}" if ended.signal is not None else f"exit code {ended.exit_code}"
    last = ended.message.strip().splitlines()
    why = f": {last[-1].strip()}" if last else ""
    raise EvaluationError(
        f"{ended.execution.trial} failed ({how}){why}. All it wrote is in {folder.path}"
    )
