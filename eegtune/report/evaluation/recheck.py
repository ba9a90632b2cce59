"""Top-k re-evaluation: the best few of a search, scored again on splits it did not use.

The best of many noisy scores is best partly by luck. So the best few configurations are run again
with other seeds, which decide the folds too, and the one with the best mean of these runs is
taken. What the search said of them no longer counts: it is what they were selected by.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from eegtune.execution.best import best_trials, objective_value
from eegtune.report.command import component_command
from eegtune.report.evaluation.trials import Job, repeat_job, test_job
from eegtune.spec.experiment import Experiment
from eegtune.spec.trial import Trial

RECHECKED = "rechecked"
_FIRST_SEED = 1000  # far from the seeds that people choose
_USUAL_TOP = 5


class Candidate(NamedTuple):
    """One of the best configurations.

    Attributes:
        trial: Its trial.
        searched: Its value in the search.
        again: Its values on other splits.
    """

    trial: Trial
    searched: float
    again: tuple[float, ...]

    @property
    def mean(self) -> float:
        """Of the values on other splits."""
        return sum(self.again) / len(self.again)


def candidates(experiment: Experiment, trials: Sequence[Trial], count: int) -> list[Trial]:
    """Return the trials of the best configurations, each configuration once, the best first."""
    distinct: dict[tuple[tuple[str, str], ...], Trial] = {}
    for trial in best_trials(experiment, trials, len(trials)):
        distinct.setdefault(tuple(sorted(trial.assignments.items())), trial)
    return list(distinct.values())[:count]


def usual_top(experiment: Experiment, trials: Sequence[Trial], repeats: int) -> int:
    """Return how many configurations to score again where nobody says.

    Five, but not so many that it costs more than half of the search: the more were tried, the
    luckier the best one is, and the less this adds. One, the search's own, for `auto`, which
    evaluates its leaders again by itself, and for several objectives, which have no single best.
    """
    algorithm = experiment.spec.algorithm
    if algorithm.algorithm_name == "auto" or algorithm.settings.get("objectives"):
        return 1
    tried = len(candidates(experiment, trials, len(trials)))
    return max(1, min(_USUAL_TOP, tried // (2 * repeats)))


def recheck_jobs(experiment: Experiment, trial: Trial, number: int, repeats: int) -> list[Job]:
    """Return the runs that score a configuration again.

    Args:
        experiment: Its Experiment.
        trial: Its trial.
        number: Its place, for the names.
        repeats: How many runs.
    """
    names = [f"top-{number}-{repeat}" for repeat in range(1, repeats + 1)]
    command = component_command(experiment, trial.assignments)
    if command is None:  # it takes no seed that we know of
        return [
            repeat_job(experiment, trial.assignments, name, repeat)
            for repeat, name in enumerate(names, start=1)
        ]
    seed = int(command.arguments.get("seed", "0"))
    jobs = []
    for repeat, name in enumerate(names):
        arguments = {**command.arguments, "seed": str(seed + _FIRST_SEED + repeat)}
        arguments.pop("trial_name", None)
        words = [f"--{argument}={text}" for argument, text in arguments.items()]
        words = ["trial-runner", command.component.name, *words]
        jobs.append(test_job(experiment, trial.assignments, name, words))
    return jobs


def judged(
    experiment: Experiment,
    trials: Sequence[Trial],
    values: Sequence[Sequence[Mapping[str, float]]],
) -> list[Candidate]:
    """Return the candidates, the one with the best mean first.

    Args:
        experiment: Their Experiment.
        trials: The candidates' trials.
        values: Of each, the metrics of each of its runs.

    Raises:
        KeyError: A run did not report the objective.
    """
    objective = experiment.spec.objective
    name = objective.objective_metric_name
    found = [
        Candidate(trial, value, tuple(metrics[name] for metrics in several))
        for trial, several in zip(trials, values, strict=True)
        if (value := objective_value(experiment, trial)) is not None
    ]
    return sorted(found, key=lambda one: one.mean, reverse=objective.type == "maximize")


def detail(ranked: Sequence[Candidate]) -> dict[str, Any]:
    """Return what the run's ledger keeps of a re-evaluation."""
    return {
        "candidates": [
            {"trial": one.trial.name, "searched": one.searched, "again": list(one.again)}
            for one in ranked
        ]
    }


def told(ranked: Sequence[Candidate], metric: str) -> list[str]:
    """Say what the search said of each candidate, and what other splits say."""
    best, seeds = ranked[0], len(ranked[0].again)
    lines = [
        f"{one.trial.name}: {metric} {one.searched:.3f} in the search, {one.mean:.3f} as the mean "
        f"of {seeds} other splits"
        for one in ranked
    ]
    return [*lines, f"{best.trial.name} is taken as the tuned configuration"]
