"""Labelled windows of EEG: the value that everything else computes from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trial_runner.errors import DataError


@dataclass(frozen=True, slots=True)
class Targets:
    """What is known of n windows beside their signal.

    Attributes:
        labels: (n,) index of the class.
        subjects: (n,) names.
        blocks: (n,) names of what may not be torn apart where there is one subject: a session, a
            stretch of a recording, or the trial itself.
        classes: Names of the classes; the last is the positive one of two.
    """

    labels: NDArray[np.int64]
    subjects: NDArray[np.str_]
    blocks: NDArray[np.str_]
    classes: tuple[str, ...]

    @property
    def subject_count(self) -> int:
        """Number of different subjects."""
        return len(np.unique(self.subjects))

    @property
    def unit(self) -> str:
        """What independent observations are: `subject`, or `trial` where one person was seen."""
        return "subject" if self.subject_count > 1 else "trial"

    @property
    def groups(self) -> NDArray[np.str_]:
        """(n,) names of what stays on one side of every split."""
        return self.subjects if self.subject_count > 1 else self.blocks


@dataclass(frozen=True, slots=True)
class Windows:
    """n labelled windows.

    Attributes:
        signal: (n, channels, samples) in volts, float32.
        targets: Labels and subjects.
        sfreq_hz: Sampling frequency.
        channels: Names of the channels.
    """

    signal: NDArray[np.float32]
    targets: Targets
    sfreq_hz: float
    channels: tuple[str, ...]


def check_windows(windows: Windows, name: str) -> Windows:
    """Return the windows if something can be learnt from them.

    Raises:
        DataError: There are none, a value is not finite, or a class has none.
    """
    if not len(windows.signal):
        raise DataError(f"{name} has no window: the recordings are shorter than window_seconds")
    bad = ~np.isfinite(windows.signal).all(axis=2)
    if bad.any():
        window, channel = (int(index) for index in np.argwhere(bad)[0])
        count = len(np.unique(np.argwhere(bad)[:, 0]))
        raise DataError(
            f"{name}: window {window} has a value that is not finite in channel "
            f"{windows.channels[channel]} ({count} windows in all have some); remove or "
            "interpolate such stretches first"
        )
    classes = windows.targets.classes
    present = [classes[index] for index in np.unique(windows.targets.labels)]
    if len(present) < len(classes):
        missing = next(name for name in classes if name not in present)
        raise DataError(
            f"{name} has nothing of class {missing}, only {', '.join(present)}; all classes of "
            "the entry are needed in the training data and in the test data (field classes)"
        )
    return windows
