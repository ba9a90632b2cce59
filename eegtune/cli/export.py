"""`eegtune export RUN FORMAT`: a run for other programs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from eegtune.cli.errors import told_to_the_user
from eegtune.cli.runs import find_run, run_argument

if TYPE_CHECKING:
    from eegtune.report.exports.mlflow_tracking import Exported

_FILES = ("csv", "parquet", "latex", "yaml", "json")


@click.command("export")
@run_argument
@click.argument("kind", metavar="FORMAT",
                type=click.Choice([*_FILES, "optuna", "mlflow", "wandb"]))  # fmt: skip
@click.option(
    "--output", "-o", help="The file; for optuna, mlflow and wandb the storage, server or folder."
)
@click.option("--top", type=click.IntRange(1), default=10, show_default=True,
              help="How many trials the LaTeX table has.")  # fmt: skip
@click.option("--online", is_flag=True, help="wandb: send at once instead of writing files.")
def command(run: Path, kind: str, output: str | None, top: int, online: bool) -> None:
    """Write the run in RUN as csv, parquet, latex, yaml or json, or into a tracker.

    yaml is the best configuration by sections, json the same for programs. optuna writes a
    study into a storage (default NAME.db), mlflow a run with a child for each trial (default
    MLflow's own place), wandb offline runs (default ./wandb). A second export doubles nothing.
    """  # fmt: skip
    with told_to_the_user():
        folder = find_run(run)
        if kind in _FILES:
            _write(folder, kind, output, top)
        elif kind == "optuna":
            from eegtune.report.exports.optuna_storage import export_to_optuna

            target = output or f"{folder.name}.db"
            click.echo(f"study {export_to_optuna(folder, target)} is in {target}")
        elif kind == "mlflow":
            from eegtune.report.exports.mlflow_tracking import export_to_mlflow

            _say(export_to_mlflow(folder, output))
        else:
            from eegtune.report.exports.wandb_tracking import export_to_wandb

            _say(export_to_wandb(folder, Path(output or "."), online=online))


def _say(exported: Exported) -> None:
    known = f"; {exported.known} were there" if exported.known else ""
    click.echo(f"{exported.added} trials are new in {exported.place}{known}")


def _write(folder: Path, kind: str, output: str | None, top: int) -> None:
    from eegtune.report.exports.files import write_file

    if output is None and kind == "parquet":
        raise ValueError("parquet needs --output FILE")
    text = write_file(folder, kind, None if output is None else Path(output), top)
    click.echo(text if output is None else output, nl=output is not None)
