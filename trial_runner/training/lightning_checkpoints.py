"""Lightning's checkpoints: one file of one's own, or a series that rungs and children find."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic
from typing import Any, NamedTuple

import torch

from trial_runner.errors import TrialError
from trial_runner.reporting import note
from trial_runner.training.lightning_callbacks import Direction, Progress
from trial_runner.training.lineage import Lineage

_KEPT, _LINES, _ORIGIN = "eegtune.kept", "eegtune.metric_lines", "eegtune.origin"
_SECONDS_BETWEEN = 60.0
State = dict[str, Any]


class Start(NamedTuple):
    """From where a training goes on.

    Attributes:
        state: What the trainer is put into; None for a new training.
        past: What the training of the state had reported.
    """

    state: State | None = None
    past: Progress | None = None


class FileCheckpoints:
    """One file, complete or not at all."""

    def __init__(self, path: Path) -> None:
        """Keep checkpoints in a file."""
        self._path, self._saved_at = path, monotonic()

    @property
    def is_due(self) -> bool:
        """Whether the next one is worth its time."""
        return monotonic() - self._saved_at >= _SECONDS_BETWEEN

    def save(self, state: State, progress: Progress) -> None:
        """Write a state; a full disk costs the next rung time only."""
        temporary, path = None, self._path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".part")
            os.close(handle)
            torch.save(state, temporary)
            os.replace(temporary, path)
        except (OSError, RuntimeError) as error:  # torch reports a full disk as RuntimeError
            note(f"checkpoint {path} cannot be written ({str(error).splitlines()[0]}); going on")
            if temporary is not None:
                with suppress(OSError):
                    os.unlink(temporary)
        self._saved_at = monotonic()

    def start(self, module: Any, max_epochs: int, objective: str, direction: Direction) -> Start:
        """Return where the training of the file stands, if it goes on from there."""
        if not self._path.is_file():
            return Start()
        try:
            state = read_lightning(self._path)
        except TrialError as error:
            note(f"{error}; training starts anew")
            return Start()
        past = progress_of(state, objective, direction)
        if past is not None and len(past.epochs) > max_epochs:
            return Start()  # of a longer run: its weights have seen too much
        return Start(state, past)


class SeriesCheckpoints:
    """A series in the store of checkpoints, and the parent's that it may continue."""

    def __init__(self, lineage: Lineage) -> None:
        """Keep checkpoints in a series."""
        self._lineage = lineage

    @property
    def is_due(self) -> bool:
        """Whether the next one is worth its time."""
        return self._lineage.series.is_due

    def save(self, state: State, progress: Progress) -> None:
        """Add a state to the series."""
        epoch = len(progress.epochs)
        self._lineage.series.save(
            epoch, state | {_ORIGIN: self._lineage.origin}, is_best=progress.best_epoch == epoch
        )

    def start(self, module: Any, max_epochs: int, objective: str, direction: Direction) -> Start:
        """Return where this training stood; else where its parent ended."""
        parent = self._lineage.parent
        if parent is not None and not self._fits(module, parent.state):
            note("the parent has other data, folds, layers or code; training starts anew")
            parent = None
        first = parent.step if parent else 0
        own = self._lineage.series.load(last_epoch(max_epochs, first))
        if own is not None and self._fits(module, own.state):
            past = progress_of(own.state, objective, direction)
            if past is not None and past.start == first:
                return Start(own.state, past)
        if parent is None:
            return Start()
        past = progress_of(parent.state, objective, direction)
        assert past is not None  # of those that fit
        past.start = first
        lines = {"epochs": past.epochs, "start": first}
        callbacks = parent.state["callbacks"] | {_LINES: lines}
        return Start(parent.state | {"callbacks": callbacks}, past)

    def _fits(self, module: Any, state: State) -> bool:
        if state.get(_ORIGIN) != self._lineage.origin or _LINES not in state.get("callbacks", {}):
            return False
        own, found = module.state_dict(), state["state_dict"]
        return own.keys() == found.keys() and all(
            own[name].shape == found[name].shape for name in own
        )


def last_epoch(max_epochs: int, start: int) -> int:
    """Return the last epoch: `max_epochs`, or so many more where the parent is as far."""
    return max_epochs if max_epochs > start else start + max_epochs


def state_of(trainer: Any, kept: Mapping[str, str] | None) -> State:
    """Return where a trainer stands, with texts to keep beside it."""
    state: State = trainer._checkpoint_connector.dump_checkpoint(False)
    # Before an epoch Lightning has announced it already: the state is to be that of the last
    # one's end, or it would go on within an epoch whose batches it believes to be done.
    progress = state["loops"]["fit_loop"]["epoch_progress"]
    for part in ("total", "current"):
        progress[part]["ready"] = progress[part]["started"]
    return state | {_KEPT: dict(kept or {})}


@contextmanager
def as_file(state: State | None) -> Iterator[str | None]:
    """Write a state where Lightning reads it, for as long as it does."""
    if state is None:
        yield None
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "state.ckpt"
        torch.save(state, path)
        yield str(path)


def read_lightning(path: Path) -> State:
    """Return what a checkpoint file holds.

    Raises:
        TrialError: It is damaged, or no checkpoint.
    """
    try:
        state: State = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # the unpickler of damaged files fails in all ways
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise TrialError(f"checkpoint {path} cannot be read: {reason[:200]}") from None
    if not isinstance(state, dict) or "state_dict" not in state:
        raise TrialError(f"{path} is no checkpoint of a training")
    return state


def progress_of(state: State, objective: str, direction: Direction) -> Progress | None:
    """Return what the training of a state had reported."""
    lines = state.get("callbacks", {}).get(_LINES)
    if not lines:
        return None
    return Progress(objective, direction, list(lines["epochs"]), int(lines.get("start", 0)))


def read_kept(path: Path) -> dict[str, str]:
    """Return the texts that a checkpoint keeps beside the training."""
    return dict(read_lightning(path).get(_KEPT, {}))
