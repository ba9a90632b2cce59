"""Lightning's checkpoints on disk: complete or not at all, and what they say of the past."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import torch

from trial_runner.errors import TrialError
from trial_runner.reporting import note
from trial_runner.training.lightning_callbacks import Direction, Progress

_KEPT, _LINES = "eegtune.kept", "eegtune.metric_lines"


def write_lightning(trainer: Any, path: Path, kept: Mapping[str, str] | None) -> None:
    """Write where a trainer stands; a full disk costs the next rung time only."""
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".part")
        os.close(handle)
        state = trainer._checkpoint_connector.dump_checkpoint(False)
        torch.save(state | {_KEPT: dict(kept or {})}, temporary)
        os.replace(temporary, path)
    except (OSError, RuntimeError) as error:  # torch reports a full disk as RuntimeError
        note(f"checkpoint {path} cannot be written ({str(error).splitlines()[0]}); going on")
        if temporary is not None:
            with suppress(OSError):
                os.unlink(temporary)


def read_lightning(path: Path) -> dict[str, Any]:
    """Return what a checkpoint file holds.

    Raises:
        TrialError: It is damaged, or no checkpoint.
    """
    try:
        state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # the unpickler of damaged files fails in all ways
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise TrialError(f"checkpoint {path} cannot be read: {reason[:200]}") from None
    if not isinstance(state, dict) or "state_dict" not in state:
        raise TrialError(f"{path} is no checkpoint of a training")
    return state


def read_progress(path: Path, objective: str, direction: Direction) -> Progress | None:
    """Return what the training of a checkpoint had reported."""
    lines = read_lightning(path).get("callbacks", {}).get(_LINES)
    return Progress(objective, direction, list(lines["epochs"])) if lines else None


def read_kept(path: Path) -> dict[str, str]:
    """Return the texts that a checkpoint keeps beside the training."""
    return dict(read_lightning(path).get(_KEPT, {}))
