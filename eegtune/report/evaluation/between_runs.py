"""Two runs' winners on the same test data: which is better, with an interval.

What `evaluate` left in each run is compared unit by unit, so that the interval is that of the
paired difference. Nothing is trained and no test data are used again.
"""

from __future__ import annotations

import math
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from eegtune.execution.records import RunEvent
from eegtune.execution.store import RunStore
from eegtune.report.evaluation.ledger import EVALUATED
from eegtune.report.evaluation.results import TUNED, Evaluation, from_json
from eegtune.report.evaluation.verdict import main_metric, place
from eegtune.report.numbers import format_interval, format_score

if TYPE_CHECKING:
    from trial_runner.scoring.values import Difference

_PREDICTIONS, _MEASUREMENTS = "predictions.npz", "measurements.npz"  # as components name them


class Scored(NamedTuple):
    """A run's latest evaluation.

    Attributes:
        evaluation: What was found.
        artefacts: Where the tuned configuration left what it said; None where it left nothing.
    """

    evaluation: Evaluation
    artefacts: Path | None


class Between(NamedTuple):
    """Two winners on the same data.

    Attributes:
        metric: What was measured.
        values: The first one's score and the other's.
        difference: The first less the other.
        larger_is_better: Whether large values are good.
        where: On what they were scored, in words.
    """

    metric: str
    values: tuple[float, float]
    difference: Difference
    larger_is_better: bool
    where: str


class NotScoredError(ValueError):
    """Two winners cannot be compared; the message says what to do."""


def read_scored(run: Path) -> Scored:
    """Return a run's latest evaluation.

    Raises:
        NotScoredError: There is none that can be read.
    """
    with RunStore.open(run) as store:
        events = store.events(EVALUATED)
    try:
        return _scored(run, events[-1])
    except (IndexError, KeyError, TypeError, ValueError):
        raise NotScoredError(
            f"{run} was not scored on test data; eegtune evaluate {run}"
        ) from None


def _scored(run: Path, event: RunEvent) -> Scored:
    detail: Any = event.detail["evaluation"]
    evaluation = from_json(detail)
    touch = event.detail.get("touch")
    if touch is None:
        return Scored(evaluation, None)
    when = datetime.fromisoformat(str(touch)).strftime("%Y%m%dT%H%M%S")
    return Scored(evaluation, run / "evaluation" / when / "trials" / TUNED / "artefacts")


def between_runs(one: Path, other: Path) -> Between:
    """Compare the tuned configurations of two runs on the data that both were scored on.

    Raises:
        NoRunError: A folder has no run.
        NotScoredError: One was not scored, or not on the same data.
    """
    from trial_runner.scoring.predictions import PredictionsError

    first, second = read_scored(one), read_scored(other)
    metric = main_metric(first.evaluation)
    if metric not in second.evaluation.metrics or first.evaluation.kind != second.evaluation.kind:
        raise NotScoredError(f"{one} and {other} were not scored by the same measure")
    try:
        difference = _difference(first, second, metric)
    except PredictionsError as error:
        raise NotScoredError(f"{one} and {other} do not compare on test data: {error}") from None
    scores = [
        each.evaluation.configuration(TUNED).scores[metric].interval for each in (first, second)
    ]
    return Between(
        metric, (scores[0].value, scores[1].value), difference,
        _larger_is_better(first.evaluation, metric), place(first.evaluation),
    )  # fmt: skip


def _difference(first: Scored, second: Scored, metric: str) -> Difference:
    from trial_runner.scoring.differences import paired_differences
    from trial_runner.scoring.measurements import load_measurements, measured_difference
    from trial_runner.scoring.predictions import load_predictions
    from trial_runner.scoring.repeats import mean_difference

    if first.artefacts is None or second.artefacts is None:
        values = [each.evaluation.configuration(TUNED).values[metric] for each in (first, second)]
        return mean_difference(values[0], values[1])
    folders = (first.artefacts, second.artefacts)
    if all((folder / _MEASUREMENTS).is_file() for folder in folders):
        measured = [load_measurements(folder / _MEASUREMENTS) for folder in folders]
        return measured_difference(measured[0], measured[1])
    said = [load_predictions(folder / _PREDICTIONS) for folder in folders]
    return paired_differences(said[0], said[1], [metric])[metric]


def _larger_is_better(evaluation: Evaluation, metric: str) -> bool:
    if evaluation.kind == "repeats":
        return evaluation.maximize
    from trial_runner.scoring.weighted import METRICS

    return metric in METRICS


def between_text(found: Between, one: str, other: str) -> str:
    """Say which of two winners is better, and how sure that is.

    Args:
        found: What was measured.
        one: What the first is called.
        other: What the other is called.
    """
    interval = found.difference.interval
    one_value, other_value = (format_score(value) for value in found.values)
    head = f"{found.metric} {one_value} ({one}) against {other_value} ({other}) {found.where}"
    if not math.isfinite(interval.low):
        return f"{head}; too little was scored for an interval"
    numbers = (
        f"{head}: {format_score(interval.value, signed=True)}, 95 % interval "
        f"{format_interval(interval.low, interval.high, signed=True)}"
    )
    if not interval.excludes_zero:
        return f"neither winner is measurably better: {numbers}"
    better = one if (interval.value > 0) == found.larger_is_better else other
    return f"the winner of {better} is better: {numbers}"
