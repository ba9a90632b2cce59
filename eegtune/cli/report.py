"""`eegtune report RUN`: write a run's report and exports again."""

from __future__ import annotations

from pathlib import Path

import click

from eegtune.cli.errors import ExitCode, told_to_the_user
from eegtune.cli.runs import open_run, run_argument


@click.command("report")
@run_argument
@click.option("--open", "opens", is_flag=True, help="Show the report in the browser.")
@click.pass_context
def command(context: click.Context, run: Path, opens: bool) -> None:
    """Write the report and the exports of the run in the folder RUN, also while it runs.

    Writes report.html, report.md (for pull requests), best.yaml, best_hyperparameters.json,
    trials.parquet, provenance.json and, once it was evaluated, model_card.md from the run's
    database.
    """  # fmt: skip
    with told_to_the_user():
        from eegtune.report import write_report

        with open_run(run) as store:
            folder = store.folder
        written = write_report(folder.path, is_run=False)
    for path in written.files:
        click.echo(path)
    for note in written.notes:
        click.echo(f"eegtune: {note}", err=True)
    if opens and folder.report in written.files:
        click.launch(str(folder.report))
    context.exit(int(ExitCode.DONE if folder.report in written.files else ExitCode.FAILED))
