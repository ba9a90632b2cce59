"""The end of `eegtune run`: what becomes of the checkpoints."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from eegtune.execution.run import RunResult


def tidy_checkpoints(folder: Path, result: RunResult, *, quiet: bool) -> None:
    """Delete what nothing will continue from, after a run that is done."""
    from eegtune.execution.checkpoint_cleanup import clean_up, is_over
    from eegtune.execution.store import RunStore

    with RunStore.open(folder) as store:
        if not result.ran or not is_over(store.experiment, result.state):
            return
        done = clean_up(store, {result.best.name} if result.best else set())
    if done.problem:
        click.echo(f"eegtune: {done.problem}", err=True)
    elif done.deleted and not quiet:
        click.echo(
            f"Checkpoints: the best trial's is kept, {done.deleted} others are deleted "
            "(resumePolicy: LongRunning keeps all)"
        )
