"""Nights and tables stored as .npz files."""

from __future__ import annotations

from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from trial_runner.errors import DataError
from trial_runner.simulation import Night
from trial_runner.simulation.nights import EPOCH_SECONDS, STAGES


def read_night(path: Path, subject: str) -> Night:
    """Read a .npz file of one night.

    Arrays: `signal` (channels, samples) in volts, `channels` names, `sfreq_hz`, and `hypnogram`,
    one stage index every 30 s, -1 where not scored.

    Raises:
        DataError: The file is damaged, or its arrays do not fit together.
    """
    arrays = read_arrays(path, ("signal", "channels", "sfreq_hz", "hypnogram"))
    signal = arrays["signal"].astype(np.float64)
    sfreq_hz = float(arrays["sfreq_hz"])
    if signal.ndim != 2 or len(signal) != len(arrays["channels"]):
        raise DataError(f"{path}: signal has shape {signal.shape}; expected (channels, samples)")
    epochs = int(signal.shape[1] // (EPOCH_SECONDS * sfreq_hz))
    hypnogram = arrays["hypnogram"].astype(np.int64)
    if len(hypnogram) != epochs:
        raise DataError(
            f"{path}: the hypnogram has {len(hypnogram)} epochs, the signal {epochs} of 30 s"
        )
    if epochs and not -1 <= hypnogram.min() <= hypnogram.max() < len(STAGES):
        raise DataError(f"{path}: hypnogram holds {hypnogram.max()}; allowed is -1 to 4")
    return Night(subject, signal, tuple(map(str, arrays["channels"])), sfreq_hz, hypnogram)


def array_names(path: Path) -> list[str]:
    """Return the names of a .npz file's arrays.

    Raises:
        DataError: The file is damaged.
    """
    try:
        with np.load(path, allow_pickle=False) as stored:
            return list(stored.files)
    except (OSError, ValueError, EOFError, BadZipFile) as error:
        raise DataError(f"{path} cannot be read: {error}") from None


def read_arrays(path: Path, names: tuple[str, ...]) -> dict[str, NDArray[np.generic]]:
    """Return arrays of a .npz file.

    Raises:
        DataError: The file is damaged, or lacks one.
    """
    present = array_names(path)
    absent = [name for name in names if name not in present]
    if absent:
        raise DataError(f"{path} lacks the array {absent[0]}; it has {', '.join(present)}")
    with np.load(path, allow_pickle=False) as stored:
        return {name: stored[name] for name in names}
