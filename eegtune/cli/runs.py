"""What the commands that read a run share: the RUN argument and the output format."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from eegtune.execution.store import NoRunError, RunStore

Command = TypeVar("Command", bound=Callable[..., Any])

DEFAULT_PARENT = Path("runs")


def run_argument(function: Command) -> Command:
    """Add the argument RUN: a run's folder, or its name below `runs/`."""
    return click.argument("run", type=click.Path(path_type=Path))(function)


def format_option(*formats: str) -> Callable[[Command], Command]:
    """Add `--format`; the first format is the default."""
    return click.option(
        "--format", "output", type=click.Choice(formats), default=formats[0], show_default=True,
        help="How to print.",
    )  # fmt: skip


def open_run(run: Path) -> RunStore:
    """Open a run for reading.

    Raises:
        NoRunError: There is none.
    """
    if not run.exists() and (DEFAULT_PARENT / run).exists():
        run = DEFAULT_PARENT / run
    if not run.exists():
        raise NoRunError(run, "there is no such folder")
    return RunStore.open(run)


def print_json(value: object) -> None:
    """Print a value as JSON."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))
