"""Is this EEG, and is it in volts? Checks that come before anything is computed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from trial_runner.errors import DataError

# A scalp signal varies by 1 to 500 µV around its mean; six decades off is a mistaken unit.
_LOWEST_VOLTS, _HIGHEST_VOLTS = 1e-8, 1e-2


def check_signal(signal: NDArray[np.floating], channels: Sequence[str], name: str) -> None:
    """Refuse a signal that cannot be EEG in volts.

    Args:
        signal: (..., channels, samples).
        channels: Names of the channels.
        name: Of the recording, for the message.

    Raises:
        DataError: It is empty, not finite, flat in a channel, or in another unit.
    """
    if signal.size == 0:
        raise DataError(f"{name} has no samples: it is shorter than an epoch")
    by_channel = np.moveaxis(signal, -2, 0).reshape(signal.shape[-2], -1)
    finite = np.isfinite(by_channel).all(axis=1)
    if not finite.all():
        raise DataError(
            f"{name}: channel {channels[int(np.argmin(finite))]} has values that are not finite; "
            "cut these stretches out or interpolate them first"
        )
    deviation = by_channel.std(axis=1, dtype=np.float64)
    if (deviation == 0).any():
        flat = [one for one, volts in zip(channels, deviation, strict=True) if volts == 0]
        raise DataError(f"{name}: flat throughout: {', '.join(flat)}; leave such channels out")
    typical = float(np.median(deviation))
    if not _LOWEST_VOLTS <= typical <= _HIGHEST_VOLTS:
        meant = "microvolts" if typical > _HIGHEST_VOLTS else "converted to volts twice"
        raise DataError(
            f"{name}: channels vary by {typical:.3g} V, which no EEG does; are the numbers "
            f"{meant}? Say so with unit"
        )
