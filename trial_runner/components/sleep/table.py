"""From nights to the table that trees learn from: one row a scored epoch."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from trial_runner.cache import content_key
from trial_runner.components.sleep.context import Windows, signed_log, with_context
from trial_runner.components.sleep.night_features import (
    Channels,
    NightBase,
    night_base,
    night_features,
)
from trial_runner.components.sleep.sources import FeatureNights, NightSource
from trial_runner.components.sleep.spectra import usable_edges
from trial_runner.components.sleep.yasa_stager import yasa_night
from trial_runner.data.windows import Targets
from trial_runner.errors import DataError
from trial_runner.simulation.nights import STAGES


class FeatureSettings(NamedTuple):
    """How features are made.

    Attributes:
        edges_hz: Lower edge of each band by name, and `end`.
        kind: `bands` or `yasa`.
        windows: Which surroundings are added.
        is_normalised: Whether values relative to the night are added.
        channels: Which are used.
    """

    edges_hz: dict[str, float]
    kind: str
    windows: Windows
    is_normalised: bool
    channels: Channels


class StageTable(NamedTuple):
    """All scored epochs.

    Attributes:
        features: (epochs, features).
        targets: Stages and subjects; blocks are the nights.
        key: What the table is, for the cache.
    """

    features: NDArray[np.float32]
    targets: Targets
    key: str


def stage_table(
    nights: Sequence[NightSource] | FeatureNights, settings: FeatureSettings, cache: Path | None
) -> StageTable:
    """Return the table of all nights.

    Raises:
        DataError: Nights differ in channels, or nothing is scored, or all is one stage.
    """
    if isinstance(nights, FeatureNights):
        key = content_key(nights.key, settings.windows, settings.is_normalised)
        return StageTable(_of_table(nights, settings), _targets(nights), key)
    labels, features = _of_nights(nights, settings, cache)
    scored = [one >= 0 for one in labels]
    counts = [int(one.sum()) for one in scored]
    table = FeatureNights(
        np.empty((0, 0)),
        np.concatenate([one[kept] for one, kept in zip(labels, scored, strict=True)]),
        np.repeat([night.subject for night in nights], counts),
        np.repeat([night.night for night in nights], counts),
        "",
    )
    key = content_key([night.key for night in nights], settings)
    rows = [one[kept] for one, kept in zip(features, scored, strict=True)]
    return StageTable(np.concatenate(rows), _targets(table), key)


def _of_table(nights: FeatureNights, settings: FeatureSettings) -> NDArray[np.float32]:
    features = signed_log(nights.features)
    _, index = np.unique(nights.nights, return_inverse=True)
    parts = [np.flatnonzero(index == night) for night in range(index.max() + 1)]
    blocks = [
        with_context(features[rows], settings.windows, settings.is_normalised) for rows in parts
    ]
    table = np.empty((len(features), blocks[0].shape[1]), np.float32)
    for rows, block in zip(parts, blocks, strict=True):
        table[rows] = block
    return table


def _of_nights(
    nights: Sequence[NightSource], settings: FeatureSettings, cache: Path | None
) -> tuple[list[NDArray[np.int64]], list[NDArray[np.float32]]]:
    if settings.kind == "yasa":
        found = [yasa_night(night, settings.channels, cache) for night in nights]
        labels = [one["hypnogram"].astype(np.int64) for one in found]
        raw = [signed_log(one["features"].astype(np.float64)) for one in found]
    else:
        bases = [night_base(night, settings.channels, cache) for night in nights]
        labels = [base.hypnogram for base in bases]
        raw = _band_features(bases, settings)
    widths = {one.shape[1] for one in raw}
    if len(widths) > 1:
        raise DataError(
            "nights differ in the channels that were found; name --eeg_channel, --eog_channel and "
            "--emg_channel (none for one that only some have)"
        )
    return labels, [with_context(one, settings.windows, settings.is_normalised) for one in raw]


def _band_features(
    bases: Sequence[NightBase], settings: FeatureSettings
) -> list[NDArray[np.float64]]:
    highest_hz = min(base.spectra.highest_hz for base in bases)
    _, edges_hz = usable_edges(settings.edges_hz, highest_hz)
    return [night_features(base, edges_hz) for base in bases]


def _targets(nights: FeatureNights) -> Targets:
    if not len(nights.labels):
        raise DataError("no epoch of these nights is scored")
    if len(np.unique(nights.labels)) < 2:
        raise DataError(
            f"all {len(nights.labels)} scored epochs are {STAGES[nights.labels[0]]}; two stages "
            "are needed"
        )
    return Targets(nights.labels, nights.subjects, nights.nights, STAGES)
