"""What each change is worth: configurations compared with the centre of their phase, in pairs."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from typing import NamedTuple

from eegtune.campaign.outcomes import Outcome
from eegtune.campaign.probing import REPLICATE
from eegtune.execution.best import objective_value

Point = tuple[tuple[str, str], ...]


class Effect(NamedTuple):
    """One change of the centre.

    Attributes:
        change: The parameters that differ from the centre, with the values they have instead.
        gain: By how much the objective is better than at the centre; below 0 it is worse.
        low: The lower end of its 95 % interval; not a number with fewer than two repeats.
        high: The upper end.
        repeats: How many pairs there are.
    """

    change: Mapping[str, str]
    gain: float
    low: float
    high: float
    repeats: int

    @property
    def is_clear(self) -> bool:
        """Whether the interval leaves 0 out."""
        return self.low > 0 or self.high < 0


def effects(outcome: Outcome) -> tuple[Effect, ...]:
    """Return what each configuration of a phase gains over its first one, the largest loss first.

    Repeats are paired by their number: both sides saw the same splits and seeds. Intervals are
    Student's over the pairs.
    """
    by_point: dict[Point, dict[str, float]] = defaultdict(dict)
    for trial in outcome.trials:
        value = objective_value(outcome.experiment, trial)
        if value is not None:
            number = trial.assignments.get(REPLICATE, "1")
            by_point[_point(trial.assignments)][number] = value
    centre = _centre(outcome)
    if centre not in by_point:
        return ()
    found = [_effect(outcome, by_point, point, centre) for point in by_point if point != centre]
    return tuple(sorted((e for e in found if e is not None), key=lambda effect: effect.gain))


def _effect(
    outcome: Outcome, by_point: Mapping[Point, Mapping[str, float]], point: Point, centre: Point
) -> Effect | None:
    from trial_runner.scoring.repeats import mean_score

    sign = 1.0 if outcome.experiment.spec.objective.type == "maximize" else -1.0
    own, other = by_point[point], by_point[centre]
    gains = [sign * (own[number] - other[number]) for number in own if number in other]
    if not gains:
        return None
    interval = mean_score(gains).interval
    change = {name: text for name, text in point if (name, text) not in centre}
    return Effect(change, interval.value, interval.low, interval.high, len(gains))


def _point(assignments: Mapping[str, str]) -> Point:
    return tuple(sorted((n, text) for n, text in assignments.items() if n != REPLICATE))


def _centre(outcome: Outcome) -> Point:
    """Return the first configuration of the list that the phase was given."""
    settings = outcome.experiment.spec.algorithm.settings
    listed = json.loads(settings.get("initial_points") or "[{}]")
    return _point(listed[0])
