"""Polysomnographies of Sleep-EDF: an EDF file of signals and one of the scorer's annotations."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from trial_runner.data.recording import reader_message
from trial_runner.errors import DataError
from trial_runner.simulation import Night
from trial_runner.simulation.nights import EPOCH_SECONDS

# Rechtschaffen & Kales as Sleep-EDF writes it; S3 and S4 are N3.
_STAGES = {
    "Sleep stage W": 0,
    "Sleep stage 1": 1,
    "Sleep stage 2": 2,
    "Sleep stage 3": 3,
    "Sleep stage 4": 3,
    "Sleep stage R": 4,
}
_WAKE_KEPT_EPOCHS = 60


def read_sleep_edf(signals: Path, annotations: Path, subject: str) -> Night:
    """Read a night; wake is kept for 30 minutes before and after sleep.

    Raises:
        DataError: A file is damaged, or the annotations are of another recording.
    """
    import mne

    raw = _read(lambda: mne.io.read_raw_edf(signals, preload=False, verbose="error"), signals)
    marks = _read(lambda: mne.read_annotations(annotations), annotations)
    sfreq_hz = float(raw.info["sfreq"])
    epochs = int(raw.n_times // (EPOCH_SECONDS * sfreq_hz))
    stages = np.full(epochs, -1, np.int64)
    for onset, duration, text in zip(marks.onset, marks.duration, marks.description, strict=True):
        first = round(float(onset) / EPOCH_SECONDS)
        last = round((float(onset) + float(duration)) / EPOCH_SECONDS)
        stages[first:last] = _STAGES.get(str(text), -1)
    asleep = np.flatnonzero(stages > 0)
    if not len(asleep):
        raise DataError(
            f"{annotations} marks no sleep within the {epochs} epochs of {signals.name}"
        )
    first = max(0, int(asleep[0]) - _WAKE_KEPT_EPOCHS)
    last = min(epochs, int(asleep[-1]) + 1 + _WAKE_KEPT_EPOCHS)
    per_epoch = round(EPOCH_SECONDS * sfreq_hz)
    signal = _read(lambda: raw.get_data(start=first * per_epoch, stop=last * per_epoch), signals)
    return Night(
        subject, np.asarray(signal, np.float64), tuple(raw.ch_names), sfreq_hz, stages[first:last]
    )


def _read(action: Any, path: Path) -> Any:
    try:
        return action()
    except Exception as error:  # readers of damaged files fail in all ways
        raise DataError(f"{path} cannot be read ({reader_message(error)})") from None
