"""Windows of any data set in the encoder's unit and rate, with the development rows first."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from trial_runner.cache import content_key
from trial_runner.data.catalogue import find_data
from trial_runner.data.files import Part
from trial_runner.data.load import open_part
from trial_runner.data.parts import subjects_of
from trial_runner.data.simulated import is_simulated, parse_plan
from trial_runner.data.windows import Targets, Windows
from trial_runner.errors import DataError, UsageError
from trial_runner.simulation.evoked import EvokedPlan, simulate_evoked

PRETRAINED_HZ = 256.0


class InParts(NamedTuple):
    """Windows (rows, channels, samples) with the development part's first.

    Attributes:
        signal: In the encoder's unit.
        targets: Labels and subjects.
        channels: Names.
        development: How many rows are the development part's.
        key: What the windows depend on.
    """

    signal: NDArray[np.float32]
    targets: Targets
    channels: tuple[str, ...]
    development: int
    key: str


def read_windows(
    data: str,
    data_root: str,
    with_test: bool,
    unit_microvolts: float,
    sfreq_hz: float | None,
    cache: Path | None,
) -> InParts:
    """Read a data set of the catalogue, or simulate one.

    Args:
        data: Name, entry or folder; or `simulation[:name=value,...]`.
        data_root: Folder of the recordings, where not the one that the entry names.
        with_test: Whether the test rows are wanted.
        unit_microvolts: Microvolts that count as 1.
        sfreq_hz: Rate that the windows are resampled to; None leaves them.
        cache: Folder of the cache.

    Raises:
        DataError: The data cannot be used.
    """
    parts: tuple[Part, ...] = ("development", "test") if with_test else ("development",)
    if is_simulated(data):
        plan = parse_plan(data, EvokedPlan)
        everything = simulate_evoked(plan)
        opened = [_of_part(everything, part) for part in parts]
        keys = [repr(plan)]
    else:
        found = [open_part(find_data(data, data_root), part, cache) for part in parts]
        opened, keys = [one.windows() for one in found], [one.key for one in found]
    joined = _joined(opened)
    if sfreq_hz is not None and joined.sfreq_hz != sfreq_hz:
        joined = _resampled(joined, sfreq_hz)
    signal = (joined.signal * np.float32(1e6 / unit_microvolts)).astype(np.float32)
    key = content_key(keys, unit_microvolts, sfreq_hz)
    return InParts(signal, joined.targets, joined.channels, len(opened[0].signal), key)


def positive_number(name: str, text: str) -> float:
    """Return an option's number.

    Raises:
        UsageError: It is none above 0.
    """
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 < number < float("inf"):
        raise UsageError(f"--{name} is {text!r}; allowed is a number above 0")
    return number


def _of_part(windows: Windows, part: Part) -> Windows:
    targets = windows.targets
    rows = np.isin(targets.subjects, subjects_of(part, targets.subjects.tolist()))
    chosen = Targets(
        targets.labels[rows], targets.subjects[rows], targets.blocks[rows], targets.classes
    )
    return Windows(windows.signal[rows], chosen, windows.sfreq_hz, windows.channels)


def _joined(parts: list[Windows]) -> Windows:
    if len({one.signal.shape[1:] for one in parts}) > 1:
        raise DataError("the test windows have other channels or samples than the others")
    targets = Targets(
        np.concatenate([one.targets.labels for one in parts]),
        np.concatenate([one.targets.subjects for one in parts]),
        np.concatenate([one.targets.blocks for one in parts]),
        parts[0].targets.classes,
    )
    signal = np.concatenate([one.signal for one in parts])
    return Windows(signal, targets, parts[0].sfreq_hz, parts[0].channels)


def _resampled(windows: Windows, sfreq_hz: float) -> Windows:
    from fractions import Fraction

    from scipy.signal import resample_poly

    ratio = Fraction(sfreq_hz / windows.sfreq_hz).limit_denominator(1000)
    signal = resample_poly(windows.signal, ratio.numerator, ratio.denominator, axis=2)
    return Windows(signal.astype(np.float32), windows.targets, sfreq_hz, windows.channels)
