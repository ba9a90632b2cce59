"""`suggest`: the one function that decides what to try next."""

from __future__ import annotations

from collections.abc import Sequence

from eegtune.search.algorithms import find_algorithm
from eegtune.search.feasible import check_feasible
from eegtune.search.history import History, read_history
from eegtune.search.initial_points import read_initial_points
from eegtune.search.lost import find_lost_points
from eegtune.search.problem import Problem, build_problem
from eegtune.search.proposal import Proposal
from eegtune.search.round import FOLLOW_FROM_NUMBER, Round, Seen
from eegtune.search.settings import COMMON
from eegtune.search.warm_start import read_prior
from eegtune.spec.experiment import Experiment
from eegtune.spec.setting_rules import parse_settings
from eegtune.spec.trial import Trial


def suggest(
    experiment: Experiment,
    history: Sequence[Trial],
    prior: Sequence[Trial] = (),
    issued: int | None = None,
    count: int = 1,
) -> Proposal:
    """Decide what to try next; the same arguments always give the same answer.

    Args:
        experiment: The Experiment.
        history: Its trials that can be seen, in the order in which they were made.
        prior: Trials of earlier runs (warm start), of the same parameters.
        issued: How many suggestions were ever made; by default as many as there are trials.
        count: How many are wanted.

    Returns:
        Exactly `count` suggestions, or fewer and `exhausted` when there are no more.

    Raises:
        ValueError: The Experiment cannot be searched; `validate_settings` says it beforehand.
    """
    if count < 0:
        raise ValueError(f"count is {count}; it must not be negative")
    made = len(history) if issued is None else issued
    round_ = _open_round(compile_problem(experiment), history, prior, made, count)
    _add_initial_points(round_)
    find_algorithm(round_.problem.algorithm).propose(round_)
    return round_.proposal


def _open_round(
    problem: Problem, history: Sequence[Trial], prior: Sequence[Trial], issued: int, count: int
) -> Round:
    """Read as much of the history as the algorithm needs."""
    if problem.algorithm in FOLLOW_FROM_NUMBER:
        nothing = History(())
        return Round(problem, nothing, nothing, issued, count, read_seen(problem, history))
    own = read_history(problem, history)
    round_ = Round(problem, own, read_prior(problem, prior, own), issued, count)
    if round_.misses_trials:
        round_.lose(find_lost_points(problem, history, prior, issued))
    return round_


def read_seen(problem: Problem, history: Sequence[Trial]) -> Seen:
    """Return what was tried, by the texts of real numbers, which are compared and nothing else."""
    found = problem.space.canonical_all(
        [trial.assignments for trial in history], is_exact=bool(problem.rules.conditions)
    )
    pairs = [
        (problem.rules.settle(point)[0], trial.condition.is_completed)
        for point, trial in zip(found, history, strict=True)
        if point is not None
    ]
    return Seen([point for point, _ in pairs], [point for point, is_over in pairs if is_over])


def _add_initial_points(round_: Round) -> None:
    """Choose what a person wants to be tried first, before the algorithm has its say."""
    points = read_initial_points(round_.problem)
    while round_.is_open and round_.index < len(points):
        point = round_.admit(points[round_.index])
        if point is None:
            return
        round_.add(point)


def compile_problem(experiment: Experiment) -> Problem:
    """Read an Experiment's settings and space.

    Raises:
        ValueError: See `validate_settings`.
    """
    algorithm = experiment.spec.algorithm
    rules = find_algorithm(algorithm.algorithm_name).SETTINGS
    options = parse_settings(algorithm.algorithm_name, algorithm.settings, (*COMMON, *rules))
    return build_problem(experiment, options)


def validate_settings(experiment: Experiment) -> None:
    """Refuse an Experiment that `suggest` cannot search.

    Raises:
        ValueError: An unknown algorithm or setting, an ill-typed value, a space without points;
            the message says what is allowed.
    """
    problem = compile_problem(experiment)
    check_feasible(problem)
    read_initial_points(problem)
    find_algorithm(problem.algorithm).check(problem)
