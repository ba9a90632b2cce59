"""Excerpts of the DREAMS sleep spindle database: a column of microvolts, a column of stages."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from trial_runner.errors import DataError
from trial_runner.simulation import Night
from trial_runner.simulation.nights import EPOCH_SECONDS

_HYPNOGRAM_SECONDS = 5
_STAGES = {5: 0, 4: 4, 3: 1, 2: 2, 1: 3, 0: 3}


def read_dreams(path: Path, marks: Path) -> Night:
    """Read an excerpt of the DREAMS spindle database: microvolts, a hypnogram every 5 s.

    Raises:
        DataError: A file is damaged, or hypnogram and signal differ in length.
    """
    channel, microvolts = _column(path)
    _, codes = _column(marks)
    seconds = len(codes) * _HYPNOGRAM_SECONDS
    sfreq_hz = round(len(microvolts) / seconds)
    if sfreq_hz < 1 or sfreq_hz * seconds != len(microvolts):
        raise DataError(
            f"{marks} covers {seconds} s, {path.name} has {len(microvolts)} samples, which is no "
            "whole number of samples a second: they are not of the same recording"
        )
    per_epoch = EPOCH_SECONDS // _HYPNOGRAM_SECONDS
    epochs = len(codes) // per_epoch
    coded = codes[: epochs * per_epoch].astype(np.int64).reshape(epochs, per_epoch)
    stages = np.array([_majority(row) for row in coded], np.int64)
    signal = microvolts[None, : epochs * EPOCH_SECONDS * sfreq_hz] * 1e-6
    return Night(path.stem, signal, (channel,), float(sfreq_hz), stages)


def _majority(codes: NDArray[np.int64]) -> int:
    """Return the stage of most of an epoch's marks, the earliest of equals; -1 where unknown."""
    stages = [_STAGES.get(int(code), -1) for code in codes]
    return max(stages, key=stages.count)


def _column(path: Path) -> tuple[str, NDArray[np.float64]]:
    lines = path.read_text(encoding="ascii", errors="replace").split()
    try:
        return lines[0].strip("[]"), np.array(lines[1:], np.float64)
    except (IndexError, ValueError) as error:
        raise DataError(f"{path} cannot be read as a column of numbers: {error}") from None
