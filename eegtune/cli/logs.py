"""`eegtune logs RUN [TRIAL]`: print what a trial wrote."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from eegtune.cli.errors import ExitCode, fail, told_to_the_user
from eegtune.cli.runs import format_option, open_run, print_json, run_argument

if TYPE_CHECKING:
    from eegtune.execution.records import TrialRecord
    from eegtune.execution.store import RunStore

_CHUNK_BYTES = 65_536
_SECONDS_BETWEEN_LOOKS = 0.3


@click.command("logs")
@run_argument
@click.argument("trial", required=False)
@click.option(
    "--stream",
    type=click.Choice(["both", "stdout", "stderr"]),
    default="both",
    show_default=True,
    help="Which output.",
)
@click.option("--follow", "-f", is_flag=True, help="Go on until the trial has ended.")
@format_option("text", "json")
def command(run: Path, trial: str | None, stream: str, follow: bool, output: str) -> None:
    """Print what a trial of the run in the folder RUN wrote: standard output, then error.

    TRIAL is the trial's name or its last part; without it, the trial that was started last.
    """  # fmt: skip
    with told_to_the_user(), open_run(run) as store:
        from eegtune.execution.summary import find_trial

        records = store.trials()
        record = find_trial(records, trial) if trial else _last(records, run)
        folder = store.folder.trial(record.name)
        files = {"stdout": folder.stdout, "stderr": folder.stderr}
        wanted = {name: path for name, path in files.items() if stream in ("both", name)}
        if output == "json":
            texts = {name: _text(path) for name, path in wanted.items()}
            print_json({"trial": record.name, **texts, "message": record.message})
            return
        if follow:
            record = _follow(store, record, list(wanted.values()))
        else:
            for path in wanted.values():
                _copy(path, 0)
        if record.message:
            click.echo(f"eegtune: {record.name} {record.condition}: {record.message}", err=True)


def _last(records: list[TrialRecord], run: Path) -> TrialRecord:
    started = [record for record in records if record.trial.start_time is not None]
    if not started:
        fail(f"{run}: no trial has started yet", ExitCode.FAILED)
    return max(started, key=lambda record: str(record.trial.start_time))


def _text(path: Path) -> str:
    return path.read_text("utf-8", "replace") if path.exists() else ""


def _follow(store: RunStore, record: TrialRecord, paths: list[Path]) -> TrialRecord:
    """Copy what files gain until the trial has ended or nobody runs it any more."""
    from eegtune.execution.lock import is_running

    positions = dict.fromkeys(paths, 0)
    while True:
        record = store.trial(record.name)
        over = record.condition.is_completed or not is_running(store.folder.lock)
        for path in paths:
            positions[path] = _copy(path, positions[path])
        if over:
            return record
        time.sleep(_SECONDS_BETWEEN_LOOKS)


def _copy(path: Path, position: int) -> int:
    """Copy a file from a position on; return how far."""
    if not path.exists():
        return position
    sys.stdout.flush()
    with path.open("rb") as file:
        file.seek(position)
        while chunk := file.read(_CHUNK_BYTES):
            sys.stdout.buffer.write(chunk)
        position = file.tell()
    sys.stdout.flush()
    return position
