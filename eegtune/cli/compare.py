"""`eegtune compare RUN RUN…`: runs and campaigns side by side, and what can be said of them."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from eegtune.cli.errors import told_to_the_user
from eegtune.cli.runs import find_run, format_option, print_json

if TYPE_CHECKING:
    from eegtune.report.comparison import Contrast, RunSummary


@click.command("compare")
@click.argument("runs", nargs=-1, required=True, type=click.Path(path_type=Path))
@format_option("text", "json")
def command(runs: tuple[Path, ...], output: str) -> None:
    """Compare the runs or campaigns in the folders RUNS; those of one algorithm count together.

    Several runs of each, with other seeds, say which algorithm is better, with an interval. Of
    two that were scored by `eegtune evaluate` the winners are compared on the test data, too.
    """
    with told_to_the_user():
        from eegtune.report.comparison import contrasts

        if len(runs) < 2:
            raise ValueError("name at least two runs")
        found = [_summary(find_run(run)) for run in runs]
        statements = contrasts(found)
        if output == "json":
            rows = [{key: None if value != value else value for key, value in asdict(c).items()}
                    for c in statements]  # fmt: skip
            print_json({"runs": [asdict(each) for each in found], "contrasts": rows,
                        "winners": _winners(found)})  # fmt: skip
            return
        _print(found, statements)


def _summary(folder: Path) -> RunSummary:
    from eegtune.campaign.summarizing import is_campaign, summarize_campaign
    from eegtune.report.comparison import summarize

    return summarize_campaign(folder) if is_campaign(folder) else summarize(folder)


def _winners(found: list[RunSummary]) -> str:
    """Say whose winner is better on test data; empty where that is not asked."""
    from eegtune.report.evaluation.between_runs import (
        NotScoredError,
        between_runs,
        between_text,
    )

    if len(found) != 2 or found[0].winner == found[1].winner:
        return ""
    one, other = found
    try:
        between = between_runs(Path(one.winner), Path(other.winner))
    except NotScoredError as error:
        return f"for an interval of the winners' difference: {error}"
    names = [each.group if one.group != other.group else each.folder for each in found]
    return between_text(between, *names)


def _print(found: list[RunSummary], statements: list[Contrast]) -> None:
    from eegtune.report.comparison import table

    rows = table(found)
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)))
    for statement in statements:
        click.echo(statement.text)
    if not statements:
        click.echo("all runs have one algorithm; there is nothing to tell apart")
    winners = _winners(found)
    if winners:
        click.echo(winners)
