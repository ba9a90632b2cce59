"""Nights of sleep from a simulation, DREAMS, Sleep-EDF, .npz files, or a table of features."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from trial_runner.cache import content_key, file_digest
from trial_runner.components.sleep.dreams import read_dreams
from trial_runner.components.sleep.polysomnography import read_sleep_edf
from trial_runner.components.sleep.stored import array_names, read_arrays, read_night
from trial_runner.data.files import Part
from trial_runner.data.parts import subjects_of
from trial_runner.data.simulated import is_simulated, parse_plan
from trial_runner.data.told import tell_digest
from trial_runner.errors import DataError, DataNotFoundError
from trial_runner.simulation import Night, NightPlan
from trial_runner.simulation.nights import STAGES, simulate_night

_SLEEP_EDF = re.compile(r"(?P<subject>[A-Z]{2}4\d{2})(?P<night>\d)[A-Z]\d?-PSG\.edf")


class NightSource(NamedTuple):
    """One night; its signal is read only when asked for.

    Attributes:
        subject: Name.
        night: Name, different for each night of all subjects.
        key: What it is, for the cache.
        read: Returns it.
    """

    subject: str
    night: str
    key: str
    read: Callable[[], Night]


class FeatureNights(NamedTuple):
    """A table of features, epochs of a night in time order.

    Attributes:
        features: (epochs, features).
        labels: (epochs,) index of the stage.
        subjects: (epochs,) names.
        nights: (epochs,) names, different for each night of all subjects.
        key: What the table is, for the cache.
    """

    features: NDArray[np.float64]
    labels: NDArray[np.int64]
    subjects: NDArray[np.str_]
    nights: NDArray[np.str_]
    key: str


def find_nights(data: str, part: Part, cache: Path | None) -> list[NightSource] | FeatureNights:
    """Return one part's nights.

    Args:
        data: `simulation[:…]`, a table of features (.npz with X, y, subject, night) or its
            folder, or a folder of nights: DREAMS excerpts, Sleep-EDF pairs, or .npz files.
        part: Which subjects.
        cache: Folder of the cache; None for none.

    Raises:
        DataNotFoundError: There is nothing of this name.
        DataError: The files cannot be used.
    """
    if is_simulated(data):
        return _simulated(parse_plan(data, NightPlan), part)
    path = Path(data).expanduser()
    if path.is_file():
        return _feature_table(path, part, cache)
    if not path.is_dir():
        raise DataNotFoundError(
            f"--data is {data!r}: no such file or folder, and no simulation[:name=value,...]"
        )
    nights = _in_folder(path, cache)
    if isinstance(nights, Path):
        return _feature_table(nights, part, cache)
    kept = set(subjects_of(part, (night.subject for night in nights)))
    wanted = [night for night in nights if night.subject in kept]
    tell_digest([night.key for night in wanted])
    return wanted


def joined(
    first: Sequence[NightSource] | FeatureNights, second: Sequence[NightSource] | FeatureNights
) -> Sequence[NightSource] | FeatureNights:
    """Return both parts' nights, the first's before the second's.

    Raises:
        DataError: One is a table of features, the other is not.
    """
    if isinstance(first, FeatureNights) and isinstance(second, FeatureNights):
        return FeatureNights(
            np.concatenate([first.features, second.features]),
            np.concatenate([first.labels, second.labels]),
            np.concatenate([first.subjects, second.subjects]),
            np.concatenate([first.nights, second.nights]),
            content_key(first.key, second.key),
        )
    if isinstance(first, FeatureNights) or isinstance(second, FeatureNights):
        raise DataError("a table of features and raw nights cannot be joined")
    return [*first, *second]


def subjects(nights: Sequence[NightSource] | FeatureNights) -> list[str]:
    """Return the names of all subjects."""
    if isinstance(nights, FeatureNights):
        return sorted(set(nights.subjects.tolist()))
    return sorted({night.subject for night in nights})


def _in_folder(folder: Path, cache: Path | None) -> list[NightSource] | Path:
    dreams = sorted(folder.glob("excerpt*.txt"))
    if dreams:
        return [_dreams(path, cache) for path in dreams]
    pairs = [(path, match) for path in sorted(folder.rglob("*-PSG.edf"))
             if (match := _SLEEP_EDF.fullmatch(path.name))]  # fmt: skip
    if pairs:
        return [_sleep_edf(path, match, cache) for path, match in pairs]
    arrays = sorted(folder.glob("*.npz"))
    if len(arrays) == 1 and "X" in array_names(arrays[0]):
        return arrays[0]
    if arrays:
        return [_stored_night(path, cache) for path in arrays]
    raise DataNotFoundError(
        f"--data: {folder} holds no nights: neither excerptN.txt (DREAMS) nor *-PSG.edf "
        "(Sleep-EDF) nor .npz files"
    )


def _simulated(plan: NightPlan, part: Part) -> list[NightSource]:
    names = {f"S{index + 1:03d}": index for index in range(plan.subjects)}

    def of(name: str) -> NightSource:
        fields = dataclasses.asdict(dataclasses.replace(plan, subjects=1))
        key = content_key("simulation", fields, names[name])
        return NightSource(name, name, key, lambda: simulate_night(plan, names[name]))

    return [of(name) for name in subjects_of(part, names)]


def _dreams(path: Path, cache: Path | None) -> NightSource:
    marks = path.with_name(f"Hypnogram_{path.name}")
    if not marks.is_file():
        raise DataNotFoundError(f"{path} has no hypnogram beside it; expected {marks.name}")
    key = content_key(file_digest(path, cache), file_digest(marks, cache))
    return NightSource(path.stem, path.stem, key, lambda: read_dreams(path, marks))


def _sleep_edf(path: Path, match: re.Match[str], cache: Path | None) -> NightSource:
    found = sorted(path.parent.glob(f"{match['subject']}{match['night']}*-Hypnogram.edf"))
    if not found:
        raise DataNotFoundError(f"{path} has no *-Hypnogram.edf beside it")
    key = content_key(file_digest(path, cache), file_digest(found[0], cache))
    night = f"{match['subject']}{match['night']}"
    return NightSource(
        match["subject"], night, key, lambda: read_sleep_edf(path, found[0], match["subject"])
    )


def _stored_night(path: Path, cache: Path | None) -> NightSource:
    subject = path.stem.split("_")[0]
    return NightSource(
        subject, path.stem, file_digest(path, cache), lambda: read_night(path, subject)
    )


def _feature_table(path: Path, part: Part, cache: Path | None) -> FeatureNights:
    arrays = read_arrays(path, ("X", "y", "subject", "night"))
    rows = len(arrays["X"])
    for name in ("y", "subject", "night"):
        if arrays[name].shape != (rows,):
            raise DataError(f"{path}: {name} has shape {arrays[name].shape}; expected ({rows},)")
    subjects = np.array([f"S{value}" for value in arrays["subject"]])
    nights = np.array([f"{s}N{n}" for s, n in zip(subjects, arrays["night"], strict=True)])
    kept = np.isin(subjects, subjects_of(part, subjects.tolist()))
    features = arrays["X"][kept].astype(np.float64)
    if not np.isfinite(features).all():
        row, column = (int(index) for index in np.argwhere(~np.isfinite(features))[0])
        raise DataError(f"{path}: row {row} of X is not finite in column {column}")
    digest = file_digest(path, cache)
    tell_digest([digest])
    key = content_key(digest, part)
    labels = arrays["y"][kept].astype(np.int64)
    if not 0 <= labels.min() <= labels.max() < len(STAGES):
        raise DataError(f"{path}: y holds {labels.max()}; allowed is 0 to 4")
    return FeatureNights(features, labels, subjects[kept], nights[kept], key)
