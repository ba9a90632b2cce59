"""`eegtune convert FILE`: an Experiment for another tool, or a sweep as an Experiment."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from eegtune.spec.conversion import TARGETS

if TYPE_CHECKING:
    from eegtune.spec.conversion import Conversion


@click.command("convert")
@click.argument("file")
@click.option("--to", "target", type=click.Choice(list(TARGETS)), help="Write it for this tool.")
@click.option(
    "--from",
    "origin",
    type=click.Choice(["wandb-sweep"]),
    help="Read a file of this tool, and write an Experiment.",
)
@click.option(
    "--image",
    default="my-registry/my-image:1",
    show_default=True,
    help="With --from: the trial's image.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    help="The file to write; by default standard output.",
)
def command(
    file: str, target: str | None, origin: str | None, image: str, output: Path | None
) -> None:
    """Write an Experiment for another tool, or read one from it.

    What the other side cannot express is listed on standard error.
    """
    if (target is None) == (origin is None):
        raise click.UsageError("give one of --to and --from")
    try:
        conversion = _convert(file, target, image)
        if output is not None:
            output.write_text(conversion.text, "utf-8")
    except ValueError as error:
        click.echo(f"eegtune: {error}", err=True)
        sys.exit(2)
    except OSError as error:
        click.echo(f"eegtune: {error.filename}: {error.strerror}", err=True)
        sys.exit(2)
    if output is None:
        click.echo(conversion.text, nl=False)
    if conversion.lost:
        click.echo("Not carried over, or to be looked at:", err=True)
        for sentence in conversion.lost:
            click.echo(f"- {sentence}", err=True)


def _convert(file: str, target: str | None, image: str) -> Conversion:
    if target is not None:
        from eegtune.spec import load_experiment
        from eegtune.spec.conversion import convert_to

        return convert_to(load_experiment(file), target)
    from eegtune.spec.conversion.wandb_sweep import from_sweep
    from eegtune.spec.files import read_bytes

    return from_sweep(read_bytes(file).decode("utf-8", "replace"), image, file)
