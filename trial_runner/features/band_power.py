"""Logarithm of the power in the classical bands: the naive features.

Power spectral density by Welch's method (Hann windows of two seconds, half overlapping).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from trial_runner.data.windows import Windows
from trial_runner.errors import DataError

BANDS_HZ = {
    "delta": (1.0, 4.0),
    "theta": (4.0, 8.0),
    "alpha": (8.0, 13.0),
    "beta": (13.0, 30.0),
    "gamma": (30.0, 45.0),
}
_SEGMENT_SECONDS = 2.0
_FLOOR_SQUARE_VOLTS = 1e-20  # (0.1 nV)²: a dead channel stays finite


def log_band_power(windows: Windows) -> NDArray[np.float32]:
    """Return log10 of the power in square volts, (n, channels × bands), band by band a channel.

    Bands that reach above half the sampling frequency are left out.

    Raises:
        DataError: The windows are too short for the lowest band.
    """
    from scipy.signal import welch

    samples = windows.signal.shape[2]
    segment = min(samples, round(_SEGMENT_SECONDS * windows.sfreq_hz))
    frequency_hz, density = welch(windows.signal, windows.sfreq_hz, nperseg=segment, axis=2)
    resolution_hz = windows.sfreq_hz / segment
    powers = []
    for name, (low_hz, high_hz) in BANDS_HZ.items():
        if high_hz > windows.sfreq_hz / 2:
            continue
        inside = (frequency_hz >= low_hz) & (frequency_hz < high_hz)
        if not inside.any():
            raise DataError(
                f"windows of {samples / windows.sfreq_hz:g} s are too short for the power of "
                f"{name} ({low_hz:g} to {high_hz:g} Hz); use longer ones"
            )
        powers.append(density[:, :, inside].sum(axis=2) * resolution_hz)
    if not powers:
        raise DataError(f"at {windows.sfreq_hz:g} Hz no band can be seen; use a higher frequency")
    power = np.stack(powers, axis=2)
    logarithm = np.log10(power + _FLOOR_SQUARE_VOLTS)
    return logarithm.reshape(len(power), -1).astype(np.float32)
