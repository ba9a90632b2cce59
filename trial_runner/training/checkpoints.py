"""Where trainings stand, kept so that a later one goes on from there.

    SERIES/00000012-DIGEST.pt        the state after step 12
    SERIES/00000009-best-DIGEST.pt   the best so far
    trials/TRIAL                     the name of the series that a trial writes

A series' name is the hash of everything but the resource: the next rung of Hyperband or ASHA, and
the same trial started again, find it by themselves. A child of population based training knows
its parent's name only, and finds the series by it. The digest in a file's name tells a truncated
or damaged one from a whole one: then the one before it is used. States hold tensors, numbers and
texts only.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import time
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import torch

from trial_runner.errors import UsageError
from trial_runner.reporting import note
from trial_runner.training.checkpoint_place import Place, PlaceError, open_place

State = dict[str, Any]
KEEP_LAST = 2
TRIALS = "trials"
_SECONDS_BETWEEN = 10.0
_TIMES_ITS_OWN = 20  # a large one takes a twentieth of a training's time at most
_DIGEST_LENGTH = 16
_FILE = re.compile(r"(\d{8})(-best)?-([0-9a-f]{16})\.pt")
_TRIAL_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


class Checkpoint(NamedTuple):
    """A state and the step (usually the epoch) after which it was taken."""

    step: int
    state: State


class _File(NamedTuple):
    name: str
    step: int
    is_best: bool
    digest: str


@dataclass(slots=True)
class CheckpointSeries:
    """The checkpoints of one training; the last few and the best are kept.

    Attributes:
        place: Where they are.
        name: The name of the series: component and hash of all arguments but the resource.
        trial: The trial that writes; empty where it has no name, then no child finds it.
        keep_last: How many of the newest are kept.
        seconds_between: How often `is_due` asks for one.
    """

    place: Place
    name: str
    trial: str = ""
    keep_last: int = KEEP_LAST
    seconds_between: float = _SECONDS_BETWEEN
    _saved_at: float = field(default_factory=time.monotonic)
    _took_seconds: float = 0.0
    _is_announced: bool = False

    def load(self, most: int | None = None) -> Checkpoint | None:
        """Return the newest checkpoint that is whole; None where there is none.

        Args:
            most: Later steps are passed over: a shorter training starts from what it would do.
        """
        try:
            files = [file for file in self._files() if most is None or file.step <= most]
            for file in reversed(files):
                state = self._read(file)
                if state is not None:
                    return Checkpoint(file.step, state)
        except PlaceError as error:
            note(f"checkpoints cannot be read ({error}); training starts anew")
            return None
        if files:
            note(f"no checkpoint of {self.name} can be read; training starts anew")
        return None

    @property
    def is_due(self) -> bool:
        """Whether so much time has passed since the last one that the next is worth its time."""
        waited = time.monotonic() - self._saved_at
        if self.seconds_between == 0:  # every epoch, whatever it takes
            return True
        return waited >= max(self.seconds_between, _TIMES_ITS_OWN * self._took_seconds)

    def save(self, step: int, state: State, *, is_best: bool = False) -> None:
        """Keep a state; a place that cannot be written costs a later trial time only."""
        stream = io.BytesIO()
        torch.save(state, stream)
        content = stream.getbuffer()  # no copy: a large network's optimizer takes gigabytes
        mark = "-best" if is_best else ""
        digest = hashlib.sha256(content).hexdigest()[:_DIGEST_LENGTH]
        begun = time.monotonic()
        try:
            self.place.write(f"{self.name}/{step:08d}{mark}-{digest}.pt", content)
            self._announce()
            self._prune()
        except PlaceError as error:
            note(f"checkpoint cannot be written ({error}); going on")
        self._saved_at = time.monotonic()
        self._took_seconds = self._saved_at - begun

    def _announce(self) -> None:
        """Let children find the series by the trial's name."""
        if self._is_announced or not self.trial:
            return
        self.place.write(f"{TRIALS}/{_checked_name(self.trial)}", self.name.encode())
        self._is_announced = True

    def _prune(self) -> None:
        files = self._files()
        best = [file for file in files if file.is_best][-1:]
        kept = {file.name for file in (*files[-self.keep_last :], *best)}
        for file in files:
            if file.name not in kept:
                self.place.delete(f"{self.name}/{file.name}")

    def _files(self) -> list[_File]:
        """Return the checkpoints by step."""
        matches = [_FILE.fullmatch(name) for name in self.place.names(self.name)]
        files = [
            _File(match[0], int(match[1]), match[2] is not None, match[3])
            for match in matches
            if match is not None
        ]
        return sorted(files, key=lambda file: (file.step, file.name))

    def _read(self, file: _File) -> State | None:
        path = f"{self.name}/{file.name}"
        content = self.place.read(path)
        if content is None:  # another trial has pruned it meanwhile
            return None
        if hashlib.sha256(content).hexdigest()[:_DIGEST_LENGTH] != file.digest:
            note(f"checkpoint {path} is truncated or damaged; the one before it is used")
            return None
        try:
            state: State = torch.load(io.BytesIO(content), weights_only=True)
        except Exception as error:  # what other versions of torch wrote fails in all ways
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            note(f"checkpoint {path} cannot be read ({reason}); the one before it is used")
            return None
        return state


def open_series(location: str, name: str, trial: str = "") -> CheckpointSeries:
    """Return a series below `$CHECKPOINTS`.

    Raises:
        UsageError: The location or `$EEGTUNE_CHECKPOINT_SECONDS` is wrong.
    """
    text = os.environ.get("EEGTUNE_CHECKPOINT_SECONDS") or str(_SECONDS_BETWEEN)
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not seconds >= 0:
        raise UsageError(
            f"EEGTUNE_CHECKPOINT_SECONDS is {text!r}; allowed are seconds from 0, "
            "where 0 keeps every epoch"
        )
    return CheckpointSeries(open_place(location), name, trial, seconds_between=seconds)


def load_of_trial(place: Place, trial: str) -> Checkpoint | None:
    """Return the newest checkpoint of the trial of a name; None, with a note, where none is."""
    try:
        found = place.read(f"{TRIALS}/{_checked_name(trial)}")
    except PlaceError as error:
        note(f"checkpoints cannot be read ({error}); training starts anew")
        return None
    if found is None:
        note(f"the parent {trial} has left no checkpoint; training starts anew")
        return None
    return CheckpointSeries(place, found.decode("utf-8", "replace")).load()


def _checked_name(trial: str) -> str:
    if not _TRIAL_NAME.fullmatch(trial):
        raise UsageError(f"{trial!r} is no trial's name; allowed are letters, digits, . _ and -")
    return trial
