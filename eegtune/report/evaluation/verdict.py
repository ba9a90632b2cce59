"""What an evaluation means, in plain words."""

from __future__ import annotations

import math
from typing import Literal, NamedTuple

from eegtune.report.evaluation.results import DEFAULT, TUNED, Comparison, Evaluation
from eegtune.report.numbers import format_interval, format_score

Outcome = Literal["better", "worse", "nothing", "unknown"]


class Verdict(NamedTuple):
    """An outcome and a sentence that says it."""

    outcome: Outcome
    text: str


def verdict(evaluation: Evaluation, comparison: Comparison, title: str) -> Verdict:
    """Judge the difference of the main metric by its interval.

    Args:
        evaluation: What was measured.
        comparison: One of its comparisons.
        title: The main metric as tables call it.
    """
    difference = comparison.differences[main_metric(evaluation)]
    interval = difference.interval
    where = place(evaluation)
    bounds = f"95 % interval {format_interval(interval.low, interval.high, signed=True)}"
    if not math.isfinite(interval.low):
        return Verdict("unknown", f"Too little was scored {where} to say what tuning adds.")
    change = f"{title} {format_score(interval.value, signed=True)}, {bounds}"
    subject = _subject(comparison)
    if not interval.excludes_zero:
        return Verdict("nothing", f"{subject} adds nothing measurable {where}: {change}.")
    if (interval.value > 0) == _larger_is_better(evaluation):
        return Verdict("better", f"{subject} helps {where}: {change}.")
    return Verdict("worse", f"{subject} makes it worse {where}: {change}.")


def verdicts(evaluation: Evaluation, title: str) -> tuple[Verdict, ...]:
    """Judge all comparisons; the first, of tuned against default, also names what beats tuned.

    A reader of the first sentence alone would else take the tuned configuration although another
    one that was scored beside it does better.
    """
    judged = [verdict(evaluation, each, title) for each in evaluation.comparisons]
    better = _better_than_tuned(evaluation)
    if better is None or not judged:
        return tuple(judged)
    metric, against = main_metric(evaluation), evaluation.configuration(better).scores
    scores = [evaluation.configuration(TUNED).scores[metric], against[metric]]
    tuned, other = (format_score(each.interval.value) for each in scores)
    mine = next((n for n, c in enumerate(evaluation.comparisons) if c.against == better), None)
    is_sure = mine is not None and judged[mine].outcome == "worse"
    surely = "measurably" if is_sure else "if not measurably"
    text = f"{judged[0].text} But “{better}” does better still, {surely}: {other} against {tuned}."
    return (Verdict("worse" if is_sure else judged[0].outcome, text), *judged[1:])


def _better_than_tuned(evaluation: Evaluation) -> str | None:
    """Return the best configuration that a user named, where tuned is not as good."""
    metric = main_metric(evaluation)
    sign = 1 if _larger_is_better(evaluation) else -1
    values = {
        each.name: sign * each.scores[metric].interval.value for each in evaluation.configurations
    }
    named = [name for name in values if name not in (DEFAULT, TUNED)]
    best = max(named, key=values.__getitem__, default=None)
    return best if best is not None and values[best] > values.get(TUNED, math.inf) else None


def main_metric(evaluation: Evaluation) -> str:
    """Return the metric that decides: the one that was tuned, or the first."""
    return evaluation.test_metric or evaluation.metrics[0]


def place(evaluation: Evaluation) -> str:
    """Say where it was scored.

    The words name one person where the data are of one.
    """
    if evaluation.kind == "repeats":
        return f"in {evaluation.seeds} repeats on the data that the search has seen"
    if evaluation.subjects == 1:
        return f"on the {evaluation.trial_count:,} test trials of one person"
    return f"on {evaluation.unit_count:,} test subjects"


def gap_text(evaluation: Evaluation, title: str) -> str:
    """Say how much better the search's score looked than the test score; empty where unknown."""
    gap = evaluation.gap
    if gap is None:
        return ""
    tuning = format_score(evaluation.tuning_value)
    how = "higher than" if gap > 0 else "lower than" if gap < 0 else "equal to"
    return (
        f"The best tuning score ({evaluation.tuning_metric} {tuning}) is "
        f"{format_score(abs(gap))} {how} the {_honest(evaluation)} {title}."
    )


def _honest(evaluation: Evaluation) -> str:
    return "test" if evaluation.kind == "test" else "repeated"


def _subject(comparison: Comparison) -> str:
    if (comparison.name, comparison.against) == ("tuned", "default"):
        return "Tuning"
    return f"“{comparison.name}” over “{comparison.against}”"


def _larger_is_better(evaluation: Evaluation) -> bool:
    if evaluation.kind == "repeats":
        return evaluation.maximize
    from trial_runner.scoring.weighted import METRICS

    # Of what is measured instead of predicted, a loss, less is better.
    return main_metric(evaluation) in METRICS
