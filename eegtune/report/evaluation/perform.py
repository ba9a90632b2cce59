"""`evaluate`: score the default and the best configuration of a run, and remember that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from eegtune.execution import times
from eegtune.execution.best import chosen_trial, objective_value
from eegtune.execution.lock import RunLock
from eegtune.execution.loop import Interruption
from eegtune.execution.run_folder import RunFolder
from eegtune.execution.store import RunStore
from eegtune.report.command import ComponentCommand, component_command
from eegtune.report.evaluation.configurations import (
    Configuration,
    ConfigurationError,
    Named,
    configurations,
    slug,
    words_of,
)
from eegtune.report.evaluation.final_model import keep_model
from eegtune.report.evaluation.ledger import (
    EVALUATED,
    TOUCHED,
    TouchedBeforeError,
    read_touches,
    touch_detail,
)
from eegtune.report.evaluation.recheck import (
    RECHECKED,
    candidates,
    detail,
    judged,
    recheck_jobs,
    told,
    usual_top,
)
from eegtune.report.evaluation.results import DEFAULT, TUNED, Evaluation, to_json
from eegtune.report.evaluation.scoring import (
    Tuning,
    evaluation_of_repeats,
    scored,
)
from eegtune.report.evaluation.trials import (
    EvaluationError,
    Finished,
    Job,
    Progress,
    repeat_job,
    run_jobs,
    test_job,
)
from eegtune.spec.experiment import Experiment
from eegtune.spec.trial import Trial


@dataclass(frozen=True, slots=True)
class EvaluationOptions:
    """How a run is evaluated.

    Attributes:
        seeds: How often each configuration is trained.
        again: Whether the test data may be used although they were used before.
        named: Configurations to score beside default and tuned.
        top: How many of the best configurations are scored again on other splits before one of
            them is taken as the tuned one; 1 takes the search's best as it is; None decides by
            the number of trials, see `usual_top`.
        repeats: How often each of them is scored again.
    """

    seeds: int = 5
    again: bool = False
    named: tuple[Named, ...] = ()
    top: int | None = None
    repeats: int = 4


class NothingToEvaluateError(ValueError):
    """No trial of a run has a result."""


def evaluate(
    folder: Path,
    options: EvaluationOptions,
    *,
    interruption: Interruption | None = None,
    progress: Progress = lambda message: None,
) -> Evaluation:
    """Score the default and the best configuration, and keep the result in the run.

    For a run of one of our components: retrains both on all training data and scores them on the
    test data, once; the use of the test data is in the run's ledger before anything is scored.
    For any other command: repeats the first and the best trial; no untouched data is seen.

    Raises:
        NoRunError: There is no run in the folder.
        LockedError: Trials of the run are being run.
        NothingToEvaluateError: No trial has a result.
        TouchedBeforeError: The test data were used before, and `again` is not set.
        ConfigurationError: A named configuration is not possible.
        EvaluationError: A trial failed or was interrupted.
        RunnerError: Trials cannot be run here.
    """
    with ExitStack() as stack:
        store = stack.enter_context(RunStore.open(folder, read_only=False))
        lock = stack.enter_context(RunLock(store.folder.lock))
        study = _study(store)
        work = _Work(
            study, options, store, lock.descriptor, interruption or Interruption(), progress
        )
        trials = [record.trial for record in store.trials()]
        top = options.top or usual_top(study.experiment, trials, options.repeats)
        if top > 1:
            work = replace(work, study=_rechecked(work, candidates(study.experiment, trials, top)))
        if work.study.command is None:
            return _repeat(work)
        return _score(work, work.study.command)


@dataclass(frozen=True, slots=True)
class _Study:
    """What is evaluated."""

    experiment: Experiment
    first: Trial
    best: Trial
    tuning: Tuning
    command: ComponentCommand | None


@dataclass(frozen=True, slots=True)
class _Work:
    """An evaluation on its way."""

    study: _Study
    options: EvaluationOptions
    store: RunStore
    lock: int
    interruption: Interruption
    progress: Progress

    @property
    def folder(self) -> RunFolder:
        """The run's folder."""
        return self.store.folder

    def place(self, time: datetime) -> Path:
        """Return where the trials of an evaluation are kept."""
        return self.folder.path / "evaluation" / time.strftime("%Y%m%dT%H%M%S")


def _study(store: RunStore) -> _Study:
    experiment = store.experiment
    trials = [record.trial for record in store.trials()]
    best = chosen_trial(experiment, trials)
    if best is None:
        raise NothingToEvaluateError(
            f"{store.folder.path}: no trial has a result yet, so there is nothing to evaluate"
        )
    value = objective_value(experiment, best)
    assert value is not None
    command = component_command(experiment, best.assignments)
    return _Study(experiment, trials[0], best, Tuning(experiment.spec.objective, value), command)


def _rechecked(work: _Work, top: Sequence[Trial]) -> _Study:
    """Score the best configurations again on other splits; return the study of the best one."""
    study, time = work.study, times.now()
    repeats = work.options.repeats
    work.progress(f"the {len(top)} best configurations are scored on {repeats} other splits each")
    jobs = [
        recheck_jobs(study.experiment, trial, number, repeats)
        for number, trial in enumerate(top, start=1)
    ]
    done = _run(work, time, [job for several in jobs for job in several])
    values = [[_metrics(done[job.name]) for job in several] for several in jobs]
    metric = study.tuning.metric
    try:
        ranked = judged(study.experiment, top, values)
    except KeyError:
        raise EvaluationError(f"a repeated trial reported no {metric}") from None
    work.store.append_event(RECHECKED, **detail(ranked))
    for line in told(ranked, metric):
        work.progress(line)
    best = ranked[0].trial
    command = component_command(study.experiment, best.assignments)
    return replace(study, best=best, command=command)


def _score(work: _Work, command: ComponentCommand) -> Evaluation:
    from trial_runner.scoring.predictions import PredictionsError

    _refuse_without_test_split(command)
    chosen = configurations(command, work.options.named)
    time = _touch(work, chosen, command)
    study, component = work.study, command.component.name
    jobs = {
        each.name: test_job(
            study.experiment,
            study.best.assignments,
            slug(each.name),
            words_of(component, each, work.options.seeds),
        )
        for each in chosen
    }
    done = _run(work, time, list(jobs.values()))
    try:
        folders = {name: done[job.name].folder.artefacts for name, job in jobs.items()}
        evaluation, digest = scored(chosen, folders, study.tuning, times.now())
    except PredictionsError as error:
        raise EvaluationError(f"the predictions cannot be scored: {error}") from error
    work.store.append_event(
        EVALUATED,
        touch=time.isoformat(),
        data_sha256=digest,
        evaluation=to_json(evaluation),
    )
    keep_model(work.folder.path, done[jobs[TUNED].name].folder.artefacts)
    return evaluation


def _touch(work: _Work, chosen: Sequence[Configuration], command: ComponentCommand) -> datetime:
    """Write the use of the test data down; only then may anything be scored."""
    before = read_touches(work.store.events(TOUCHED))
    if before and not work.options.again:
        raise TouchedBeforeError(before)
    data = command.arguments.get("data", "")
    names = [each.name for each in chosen]
    work.store.append_event(TOUCHED, **touch_detail(names, data, work.options.again))
    return work.store.events(TOUCHED)[-1].time


def _repeat(work: _Work) -> Evaluation:
    if work.options.named:
        raise ConfigurationError(
            "--configuration needs a run of one of eegtune’s components; the command of this "
            "one is not known"
        )
    study, time = work.study, times.now()
    trials = {DEFAULT: study.first, TUNED: study.best}
    jobs = {
        name: [
            repeat_job(study.experiment, trial.assignments, f"{name}-{number}", number)
            for number in range(1, work.options.seeds + 1)
        ]
        for name, trial in trials.items()
    }
    done = _run(work, time, [job for several in jobs.values() for job in several])
    repeats = {name: [_metrics(done[job.name]) for job in jobs[name]] for name in jobs}
    evaluation = evaluation_of_repeats(
        repeats,
        {name: dict(trial.assignments) for name, trial in trials.items()},
        study.tuning,
        times.now(),
    )
    work.store.append_event(EVALUATED, evaluation=to_json(evaluation))
    return evaluation


def _run(work: _Work, time: datetime, jobs: Sequence[Job]) -> dict[str, Finished]:
    return run_jobs(
        work.study.experiment,
        jobs,
        work.place(time),
        work.lock,
        work.interruption,
        work.progress,
    )


def _metrics(finished: Finished) -> Mapping[str, float]:
    if not finished.metrics:
        raise EvaluationError(
            f"{finished.name} reported no value of the objective. All it wrote is in "
            f"{finished.folder.path}"
        )
    return finished.metrics


def _refuse_without_test_split(command: ComponentCommand) -> None:
    split = next((o for o in command.component.options if o.name == "split"), None)
    if split is None or "test" not in split.choices:
        raise EvaluationError(
            f"{command.component.name} has no test data to score on (no --split=test)"
        )
