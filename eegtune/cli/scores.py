"""How scores on test data are printed."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from eegtune.report.evaluation.results import Evaluation, to_json
from eegtune.report.evaluation.titles import metric_titles
from eegtune.report.evaluation.verdict import gap_text, main_metric, verdicts
from eegtune.report.numbers import format_score
from eegtune.report.page.scores import format_p, score_table
from trial_runner.scoring.values import Interval

if TYPE_CHECKING:
    from rich.text import Text

_INTERVAL_WIDTH = 14


def print_scores(evaluation: Evaluation) -> None:
    """Print configurations side by side, and what that means."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False)
    titles = metric_titles()
    shown = score_table(evaluation, titles)
    table = Table(
        title=_title(evaluation),
        title_justify="left",
        title_style="bold",
        box=box.SIMPLE_HEAD,
        show_edge=False,
        padding=(0, 1, 0, 0),
        pad_edge=False,
    )
    table.add_column("", max_width=11)
    for result in evaluation.configurations:
        table.add_column(Text(result.name), min_width=_INTERVAL_WIDTH)
    if evaluation.comparisons:
        table.add_column("difference", min_width=_INTERVAL_WIDTH + 2)
    for metric in evaluation.metrics:
        table.add_row(Text(titles.get(metric, metric)), *_cells(evaluation, metric))
    console.print(table)
    for each in shown.verdicts:
        console.print(Text(each.text, style=_STYLES[each.outcome]))
    if shown.gap:
        console.print(Text(shown.gap))
    console.print(Text(shown.method, style="dim"))
    for note in notes(evaluation):
        console.print(Text(note, style="yellow"))


def as_json(evaluation: Evaluation) -> dict[str, Any]:
    """Return an evaluation with its meaning in words."""
    titles = metric_titles()
    metric = main_metric(evaluation)
    title = titles.get(metric, metric)
    gap = evaluation.gap
    return {
        **to_json(evaluation),
        "gap": None if gap is None or not math.isfinite(gap) else gap,
        "verdicts": [
            {"outcome": found.outcome, "text": found.text} for found in verdicts(evaluation, title)
        ],
        "gap_text": gap_text(evaluation, title),
        "notes": notes(evaluation),
    }


def notes(evaluation: Evaluation) -> list[str]:
    """Return what must be known to read the scores."""
    if evaluation.kind == "repeats":
        return ["No untouched data was seen: these are repeats on the data that the search used."]
    if evaluation.subjects == 1:
        return [
            "The data are of one person: intervals are over this person’s trials and do not say "
            "how the model does on anybody else."
        ]
    return []


_STYLES = {"better": "bold green", "worse": "bold red", "nothing": "bold", "unknown": "bold"}


def _title(evaluation: Evaluation) -> str:
    if evaluation.kind == "test":
        return "Default against tuned on test data (95 % intervals)"
    return "First trial against best, repeated (95 % intervals)"


def _cells(evaluation: Evaluation, metric: str) -> list[Text]:
    """Return a metric of every configuration and the first difference, intervals below."""
    cells = [_cell(each.scores[metric].interval) for each in evaluation.configurations]
    for comparison in evaluation.comparisons[:1]:
        found = comparison.differences[metric]
        p_value = "" if math.isnan(found.p_value) else f" p {format_p(found.p_value)}"
        cells.append(_cell(found.interval, signed=True, behind=p_value))
    return cells


def _cell(interval: Interval, signed: bool = False, behind: str = "") -> Text:
    from rich.text import Text

    bounds = [format_score(bound, signed) for bound in (interval.low, interval.high)]
    below = f"[{bounds[0]}, {bounds[1]}]" if math.isfinite(interval.low) else "no interval"
    value = format_score(interval.value, signed)
    return Text.assemble((value, "bold"), (behind, "dim"), "\n", (below, "dim"))
