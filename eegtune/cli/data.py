"""`eegtune data`: data sets that lie elsewhere; `trial-runner data` does the work."""

from __future__ import annotations

import subprocess
import sys

import click


@click.command(
    "data",
    context_settings={"ignore_unknown_options": True, "help_option_names": []},
    add_help_option=False,
)
@click.argument("words", nargs=-1, type=click.UNPROCESSED)
@click.pass_context
def command(context: click.Context, words: tuple[str, ...]) -> None:
    """Name, list, verify, fetch and upload data sets: `add`, `ls`, `verify`, `pull`, `push`.

    Trials take the same names and addresses as --data, and fetch what they need themselves.
    """
    done = subprocess.run([sys.executable, "-m", "trial_runner", "data", *words], check=False)
    context.exit(done.returncode)
