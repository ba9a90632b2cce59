"""What the commands that read a run share: the RUN argument and the output format."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from eegtune.execution.store import NoRunError, RunStore
from eegtune.execution.writer import RunWriter

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
    return RunStore.open(find_run(run))


def change_run(run: Path) -> RunWriter:
    """Open a run for changing it; another process may be running it.

    Raises:
        NoRunError: There is none, or it cannot be written.
    """
    folder = find_run(run)
    RunStore.open(folder).close()
    return RunWriter.open_writable(folder)


def find_run(run: Path) -> Path:
    """Return the folder that is meant: RUN itself, or that name below `runs/`.

    Raises:
        NoRunError: There is neither.
    """
    for folder in (run, DEFAULT_PARENT / run):
        if folder.is_dir():
            return folder
    raise NoRunError(run, "there is no such folder")


def print_json(value: object) -> None:
    """Print a value as JSON."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))
