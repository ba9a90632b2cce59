"""An Experiment made ready for searching: space, objectives, settings, seed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from eegtune.search.outcome import OutcomeConstraint, read_outcome_constraints
from eegtune.search.rules import Rules, read_rules
from eegtune.search.seeds import derive_seed
from eegtune.search.space import Space, build_space
from eegtune.spec.experiment import Experiment


@dataclass(frozen=True, slots=True)
class Goal:
    """One metric to optimize.

    Attributes:
        metric: Its name.
        sign: 1.0 where small is good, -1.0 where large is: `sign * value` is a loss.
    """

    metric: str
    sign: float


@dataclass(frozen=True, slots=True)
class Problem:
    """What a search needs to know of an Experiment.

    Attributes:
        experiment: The Experiment.
        algorithm: The algorithm's name.
        space: The search space.
        rules: Constraints and conditions over parameters.
        goals: The objectives, at least one.
        limits: Constraints on outcomes.
        options: The algorithm's settings, typed.
        seed: From `random_state`, or from the Experiment's name.
    """

    experiment: Experiment
    algorithm: str
    space: Space
    rules: Rules
    goals: tuple[Goal, ...]
    limits: tuple[OutcomeConstraint, ...]
    options: Mapping[str, Any]
    seed: int


def build_problem(experiment: Experiment, options: Mapping[str, Any]) -> Problem:
    """Compile an Experiment whose settings have been read.

    Raises:
        ValueError: The space or a setting does not make sense.
    """
    random_state = options.get("random_state")
    space = build_space(experiment.spec.parameters)
    metrics = experiment.spec.objective.metric_names
    return Problem(
        experiment=experiment,
        algorithm=experiment.spec.algorithm.algorithm_name,
        space=space,
        rules=read_rules(space, options),
        goals=parse_goals(experiment, options.get("objectives")),
        limits=read_outcome_constraints(options.get("outcome_constraints"), metrics),
        options=options,
        seed=derive_seed("name", experiment.name) if random_state is None else int(random_state),
    )


def parse_goals(experiment: Experiment, objectives: str | None) -> tuple[Goal, ...]:
    """Return the metrics to optimize, the Experiment's own objective where no others are named.

    Raises:
        ValueError: An unknown metric or direction, or one metric twice.
    """
    objective = experiment.spec.objective
    if not objectives or not objectives.strip():
        sign = 1.0 if objective.type == "minimize" else -1.0
        return (Goal(objective.objective_metric_name, sign),)
    items = filter(None, (part.strip() for part in objectives.split(",")))
    goals = tuple(_parse_goal(item, objective.metric_names) for item in items)
    if len({goal.metric for goal in goals}) < len(goals) or not goals:
        raise ValueError(f"setting 'objectives' is {objectives!r}; name each metric once")
    return goals


def _parse_goal(item: str, metrics: Sequence[str]) -> Goal:
    metric, _, direction = (part.strip() for part in item.rpartition(":"))
    if metric not in metrics:
        raise ValueError(
            f"setting 'objectives' names the metric {metric or direction!r}; allowed are "
            f"{', '.join(metrics)}, each followed by :min or :max"
        )
    signs = {"min": 1.0, "minimize": 1.0, "max": -1.0, "maximize": -1.0}
    if direction not in signs:
        raise ValueError(
            f"setting 'objectives' gives {metric!r} the direction {direction!r}; "
            "allowed are min and max"
        )
    return Goal(metric, signs[direction])
