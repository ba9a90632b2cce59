"""What to try next, from what the trials say: each advice with its reason and a command."""

from __future__ import annotations

import math
import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from eegtune.execution.best import objective_value
from eegtune.execution.records import TrialRecord
from eegtune.report.analysis.causes import failure_causes
from eegtune.report.analysis.fronts import front, goals_of
from eegtune.report.analysis.winner import Standing
from eegtune.report.columns import Column, on_axis, parameter_columns
from eegtune.report.material import Material
from eegtune.report.numbers import format_number, format_percent
from eegtune.spec.experiment import Parameter

_EDGE = 0.05
_UNIMPORTANT = 0.02
_FEWEST_TO_FREEZE = 30
_UNSURE = 0.5
_LATE = 0.75
_FEWEST_TO_GO_ON = 20
_MANY_FAILED = 0.1


class Advice(NamedTuple):
    """Something to do.

    Attributes:
        what: What to do, as a sentence.
        why: What in the trials speaks for it.
        command: How; empty where the Experiment is to be changed by hand.
    """

    what: str
    why: str
    command: str = ""


def next_steps(
    material: Material, importances: Mapping[str, float], standings: Sequence[Standing]
) -> tuple[Advice, ...]:
    """Return what to try next, the most urgent first; empty where nothing has finished."""
    if len(goals_of(material.experiment)) > 1:
        return (*_mend(material), *_choose(material))
    advice = [
        *_mend(material),
        *_widen(material, importances),
        *_go_on(material, standings),
        *_repeat(material, standings),
        *_freeze(material, importances),
        *_evaluate(material),
    ]
    return tuple(advice)


def _mend(material: Material) -> Iterator[Advice]:
    ended = len(material.failed) + len(material.finished)
    if ended and len(material.failed) > _MANY_FAILED * ended:
        cause = failure_causes(material.failed)[0]
        share = len(material.failed) / ended
        yield Advice(
            f"Find out why trials fail, first of all: {cause.name}.",
            f"{format_percent(share)} of the trials ended without a result, "
            f"{len(cause.numbers)} of them by this.",
            f"eegtune logs {shlex.quote(material.folder)} {cause.numbers[0]}",
        )


def _choose(material: Material) -> Iterator[Advice]:
    """Advise to choose: what speaks for one objective may speak against the others."""
    if material.best is None:
        return
    if limit := _limit(material, material.best):
        yield Advice(
            "Choose a trial of the Pareto front by what you can afford.",
            f"With several objectives none is the best; best.yaml holds the one that is the best "
            f"in {material.metric}.",
            f"eegtune best {shlex.quote(material.folder)} --prefer {shlex.quote(limit)}",
        )
    if material.evaluation is None:
        yield Advice(
            f"Score the one that is the best in {material.metric} once on the test data.",
            "A tuning score is the best of many and looks better than it is.",
            f"eegtune evaluate {shlex.quote(material.folder)}",
        )


def _limit(material: Material, best: TrialRecord) -> str:
    """Return an example of what one can afford, for which another than the best is chosen."""
    found = front(material.experiment, material.finished)
    if found is None:
        return ""
    for place, goal in enumerate(found.goals):
        own = goal.sign * best.trial.metrics.get(goal.metric, math.nan)
        losses = goal.sign * found.values[list(found.is_front), place]
        if len(better := losses[losses < own]):
            between = goal.sign * (own + float(better.max())) / 2
            return f"{goal.metric}{'<=' if goal.sign > 0 else '>='}{between:.3g}"
    return ""


def _widen(material: Material, importances: Mapping[str, float]) -> Iterator[Advice]:
    """Advise to look beyond a bound at which the best value of an important parameter lies."""
    best = material.best
    if best is None:
        return
    columns = parameter_columns(material.experiment, [best])
    for parameter, column in zip(material.experiment.spec.parameters, columns, strict=True):
        side = _edge(parameter, column)
        if side and importances.get(parameter.name, 0.0) > _UNIMPORTANT:
            number = format_number(column.numbers[0])
            low, high = _bounds(parameter)
            yield Advice(
                f"Search {parameter.name} further {'up' if side > 0 else 'down'}.",
                f"The best value, {number}, lies at the {'upper' if side > 0 else 'lower'} end "
                f"of {format_number(low)} to {format_number(high)}, and the parameter matters "
                f"({format_percent(importances[parameter.name])}).",
            )


def _edge(parameter: Parameter, column: Column) -> int:
    """Return 1 where the best value is at the upper bound, -1 at the lower one, else 0."""
    bounds = _bounds(parameter)
    number = column.numbers[0]
    if number is None or not all(map(math.isfinite, bounds)) or bounds[0] >= bounds[1]:
        return 0
    is_log = parameter.feasible_space.distribution == "logUniform" and bounds[0] > 0 < number
    scaled = Column(column.name, (), is_log, ())
    low, high, place = (on_axis(scaled, each) for each in (*bounds, number))
    share = (place - low) / (high - low)
    if share > 1 - _EDGE:
        return 0 if bounds == (0.0, 1.0) else 1  # a share, of which there is no more
    return -1 if share < _EDGE and not _is_natural_end(parameter, bounds[0]) else 0


def _is_natural_end(parameter: Parameter, low: float) -> bool:
    """Say whether there is nothing below: 0 of rates and amounts, 1 of counts."""
    return low == 0 or (low == 1 and parameter.parameter_type == "int")


def _bounds(parameter: Parameter) -> tuple[float, float]:
    """Return the ends of a range; of names there are none."""
    space = parameter.feasible_space
    if parameter.parameter_type == "categorical":
        return math.nan, math.nan
    if space.values is not None:
        numbers = [float(each) for each in space.values]
        return min(numbers), max(numbers)
    return float(space.min or "nan"), float(space.max or "nan")


def _go_on(material: Material, standings: Sequence[Standing]) -> Iterator[Advice]:
    """Advise more trials where the last quarter still found better ones, by more than noise."""
    objective = material.experiment.spec.objective
    best: float | None = None
    last = -1
    values = [(r.number, objective_value(material.experiment, r.trial)) for r in material.finished]
    for number, value in values:
        if value is not None and (best is None or objective.is_better(value, best)):
            best, last = value, number
    made = len(material.records)
    early = [value for number, value in values if value is not None and number < _LATE * made]
    if best is None or not early or last < _LATE * made or made < _FEWEST_TO_GO_ON:
        return
    gain = min(abs(best - value) for value in early)
    noise = (standings[0].high - standings[0].low) / 2 if standings else 0.0
    if gain > noise:
        folder = shlex.quote(material.folder)
        yield Advice(
            "Go on: the search is still finding better configurations.",
            f"The best value came at trial {last} of {made:,}.",
            f"eegtune run {folder}/experiment.yaml --dir {folder} --max-trials {2 * made}",
        )


def _repeat(material: Material, standings: Sequence[Standing]) -> Iterator[Advice]:
    if len(standings) > 1 and standings[0].chance < _UNSURE and material.evaluation is None:
        yield Advice(
            "Score the best few again on other splits before choosing.",
            f"The winner is the best one in only {format_percent(standings[0].chance)} of the "
            "cases; the first ones are too close to tell.",
            f"eegtune evaluate {shlex.quote(material.folder)} --top 5",
        )


def _freeze(material: Material, importances: Mapping[str, float]) -> Iterator[Advice]:
    idle = [name for name, share in importances.items() if share < _UNIMPORTANT]
    if len(material.finished) >= _FEWEST_TO_FREEZE and idle and len(idle) < len(importances):
        shown = ", ".join(idle[:6]) + (" …" if len(idle) > 6 else "")
        yield Advice(
            f"Fix {shown} in a next search.",
            f"{'They explain' if len(idle) > 1 else 'It explains'} less than "
            f"{format_percent(_UNIMPORTANT)} of the variance each; a smaller space is "
            "searched better.",
        )


def _evaluate(material: Material) -> Iterator[Advice]:
    if material.best is not None and material.evaluation is None:
        yield Advice(
            "Score the best configuration once on the test data.",
            "A tuning score is the best of many and looks better than it is.",
            f"eegtune evaluate {shlex.quote(material.folder)}",
        )
