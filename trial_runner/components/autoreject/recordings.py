"""Epochs of several recordings, with or without an expert's judgement."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from trial_runner.cache import content_key, file_digest
from trial_runner.data.catalogue import find_data
from trial_runner.data.files import Part
from trial_runner.data.load import open_part
from trial_runner.data.parts import subjects_of
from trial_runner.data.plausibility import check_signal
from trial_runner.data.simulated import is_simulated, parse_plan
from trial_runner.data.told import tell_digest
from trial_runner.errors import DataError
from trial_runner.simulation import ArtefactPlan, LabelledEpochs, simulate_artefacts

_SIMULATED_SUBJECTS = 6


class Recording(NamedTuple):
    """One person's epochs; the signal is read only when asked for.

    Attributes:
        subject: Name.
        key: What the epochs are, for the cache.
        read: Returns them.
        montage: Where the electrodes lie; the 10-05 system's places where empty.
    """

    subject: str
    key: str
    read: Callable[[], LabelledEpochs]
    montage: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class SimulatedEpochs(ArtefactPlan):
    """Planted artefacts in several persons."""

    subjects: int = _SIMULATED_SUBJECTS


def find_recordings(data: str, data_root: str, part: Part, cache: Path | None) -> list[Recording]:
    """Return one part's recordings, one a subject.

    Args:
        data: `simulation…`, a folder of .npz files, or what the catalogue knows.
        data_root: Folder of a data set of the catalogue, where not the one it names.
        part: Which subjects.
        cache: Folder of the cache; None for none.

    Raises:
        DataError: The epochs cannot be used.
    """
    if is_simulated(data):
        return _simulated(parse_plan(data, SimulatedEpochs), part)
    folder = Path(data).expanduser()
    if folder.is_dir() and not (folder / "dataset.yaml").is_file():
        return _in_folder(folder, part, cache)
    return _of_catalogue(data, data_root, part, cache)


def _simulated(plan: SimulatedEpochs, part: Part) -> list[Recording]:
    names = {f"S{index + 1:03d}": index for index in range(plan.subjects)}
    fields = {field.name: getattr(plan, field.name) for field in dataclasses.fields(ArtefactPlan)}

    def of(name: str) -> Recording:
        # Seeds of one plan's persons never meet those of the next seed's.
        one = ArtefactPlan(**{**fields, "seed": plan.seed * 1000 + names[name]})
        key = content_key("simulation", dataclasses.asdict(one))
        return Recording(name, key, lambda: simulate_artefacts(one))

    return [of(name) for name in subjects_of(part, names)]


def _in_folder(folder: Path, part: Part, cache: Path | None) -> list[Recording]:
    paths = {path.stem: path for path in folder.glob("*.npz")}
    if not paths:
        raise DataError(
            f"--data: {folder} holds neither dataset.yaml nor .npz files of labelled epochs"
        )

    def of(name: str) -> Recording:
        path = paths[name]
        return Recording(name, file_digest(path, cache), lambda: read_epochs(path))

    recordings = [of(name) for name in subjects_of(part, paths)]
    tell_digest([recording.key for recording in recordings])
    return recordings


def read_epochs(path: Path) -> LabelledEpochs:
    """Read a .npz file of epochs.

    Arrays: `signal` (epochs, channels, samples) in volts, `channels` names, `sfreq_hz`, and where
    an expert looked `bad_epochs` (epochs,) and `bad_channels` (epochs, channels).

    Raises:
        DataError: The file is damaged, lacks an array, or its arrays do not fit together.
    """
    try:
        with np.load(path, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
    except (OSError, ValueError, EOFError, BadZipFile) as error:
        raise DataError(f"{path} cannot be read: {error}") from None
    absent = [name for name in ("signal", "channels", "sfreq_hz") if name not in arrays]
    if absent:
        raise DataError(f"{path} lacks the array {absent[0]}; it has {', '.join(arrays)}")
    signal = np.asarray(arrays["signal"], np.float64)
    if signal.ndim != 3 or signal.shape[1] != len(arrays["channels"]):
        raise DataError(
            f"{path}: signal has shape {signal.shape}; expected (epochs, "
            f"{len(arrays['channels'])} channels, samples)"
        )
    return LabelledEpochs(
        signal,
        tuple(map(str, arrays["channels"])),
        float(arrays["sfreq_hz"]),
        _judgement(path, arrays.get("bad_epochs"), "bad_epochs", signal.shape[:1]),
        _judgement(path, arrays.get("bad_channels"), "bad_channels", signal.shape[:2]),
    )


def _judgement(
    path: Path, given: NDArray[np.generic] | None, name: str, shape: tuple[int, ...]
) -> NDArray[np.bool_] | None:
    if given is None:
        return None
    if given.shape != shape:
        raise DataError(f"{path}: {name} has shape {given.shape}; expected {shape}")
    return given.astype(bool)


def _of_catalogue(data: str, data_root: str, part: Part, cache: Path | None) -> list[Recording]:
    source = find_data(data, data_root)
    opened = open_part(source, part, cache)

    def of(name: str) -> Recording:
        rows = opened.targets.subjects == name
        key = content_key(opened.key, name)
        return Recording(name, key, lambda: _rows(rows), source.entry.montage)

    def _rows(rows: NDArray[np.bool_]) -> LabelledEpochs:
        signal = opened.windows().signal[rows].astype(np.float64)
        return LabelledEpochs(signal, opened.channels, opened.sfreq_hz, None, None)

    return [of(str(name)) for name in np.unique(opened.targets.subjects)]


def checked(epochs: LabelledEpochs, name: str) -> LabelledEpochs:
    """Return the epochs if they can be EEG in volts.

    Raises:
        DataError: They cannot; the message says why.
    """
    check_signal(epochs.signal, epochs.channels, name)
    return epochs
