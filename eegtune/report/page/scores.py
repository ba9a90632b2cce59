"""Default against tuned as a table of the page."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from eegtune.report.evaluation.results import Evaluation
from eegtune.report.evaluation.verdict import Verdict, gap_text, main_metric, verdicts
from eegtune.report.numbers import format_interval, format_score


@dataclass(frozen=True, slots=True)
class Cell:
    """A value with what stands under it."""

    value: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class ScoreTable:
    """Scores side by side.

    Attributes:
        columns: The configurations, and the difference.
        rows: A title and a cell for each column.
        verdicts: What it means; first for tuning.
        gap: How the tuning score compares; empty where it does not.
        method: How the numbers were made.
        configurations: What each named configuration is.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Cell, ...]], ...]
    verdicts: tuple[Verdict, ...]
    gap: str
    method: str
    configurations: tuple[tuple[str, str], ...]


def score_table(evaluation: Evaluation, titles: Mapping[str, str]) -> ScoreTable:
    """Return scores, differences and their meaning as text."""
    main = main_metric(evaluation)
    title = titles.get(main, main)
    return ScoreTable(
        columns=(
            *(each.name for each in evaluation.configurations),
            *(f"{each.name} − {each.against}" for each in evaluation.comparisons[:1]),
        ),
        rows=tuple(
            (titles.get(metric, metric), _cells(evaluation, metric))
            for metric in evaluation.metrics
        ),
        verdicts=verdicts(evaluation, title),
        gap=gap_text(evaluation, title),
        method=method(evaluation),
        configurations=tuple(
            (each.name, ", ".join(f"{name}={text}" for name, text in each.parameters.items()))
            for each in evaluation.configurations
        ),
    )


def method(evaluation: Evaluation) -> str:
    """Say how scores and intervals were made."""
    if evaluation.kind == "repeats":
        return (
            f"Each configuration ran {evaluation.seeds} times. Intervals are Student’s over "
            "the repeats, of differences Welch’s."
        )
    units = "subjects" if evaluation.unit == "subject" else "trials"
    return (
        f"Each configuration was trained {evaluation.seeds} times on all training data with "
        f"other seeds; a score is the mean over them. 95 % intervals are bootstrapped over the "
        f"{evaluation.unit_count:,} test {units} and the seeds; differences are paired by "
        f"{evaluation.unit}."
    )


def _cells(evaluation: Evaluation, metric: str) -> tuple[Cell, ...]:
    cells = []
    for result in evaluation.configurations:
        score = result.scores[metric]
        spread = f" · seeds ±{format_score(score.seed_std)}" if score.seed_std > 0 else ""
        interval = format_interval(score.interval.low, score.interval.high)
        cells.append(Cell(format_score(score.interval.value), f"{interval}{spread}"))
    for comparison in evaluation.comparisons[:1]:
        found = comparison.differences[metric]
        bounds = format_interval(found.interval.low, found.interval.high, signed=True)
        p = "" if math.isnan(found.p_value) else f" · p {format_p(found.p_value)}"
        cells.append(Cell(format_score(found.interval.value, signed=True), f"{bounds}{p}"))
    return tuple(cells)


def format_p(p_value: float) -> str:
    """Write a p-value.

    >>> format_p(0.00001), format_p(0.034)
    ('< .001', '.034')
    """
    return "< .001" if p_value < 0.001 else f"{p_value:.3f}".lstrip("0")
