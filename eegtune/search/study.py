"""An Optuna study made of an Experiment and its trials.

The report draws its figures from it; samplers that need no private state sample from one whose
parameters are positions (`model_study`).
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from eegtune.search.axes import Axis, RealAxis, StepAxis
from eegtune.search.history import Record, State
from eegtune.search.problem import Problem
from eegtune.spec.experiment import Experiment
from eegtune.spec.trial import Trial, TrialCondition

if TYPE_CHECKING:
    from optuna import Study
    from optuna.distributions import BaseDistribution
    from optuna.samplers import BaseSampler
    from optuna.study import StudyDirection
    from optuna.trial import FrozenTrial, TrialState

Curve = Sequence[tuple[int, float]]


def to_study(
    experiment: Experiment,
    trials: Iterable[Trial],
    curves: Mapping[str, Curve] | None = None,
) -> Study:
    """Build a study with the parameters' real values, for figures and exports.

    Args:
        experiment: The Experiment.
        trials: Its trials; those whose values lie outside the space are left out.
        curves: By trial name, (step, objective value) pairs reported on the way.

    Returns:
        A study to be read: one trial per trial, its name in the user attribute `trial_name`,
        early-stopped ones as pruned, trials without a result as failed.
    """
    from eegtune.search.engine import compile_problem

    problem = compile_problem(experiment)
    frozen: list[FrozenTrial] = []
    for trial in trials:
        built = _real_trial(problem, trial, len(frozen), (curves or {}).get(trial.name, ()))
        if built is not None:
            frozen.append(built)
    return _open(experiment.name, _directions(problem), frozen)


def _directions(problem: Problem) -> list[StudyDirection]:
    from optuna.study import StudyDirection

    return [
        StudyDirection.MINIMIZE if goal.sign > 0 else StudyDirection.MAXIMIZE
        for goal in problem.goals
    ]


def model_study(
    problem: Problem, records: Iterable[Record], sampler: BaseSampler | None = None
) -> Study:
    """Build a study whose parameters are positions and whose values are losses.

    A failed trial has the worst finite losses seen and breaks a constraint, so that samplers
    keep away from its point.
    """
    from optuna.study import StudyDirection

    records = list(records)
    space = {axis.name: position_distribution(axis) for axis in problem.space.axes}
    worst = _worst_losses(problem, records)
    frozen = [
        _position_trial(problem, i, record, space, worst) for i, record in enumerate(records)
    ]
    directions = [StudyDirection.MINIMIZE] * len(problem.goals)
    return _open(problem.experiment.name, directions, frozen, sampler)


def position_distribution(axis: Axis) -> BaseDistribution:
    """Return where a model searches for an axis: numbers of values, names, or [0, 1]."""
    from optuna.distributions import (
        CategoricalDistribution,
        FloatDistribution,
        IntDistribution,
    )

    if axis.size is None or (isinstance(axis, StepAxis) and not axis.scale.is_uniform):
        return FloatDistribution(0.0, 1.0)
    if not axis.is_ordered:
        return CategoricalDistribution([axis.level(i) for i in range(axis.size)])
    return IntDistribution(0, axis.size - 1)


def to_position(axis: Axis, text: str, unit: float) -> Any:
    """Return a value as `position_distribution` has it."""
    if axis.size is None or (isinstance(axis, StepAxis) and not axis.scale.is_uniform):
        return unit
    return axis.index(text) if axis.is_ordered else text


def from_position(axis: Axis, position: Any) -> str:
    """Return the text that a position stands for."""
    if axis.size is None or (isinstance(axis, StepAxis) and not axis.scale.is_uniform):
        return axis.text(float(position))
    return axis.level(int(position)) if axis.is_ordered else str(position)


def _open(
    name: str, directions: Sequence[Any], trials: list[FrozenTrial], sampler: Any = None
) -> Study:
    from optuna import Study
    from optuna.samplers import RandomSampler

    from eegtune.search.storage import TrialListStorage

    storage = TrialListStorage(name, directions, trials)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return Study(name, storage, sampler=sampler or RandomSampler(seed=0))


def _worst_losses(problem: Problem, records: Sequence[Record]) -> list[float]:
    finished = [record.losses for record in records if record.state is State.FINISHED]
    if not finished:
        return [0.0] * len(problem.goals)
    return [max(column) for column in zip(*finished, strict=True)]


def _position_trial(
    problem: Problem,
    number: int,
    record: Record,
    space: Mapping[str, BaseDistribution],
    worst: Sequence[float],
) -> FrozenTrial:
    from optuna.trial import TrialState

    params = _active_positions(problem, record)
    constraints = [1e6] if record.state is State.FAILED else list(record.excesses)
    is_pending = record.state is State.PENDING
    losses = list(record.losses) if record.state is State.FINISHED else list(worst)
    return _frozen(
        number,
        TrialState.RUNNING if is_pending else TrialState.COMPLETE,
        None if is_pending else losses,
        params,
        {name: space[name] for name in params},
        system_attrs={"constraints": constraints} if constraints else {},
    )


def _active_positions(problem: Problem, record: Record) -> dict[str, Any]:
    values = zip(problem.space.axes, record.point, record.units, record.active, strict=True)
    return {
        axis.name: to_position(axis, text, unit) for axis, text, unit, active in values if active
    }


def _frozen(
    number: int,
    state: TrialState,
    values: list[float] | None,
    params: dict[str, Any],
    distributions: dict[str, BaseDistribution],
    **others: Any,
) -> FrozenTrial:
    """Return Optuna's trial; what is not given is empty."""
    from optuna.trial import FrozenTrial

    empty: dict[str, Any] = {
        "datetime_start": None, "datetime_complete": None, "user_attrs": {}, "system_attrs": {},
        "intermediate_values": {},
    }  # fmt: skip
    return FrozenTrial(
        number=number, trial_id=number, state=state, value=None, values=values, params=params,
        distributions=distributions, **{**empty, **others},
    )  # fmt: skip


def _real_trial(problem: Problem, trial: Trial, number: int, curve: Curve) -> FrozenTrial | None:
    point = problem.space.canonical(trial.assignments)
    if point is None:
        return None
    values = [trial.metrics[g.metric] for g in problem.goals if g.metric in trial.metrics]
    has_result = len(values) == len(problem.goals)
    axes = dict(zip(problem.space.names, problem.space.axes, strict=True))
    return _frozen(
        number,
        _state(trial, has_result),
        values if has_result and trial.condition.is_completed else None,
        {
            name: _real_value(axes[name], text)
            for name, text in zip(problem.space.names, point, strict=True)
        },
        {name: real_distribution(axis) for name, axis in axes.items()},
        datetime_start=trial.start_time,
        datetime_complete=trial.completion_time,
        user_attrs={"trial_name": trial.name, **trial.metrics},
        intermediate_values=dict(curve),
    )


def _state(trial: Trial, has_result: bool) -> TrialState:
    from optuna.trial import TrialState

    if not trial.condition.is_completed:
        return TrialState.RUNNING if trial.start_time else TrialState.WAITING
    if trial.condition is TrialCondition.EARLY_STOPPED:
        return TrialState.PRUNED
    is_complete = trial.condition is TrialCondition.SUCCEEDED and has_result
    return TrialState.COMPLETE if is_complete else TrialState.FAIL


def _real_value(axis: Axis, text: str) -> Any:
    if isinstance(axis, RealAxis):
        return float(text)
    if isinstance(axis, StepAxis):
        return int(text) if axis.is_whole else float(text)
    return float(text) if axis.is_ordered else text


def real_distribution(axis: Axis) -> BaseDistribution:
    """Return an axis as Optuna shows it: numbers as numbers, names as choices."""
    from optuna.distributions import (
        CategoricalDistribution,
        FloatDistribution,
        IntDistribution,
    )

    if isinstance(axis, RealAxis):
        return FloatDistribution(axis.scale.low, axis.scale.high, log=axis.scale.logarithmic)
    if isinstance(axis, StepAxis):
        low, high = axis.low, axis.low + (axis.size - 1) * axis.step
        is_log = axis.scale.logarithmic and low > 0
        if axis.is_whole:
            step = 1 if is_log else int(axis.step)
            return IntDistribution(int(low), int(high), log=is_log, step=step)
        if is_log:
            return FloatDistribution(float(low), float(high), log=True)
        return FloatDistribution(float(low), float(high), step=float(axis.step))
    levels = [axis.level(i) for i in range(axis.size or 0)]
    if axis.is_ordered:
        numbers = [float(Decimal(level)) for level in levels]
        is_log = numbers[0] > 0 and numbers[-1] / numbers[0] >= 10
        return FloatDistribution(numbers[0], numbers[-1], log=is_log)
    return CategoricalDistribution(levels)
