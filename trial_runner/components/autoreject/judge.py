"""One configuration's judgement of one recording."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from trial_runner.components.autoreject.agreement import rejected
from trial_runner.components.autoreject.shared import Facts
from trial_runner.errors import DataError


class Limits(NamedTuple):
    """What holds for all configurations.

    Attributes:
        eog_microvolts: Amplitude above which an EOG channel rejects the epoch.
        channel_share: Largest share of channels that may be bad throughout.
        min_channels: Fewest channels that must not be bad throughout.
    """

    eog_microvolts: float = 250.0
    channel_share: float = 0.4
    min_channels: int = 15


class Judgement(NamedTuple):
    """What a configuration says about a recording.

    Attributes:
        bad_channels: (epochs, EEG channels) above their threshold.
        bad_epochs: (epochs,) rejected.
    """

    bad_channels: NDArray[np.bool_]
    bad_epochs: NDArray[np.bool_]


def judge(
    facts: Facts,
    thresholds_microvolts: NDArray[np.float64] | float,
    consensus: float,
    limits: Limits,
    name: str,
) -> Judgement:
    """Judge a recording's epochs and channels.

    A recording whose channels are bad nearly everywhere cannot be repaired: all its epochs are
    rejected.

    Args:
        facts: Of the recording.
        thresholds_microvolts: One for all, or one a channel.
        consensus: Share of bad channels from which an epoch is rejected.
        limits: What holds for all configurations.
        name: Of the recording, for messages.

    Raises:
        DataError: It has fewer channels than are asked for, whatever their quality.
    """
    channels = facts.microvolts.shape[1]
    if channels < limits.min_channels:
        raise DataError(
            f"{name} has {channels} EEG channels, fewer than --min_channels={limits.min_channels}"
        )
    bad_channels = facts.microvolts > thresholds_microvolts
    bad_epochs = rejected(bad_channels, consensus)
    bad_epochs |= facts.eog_microvolts > limits.eog_microvolts
    throughout = int((bad_channels.mean(axis=0) > 0.5).sum())
    good = channels - throughout
    if throughout > limits.channel_share * channels or good < limits.min_channels:
        bad_epochs = np.ones_like(bad_epochs)
    return Judgement(bad_channels, bad_epochs)
