"""Where a training stands, on disk, so that a longer one goes on from there.

A file's name is the hash of everything but the resource: the next rung of Hyperband or ASHA finds
the lower one by itself. Files appear by atomic rename and hold tensors, numbers and texts only.
"""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import torch

from trial_runner.reporting import note

State = dict[str, Any]


def load_checkpoint(path: Path) -> State | None:
    """Return what was saved; None where nothing was, or where it cannot be read any more."""
    try:
        state: State = torch.load(path, weights_only=True)
    except FileNotFoundError:
        return None
    except Exception as error:  # the unpickler of damaged files fails in all ways
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        note(f"checkpoint {path} cannot be read ({reason}); training starts anew")
        return None
    return state


def save_checkpoint(path: Path, state: State) -> None:
    """Write a checkpoint, complete or not at all; a full disk costs the next rung time only."""
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".part")
        with os.fdopen(handle, "wb") as stream:
            torch.save(state, stream)
        os.replace(temporary, path)
    except (OSError, RuntimeError) as error:  # torch reports a full disk as RuntimeError
        note(f"checkpoint {path} cannot be written ({str(error).splitlines()[0]}); going on")
        if temporary is not None:
            with suppress(OSError):
                os.unlink(temporary)
