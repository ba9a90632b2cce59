"""Where a training's checkpoints are, and from what it goes on."""

from __future__ import annotations

import os
from typing import NamedTuple

from trial_runner.reporting import checkpoints_location, note, parent_trial
from trial_runner.training.checkpoints import (
    Checkpoint,
    CheckpointSeries,
    load_of_trial,
    open_series,
)


class Lineage(NamedTuple):
    """Where a training's checkpoints are.

    Attributes:
        series: Its own, of all trials of this configuration.
        origin: What must be the same where a training goes on: data, folds and code.
        parent: The checkpoint of another configuration that it continues; None where none.
    """

    series: CheckpointSeries
    origin: str
    parent: Checkpoint | None = None


def open_lineage(component: str, key: str, origin: str, trial_name: str) -> Lineage | None:
    """Return a configuration's checkpoints and its parent's; None where none are wanted.

    Args:
        component: The component's name.
        key: Hash of everything that trials of the series have in common.
        origin: See `Lineage`.
        trial_name: Of the trial that writes; empty for that of the environment.

    Raises:
        UsageError: `$CHECKPOINTS` is no place for them.
    """
    location, parent = checkpoints_location(), parent_trial()
    if location is None:
        if parent is not None:
            note(f"the parent is {parent}, but CHECKPOINTS is not set; training starts anew")
        return None
    trial = trial_name or os.environ.get("KATIB_TRIAL_NAME") or ""
    series = open_series(location, f"{component}-{key}", trial)
    return Lineage(series, origin, load_of_trial(series.place, parent) if parent else None)
