"""What a budget of time buys: trials, strategy, rungs, cost."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from eegtune.search.engine import compile_problem
from eegtune.search.ladder import Ladder, read_ladder
from eegtune.search.problem import Problem
from eegtune.search.settings import RESOURCE
from eegtune.spec.experiment import Experiment

FEW, MANY = 20, 100
_SMALL_GRID = 100


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan.

    Attributes:
        trials: Full trials to run.
        affordable: Full trials that fit into the budget; maxTrialCount may allow fewer.
        slot_hours: What they cost.
        hours: How long they take.
        strategy: The algorithm that fits.
        reason: Why.
        rungs: (budget, trials) of each rung, empty without a budget parameter.
    """

    trials: int
    affordable: int
    slot_hours: float
    hours: float
    strategy: str
    reason: str
    rungs: tuple[tuple[str, int], ...]


def make_plan(
    experiment: Experiment, budget_hours: float, slots: int, trial_minutes: float
) -> Plan:
    """Plan an Experiment for a budget of wall time.

    Args:
        experiment: The Experiment; maxTrialCount caps the trials.
        budget_hours: Wall time.
        slots: Trials at once.
        trial_minutes: What one full trial takes.

    Raises:
        ValueError: Numbers that are not positive, or a budget that is too small for one trial.
    """
    affordable = _affordable(budget_hours, slots, trial_minutes)
    problem = compile_problem(experiment)
    trials = min(affordable, experiment.spec.max_trial_count or affordable)
    ladder = _ladder(problem)
    strategy, reason = choose_strategy(problem, trials, ladder)
    return Plan(
        trials=trials,
        affordable=affordable,
        slot_hours=trials * trial_minutes / 60,
        hours=math.ceil(trials / slots) * trial_minutes / 60,
        strategy=strategy,
        reason=reason,
        rungs=plan_rungs(ladder, trials) if strategy in ("asha", "bohb") and ladder else (),
    )


def _affordable(budget_hours: float, slots: int, trial_minutes: float) -> int:
    """Return how many full trials fit into a budget of wall time, at least one."""
    if budget_hours <= 0 or slots < 1 or trial_minutes <= 0:
        raise ValueError("--budget, --slots and --trial-minutes must be above 0")
    waves = math.floor(budget_hours * 60 / trial_minutes + 1e-9)
    if waves < 1:
        raise ValueError(
            f"one trial takes {trial_minutes:g} min, the budget is {budget_hours * 60:g} min; "
            "give more time, or train shorter"
        )
    return waves * slots


def choose_strategy(problem: Problem, trials: int, ladder: Ladder | None) -> tuple[str, str]:
    """Return the algorithm that fits a number of full trials, and why."""
    size = problem.space.size
    if size is not None and size <= min(trials, _SMALL_GRID):
        return "grid", f"all {size} points fit"
    if len(problem.goals) > 1:
        return "auto", f"{len(problem.goals)} objectives"
    if trials < FEW:
        count = len(problem.space.axes)
        return "random", (
            f"under {FEW} trials no model learns {count} parameters; "
            "search the most important two or three, or shorten the trials"
        )
    if ladder is not None and trials > MANY:
        return "bohb", f"over {MANY} trials and {_name(problem, ladder)} is a budget"
    return "auto", f"{trials} trials: a model of all of them, leaders evaluated again"


def plan_rungs(ladder: Ladder, full_trials: int) -> tuple[tuple[str, int], ...]:
    """Return how many trials each rung gets for the cost of a number of full ones."""
    top = float(ladder.budgets[-1])
    shares = [ladder.eta**-rung for rung in range(ladder.top + 1)]
    previous, cost = 0.0, 0.0
    for text, share in zip(ladder.budgets, shares, strict=True):
        cost += share * (float(text) - previous) / top
        previous = float(text)
    first = full_trials / cost
    return tuple(
        (text, max(1, int(first * share)))
        for text, share in zip(ladder.budgets, shares, strict=True)
    )


def _ladder(problem: Problem) -> Ladder | None:
    """Return the rungs where the Experiment names a budget parameter."""
    defaults = {rule.name: rule.default for rule in RESOURCE}
    options = {**defaults, **problem.options}
    if not (options.get("resource") or options.get("resource_name")):
        return None
    return read_ladder(replace(problem, options=options))


def _name(problem: Problem, ladder: Ladder) -> str:
    return problem.space.names[ladder.place]
