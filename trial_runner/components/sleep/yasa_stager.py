"""YASA's own stager (Vallat & Walker 2021, doi:10.7554/eLife.70092): baseline and features."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trial_runner.cache import Arrays, cached, content_key
from trial_runner.components.sleep.night_features import Channels, chosen_channels
from trial_runner.components.sleep.sources import NightSource
from trial_runner.errors import DataError
from trial_runner.simulation import Night
from trial_runner.simulation.nights import EPOCH_SECONDS, STAGES

_LOWEST_SFREQ_HZ = 80.0
_STAGE_NAMES = {"WAKE": 0, "W": 0, "N1": 1, "N2": 2, "N3": 3, "REM": 4, "R": 4}


def yasa_night(source: NightSource, channels: Channels, cache: Path | None) -> Arrays:
    """Return YASA's `features` (epochs, n), `probability` (epochs, 5) and the `hypnogram`.

    Raises:
        DataError: The night's sampling frequency is too low for YASA.
    """
    from importlib.metadata import version

    key = content_key(source.key, channels, "yasa", version("yasa"))
    return cached(cache, "sleep-yasa", key, lambda: _stage(source.read(), source, channels))


def _stage(night: Night, source: NightSource, channels: Channels) -> Arrays:
    if night.sfreq_hz <= _LOWEST_SFREQ_HZ:
        raise DataError(
            f"{source.night} is sampled at {night.sfreq_hz:g} Hz; YASA needs more than "
            f"{_LOWEST_SFREQ_HZ:g} Hz"
        )
    staging = _staging(night, chosen_channels(night.channels, channels, source.night))
    epochs = len(night.hypnogram)
    table = staging.get_features()
    # Only the values of an epoch itself: its surroundings are added for all features alike.
    own = [name for name in table if not (name.endswith("_norm") or name.startswith("time_"))]
    with warnings.catch_warnings():
        # YASA ships its trees as an older scikit-learn wrote them; it says so at each reading.
        warnings.filterwarnings("ignore", message="Trying to unpickle estimator")
        proba = staging.predict().proba
    probability = np.zeros((len(proba), len(STAGES)))
    for name in proba:
        probability[:, _STAGE_NAMES[str(name)]] = proba[name]
    return {
        "features": table[own].to_numpy(np.float64)[:epochs],
        "probability": probability[:epochs],
        "hypnogram": night.hypnogram,
    }


def _staging(night: Night, chosen: dict[str, int]) -> Any:
    import mne
    import yasa

    kinds = list(chosen)
    signal: NDArray[np.float64] = night.signal[list(chosen.values())]
    samples = round(EPOCH_SECONDS * night.sfreq_hz) * len(night.hypnogram)
    info = mne.create_info(kinds, night.sfreq_hz, kinds)
    with mne.utils.use_log_level("error"):
        raw = mne.io.RawArray(signal[:, :samples], info, verbose="error")
        return yasa.SleepStaging(
            raw,
            eeg_name="eeg",
            eog_name="eog" if "eog" in kinds else None,
            emg_name="emg" if "emg" in kinds else None,
        )
