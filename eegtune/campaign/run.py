"""Run a campaign: phase after phase, from wherever an earlier process stopped.

Nothing is decided twice: what a phase is follows from the campaign and from the databases of the
phases before it, which have ended. So a campaign that was killed anywhere goes on to the same end.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from threading import Lock
from typing import NamedTuple, Protocol

from eegtune.campaign.deriving import Start, derive, transferred
from eegtune.campaign.document import Campaign, CampaignError
from eegtune.campaign.folder import (
    CampaignFolder,
    read_endings,
    replace_file,
    write_endings,
)
from eegtune.campaign.no_gain import NO_GAIN, EndsWithoutGain
from eegtune.campaign.order import Step, order_phases, waves
from eegtune.campaign.outcomes import Outcome, leading, read_outcome
from eegtune.campaign.rehearsal import rehearse
from eegtune.campaign.spending import Spent, spent_in
from eegtune.execution.lock import RunLock
from eegtune.execution.loop import Interruption, LoopOptions
from eegtune.execution.observer import Observer, Silence
from eegtune.execution.preflight import check
from eegtune.execution.records import RunState
from eegtune.execution.run import (
    MakeRunner,
    RunOptions,
    RunResult,
    make_process_runner,
    run_experiment,
)
from eegtune.execution.store import RunStore
from eegtune.spec import Experiment, load_experiment

Elsewhere = Callable[[Experiment, Path, Observer, Interruption], RunState]

BUDGET_SPENT = "the campaign's budget is spent"


class Told(Protocol):
    """Hears of phases, and watches their trials."""

    def phase_begins(self, step: Step, experiment: Experiment, number: int, of: int) -> None:
        """A phase begins or goes on."""

    def phase_ended(self, outcome: Outcome, why: str) -> None:
        """A phase has ended, now or earlier."""

    def watch(self, folder: Path) -> AbstractContextManager[Observer]:
        """Return what watches a phase's trials."""
        ...


class Quiet:
    """Says nothing."""

    def phase_begins(self, step: Step, experiment: Experiment, number: int, of: int) -> None:
        """Say nothing."""

    def phase_ended(self, outcome: Outcome, why: str) -> None:
        """Say nothing."""

    def watch(self, folder: Path) -> AbstractContextManager[Observer]:
        """Say nothing."""
        return nullcontext(Silence())


@dataclass(frozen=True, slots=True)
class CampaignOptions:
    """How a campaign is run.

    Attributes:
        strict_resources: Whether trials that ask for more than the machine has are refused.
        make_runner: Where trials run.
        elsewhere: Runs a whole phase instead, such as Katib; None runs it in this process.
        after_phase: What is done with a run folder when its phase has ended, such as a report.
    """

    strict_resources: bool = False
    make_runner: MakeRunner = make_process_runner
    elsewhere: Elsewhere | None = None
    after_phase: Callable[[Path], None] = lambda folder: None


class Ended(StrEnum):
    """How a campaign came back."""

    DONE = "done"
    FAILED = "failed"
    INTERRUPTED = "interrupted"


class CampaignResult(NamedTuple):
    """How far a campaign has come.

    Attributes:
        ended: Whether it is done.
        outcomes: What its phases have found, those that have ended.
        best: The phase that leads; None where no trial counts.
        why: Why it is not done, as a sentence.
        signal: The signal that interrupted it.
    """

    ended: Ended
    outcomes: tuple[Outcome, ...]
    best: Outcome | None
    why: str = ""
    signal: int | None = None


@dataclass(slots=True)
class _Campaign:
    """A campaign with everything that its phases are made of."""

    campaign: Campaign
    source: Path
    folder: CampaignFolder
    options: CampaignOptions
    told: Told
    interruption: Interruption
    steps: tuple[Step, ...] = ()
    endings: dict[str, str] = field(default_factory=dict)
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    noting: Lock = field(default_factory=Lock)
    _bases: dict[str, Experiment] = field(default_factory=dict)

    def base_of(self, step: Step) -> Experiment:
        name = step.phase.experiment or self.campaign.spec.experiment
        if name is None:
            raise CampaignError(
                f"phase {step.phase.name!r} has no Experiment; name a file in spec.experiment or "
                "in the phase's experiment"
            )
        if name not in self._bases:
            self._bases[name] = load_experiment(self.source.parent / name)
        return self._bases[name]

    def start_of(self, step: Step) -> Start:
        base = self.base_of(step)
        known = {parameter.name for parameter in base.spec.parameters}
        for name in self.campaign.spec.start:
            if name not in known:
                raise CampaignError(
                    f"spec.start names {name!r}, which is no parameter; there are "
                    f"{', '.join(sorted(known))}"
                )
        return Start(self.campaign.spec.start, declared_defaults(base))


def declared_defaults(experiment: Experiment) -> dict[str, str]:
    """Return the defaults that a trial's component declares; nothing for other commands."""
    from eegtune.report.command import component_command

    marks = {parameter.name: "0" for parameter in experiment.spec.parameters}
    command = component_command(experiment, marks)
    return command.default_assignments() if command is not None else {}


def check_campaign(campaign: Campaign, source: Path) -> dict[str, Experiment]:
    """Find everything that can be wrong with a campaign before it runs; return its phases.

    Raises:
        CampaignError: The message says which phase is wrong, and why.
        SpecError: An Experiment is wrong.
    """
    made = _Campaign(campaign, source, CampaignFolder(Path()), CampaignOptions(), Quiet(),
                     Interruption())  # fmt: skip
    return _rehearsed(made)


def _rehearsed(made: _Campaign) -> dict[str, Experiment]:
    made.steps = order_phases(made.campaign.phases)
    phases = rehearse(made.campaign, made.steps, made.base_of, made.start_of)
    for name, experiment in phases.items():
        try:
            check(experiment)
        except ValueError as error:
            raise CampaignError(f"phase {name!r}: {error}") from error
    return phases


def run_campaign(
    campaign: Campaign,
    source: Path,
    folder: Path,
    options: CampaignOptions | None = None,
    *,
    told: Told | None = None,
    interruption: Interruption | None = None,
) -> CampaignResult:
    """Run a campaign until its end, or go on with what is in the folder.

    Args:
        campaign: The campaign.
        source: Its file, beside which its Experiments are.
        folder: Where it is kept.
        options: How it is run.
        told: Who hears of it.
        interruption: Asks it to stop.

    Raises:
        CampaignError: It cannot be run as it is written.
        LockedError: Another process runs it.
        ChangedExperimentError: A phase that has begun was changed.
        RunnerError: Trials cannot be run.
        SearchError: A search failed.
    """
    made = _Campaign(campaign, source, CampaignFolder(folder), options or CampaignOptions(),
                     told or Quiet(), interruption or Interruption())  # fmt: skip
    _rehearsed(made)
    folder.mkdir(parents=True, exist_ok=True)
    with RunLock(made.folder.lock):
        replace_file(made.folder.campaign, source.read_text("utf-8"))
        made.endings = read_endings(made.folder)
        for wave in waves(made.steps, campaign.spec.parallel):
            stopped = _take_wave(made, wave)
            if stopped is not None:
                return stopped
    return _result(made, Ended.DONE)


def _take_wave(made: _Campaign, wave: Sequence[Step]) -> CampaignResult | None:
    """Run steps side by side, or read what they have found; return a result to stop with.

    Of the budget each is promised its part before any begins, in their order, so that what they
    are does not depend on which ends first.
    """
    left = _left(made)
    ready = []
    for step in wave:
        task = _prepared(made, step, left)
        if task is not None:
            ready.append(task)
            left = Spent(None if left.trials is None else left.trials - task.most, left.seconds)
    to_run = [task for task in ready if task.step.name not in made.endings]
    if to_run:
        with ThreadPoolExecutor(len(to_run), "phase") as pool:
            results = list(pool.map(lambda task: _run_phase(made, task), to_run))
        signal = next((r.signal for r in results if r.signal is not None), None)
        if signal is not None:
            names = ", ".join(task.step.name for task in to_run)
            return _result(made, Ended.INTERRUPTED, f"interrupted in {names}", signal)
    stops = [_close_phase(made, task.step) for task in ready]
    return next((stop for stop in stops if stop is not None), None)


class _Task(NamedTuple):
    """A step that is ready to run, or has run."""

    step: Step
    experiment: Experiment
    found: list[Outcome]
    left: Spent

    @property
    def most(self) -> int:
        """How many trials it may make."""
        return self.experiment.spec.max_trial_count or 0


def _prepared(made: _Campaign, step: Step, left: Spent) -> _Task | None:
    """Return what a step runs; None where it is left out."""
    found = [made.outcomes[name] for name in step.after if name in made.outcomes]
    if step.name in made.endings and not made.folder.phase(step.name).is_dir():
        return None  # it was left out
    if step.name not in made.endings and (left.is_over or _gained_nothing(made, step)):
        why = BUDGET_SPENT if left.is_over else "the round before gained nothing"
        if not made.folder.phase(step.name).is_dir():
            _note(made, step, why)
            return None
    experiment = derive(made.campaign, step, made.base_of(step), made.start_of(step), found)
    experiment = _within(experiment, left, made, step)
    return _Task(step, experiment, found, left)


def _note(made: _Campaign, step: Step, why: str) -> None:
    with made.noting:
        made.endings[step.name] = why
        write_endings(made.folder, made.endings)


def _run_phase(made: _Campaign, task: _Task) -> RunResult:
    step, experiment, found, left = task
    number = made.steps.index(step) + 1
    made.told.phase_begins(step, experiment, number, len(made.steps))
    path = made.folder.phase(step.name)
    seconds = _seconds_left(step, path, left)
    prior = transferred(experiment, found) if step.phase.transfer else ()
    options = RunOptions(
        LoopOptions(timeout_seconds=seconds, prior=prior),
        strict_resources=made.options.strict_resources,
    )
    with made.told.watch(path) as observer:
        stop = step.phase.stop
        watching = EndsWithoutGain(observer, path, stop.trials) if stop else observer
        if made.options.elsewhere is not None:
            state = made.options.elsewhere(experiment, path, watching, made.interruption)
            result = RunResult(state, None, made.interruption.signal)
        else:
            result = run_experiment(
                experiment, path, options, observer=watching, interruption=made.interruption,
                make_runner=made.options.make_runner,
            )  # fmt: skip
    if result.signal is None:
        _note(made, step, _why_ended(path, result))
        made.options.after_phase(path)
    return result


def _why_ended(path: Path, result: RunResult) -> str:
    if result.timed_out:
        return "its time is over"
    with RunStore.open(path) as store:
        for event in store.events(NO_GAIN):
            return str(event.detail.get("why", NO_GAIN))
    return result.state.message or str(result.state.condition)


def _close_phase(made: _Campaign, step: Step) -> CampaignResult | None:
    with RunStore.open(made.folder.phase(step.name)) as store:
        outcome = read_outcome(step.name, store)
    made.outcomes[step.name] = outcome
    made.told.phase_ended(outcome, made.endings[step.name])
    if outcome.best is None:
        why = f"no trial of phase {step.name!r} has a result: {made.endings[step.name]}"
        return _result(made, Ended.FAILED, why)
    return None


def _result(
    made: _Campaign, ended: Ended, why: str = "", signal: int | None = None
) -> CampaignResult:
    outcomes = tuple(made.outcomes.values())
    best = leading(outcomes, outcomes[-1].experiment) if outcomes else None
    return CampaignResult(ended, outcomes, best, why, signal)


def _left(made: _Campaign) -> Spent:
    """Return what is left of the campaign's budget."""
    spent = Spent(0, 0.0)
    for outcome in made.outcomes.values():
        spent = spent.plus(spent_in(outcome.trials))
    budget = made.campaign.spec.budget
    trials = None if budget.trials is None else budget.trials - (spent.trials or 0)
    seconds = None if budget.time is None else budget.time - (spent.seconds or 0.0)
    return Spent(trials, seconds)


def _within(experiment: Experiment, left: Spent, made: _Campaign, step: Step) -> Experiment:
    most = experiment.spec.max_trial_count
    if left.trials is None or most is None or most <= left.trials:
        return experiment
    failed = experiment.spec.max_failed_trial_count
    return experiment.with_spec(
        max_trial_count=left.trials,
        max_failed_trial_count=None if failed is None else min(failed, left.trials),
        parallel_trial_count=min(experiment.spec.parallel_trial_count, left.trials),
    )


def _seconds_left(step: Step, path: Path, left: Spent) -> float | None:
    limits = [each for each in (step.phase.time, left.seconds) if each is not None]
    if not limits:
        return None
    spent = 0.0
    if (path / "run.db").is_file():
        with RunStore.open(path) as store:
            spent = spent_in(tuple(r.trial for r in store.trials())).seconds or 0.0
    return max(min(limits) - spent, 0.001)


def _gained_nothing(made: _Campaign, step: Step) -> bool:
    """Say whether the round before this one was no better than all before it."""
    if step.round < 3:  # the first round that follows a comparable one
        return False
    rounds = [made.outcomes.get(name) for name in step.after[-(step.round - 1) :]]
    values = [outcome.value for outcome in rounds if outcome is not None]
    if len(values) < 2 or values[-1] is None:
        return len(rounds) > len(values)
    objective = made.base_of(step).spec.objective
    return not any(
        objective.is_better(values[-1], value) for value in values[:-1] if value is not None
    )
