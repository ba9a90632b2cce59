"""Slow cortical potentials: means of low-passed channels over half a second each."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from trial_runner.data.windows import Windows
from trial_runner.errors import DataError

_LOW_PASS_HZ = 4.0
_SEGMENT_SECONDS = 0.5


def slow_potentials(windows: Windows) -> NDArray[np.float32]:
    """Return the segment means in volts, (n, channels × segments), segment by segment a channel.

    Channels pass a Butterworth filter of 4th order forward and backward (4 Hz) first.

    Raises:
        DataError: The windows are shorter than two segments.
    """
    means = _segment_means(windows)
    return means.reshape(len(means), -1).astype(np.float32)


def baseline_corrected_slow_potentials(windows: Windows) -> NDArray[np.float32]:
    """Return the segment means less the first one, (n, channels × (segments - 1))."""
    means = _segment_means(windows)
    corrected = means[:, :, 1:] - means[:, :, :1]
    return corrected.reshape(len(means), -1).astype(np.float32)


def _segment_means(windows: Windows) -> NDArray[np.float64]:
    from scipy.signal import butter, sosfiltfilt

    segment = round(_SEGMENT_SECONDS * windows.sfreq_hz)
    count = windows.signal.shape[2] // segment
    if count < 2:
        raise DataError(
            f"windows of {windows.signal.shape[2] / windows.sfreq_hz:g} s are too short for slow "
            f"potentials; use at least {2 * _SEGMENT_SECONDS:g} s"
        )
    sections = butter(4, _LOW_PASS_HZ, fs=windows.sfreq_hz, output="sos")
    slow = sosfiltfilt(sections, windows.signal.astype(np.float64), axis=2)
    segments = slow[:, :, : count * segment].reshape(*slow.shape[:2], count, segment)
    return np.asarray(segments.mean(axis=3))
