"""Features of a raw night: band powers for any edges, and what no parameter changes.

What does not depend on the tuned parameters (cumulative spectra, Hjorth parameters, zero
crossings and the like) is computed once a night and cached by content.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from trial_runner.cache import Arrays, cached, code_version, content_key
from trial_runner.components.sleep import spectra as spectra_module
from trial_runner.components.sleep.sources import NightSource
from trial_runner.components.sleep.spectra import (
    CumulativeSpectra,
    band_powers,
    cumulative_spectra,
)
from trial_runner.data.montage import is_eog
from trial_runner.data.plausibility import check_signal
from trial_runner.errors import DataError, did_you_mean
from trial_runner.simulation import Night
from trial_runner.simulation.nights import EPOCH_SECONDS

_FLOOR_SQUARE_VOLTS = 1e-20


class NightBase(NamedTuple):
    """What all configurations need of a night.

    Attributes:
        spectra: Cumulative, of the chosen channels.
        fixed: (epochs, features) in the time domain.
        hypnogram: (epochs,) stages, -1 where not scored.
    """

    spectra: CumulativeSpectra
    fixed: NDArray[np.float64]
    hypnogram: NDArray[np.int64]


class Channels(NamedTuple):
    """Names of the channels to use; empty: the first of its kind, `none`: none."""

    eeg: str = ""
    eog: str = ""
    emg: str = ""


def night_base(source: NightSource, channels: Channels, cache: Path | None) -> NightBase:
    """Return the shared work of a night, from the cache where it is there.

    Raises:
        DataError: The night lacks a channel, or cannot be EEG in volts.
    """
    import trial_runner.components.sleep.night_features as own_module

    key = content_key(source.key, channels, code_version(spectra_module, own_module))
    arrays = cached(cache, "sleep-spectra", key, lambda: _base(source.read(), source, channels))
    return NightBase(
        CumulativeSpectra(arrays["power"].astype(np.float64), float(arrays["step_hz"])),
        arrays["fixed"].astype(np.float64),
        arrays["hypnogram"].astype(np.int64),
    )


def night_features(base: NightBase, edges_hz: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return (epochs, features): log powers, shares, ratios of neighbours, and the fixed ones."""
    power = band_powers(base.spectra, edges_hz) + _FLOOR_SQUARE_VOLTS
    share = power / power.sum(axis=0)
    logarithm = np.log10(power)
    ratios = logarithm[:-1] - logarithm[1:]
    blocks = np.concatenate([logarithm, share, ratios]).reshape(-1, power.shape[-1])
    return np.hstack([blocks.T, base.fixed])


def chosen_channels(present: tuple[str, ...], wanted: Channels, night: str) -> dict[str, int]:
    """Return the indices of the `eeg`, `eog` and `emg` channel to use, where there is one.

    Raises:
        DataError: A named channel is not there, or no EEG channel can be told.
    """
    chosen: dict[str, int] = {}
    for kind in ("eeg", "eog", "emg"):
        name = getattr(wanted, kind)
        if name == "none":
            continue
        if name and name not in present:
            raise DataError(
                f"{night} has no channel {name!r}{did_you_mean(name, present)}; it has "
                f"{', '.join(present)} (--{kind}_channel)"
            )
        index = present.index(name) if name else _first(present, kind)
        if index is not None:
            chosen[kind] = index
        elif kind == "eeg":
            raise DataError(f"{night}: none of {', '.join(present)} is EEG; name --eeg_channel")
    return chosen


def _first(present: tuple[str, ...], kind: str) -> int | None:
    for index, name in enumerate(present):
        is_kind = {
            "eog": is_eog(name),
            "emg": "emg" in name.lower() or "chin" in name.lower(),
        }
        if (kind != "eeg" and is_kind[kind]) or (kind == "eeg" and not any(is_kind.values())):
            return index
    return None


def _base(night: Night, source: NightSource, channels: Channels) -> Arrays:
    check_signal(night.signal, night.channels, source.night)
    rows = list(chosen_channels(night.channels, channels, source.night).values())
    samples = round(EPOCH_SECONDS * night.sfreq_hz)
    epochs = len(night.hypnogram)
    if epochs * samples > night.signal.shape[1] or epochs == 0:
        raise DataError(
            f"{source.night}: the hypnogram has {epochs} epochs of 30 s, the signal lasts "
            f"{night.signal.shape[1] / night.sfreq_hz:g} s"
        )
    cut = night.signal[rows, : epochs * samples].reshape(len(rows), epochs, samples)
    spectra = cumulative_spectra(cut, night.sfreq_hz)
    return {
        "power": spectra.power,
        "step_hz": np.array(spectra.step_hz),
        "fixed": time_domain(cut),
        "hypnogram": night.hypnogram,
    }


def time_domain(epochs: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return (epochs, channels × 6) from (channels, epochs, samples) in volts.

    Log standard deviation, Hjorth's mobility and complexity, zero crossings, skewness, kurtosis.
    """
    centred = epochs - epochs.mean(axis=-1, keepdims=True)
    slope = np.diff(centred, axis=-1)
    deviation = centred.std(axis=-1) + 1e-12
    mobility = slope.std(axis=-1) / deviation
    complexity = (
        np.diff(slope, axis=-1).std(axis=-1) / (slope.std(axis=-1) + 1e-12) / (mobility + 1e-12)
    )
    crossings = (centred[..., 1:] * centred[..., :-1] < 0).mean(axis=-1)
    standard = centred / deviation[..., None]
    features = [
        np.log10(deviation),
        mobility,
        complexity,
        crossings,
        (standard**3).mean(axis=-1),
        np.log10((standard**4).mean(axis=-1) + 1e-12),
    ]
    return np.concatenate(features).T
