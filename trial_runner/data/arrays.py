"""Signals as arrays: .npy, .npz and zarr, cut into windows or continuous."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from trial_runner.errors import DataError

SUFFIXES = (".npy", ".npz", ".zarr")
_FACTS = ("labels", "channels", "sfreq_hz")


class StoredSignal(NamedTuple):
    """What a file of arrays holds.

    Attributes:
        signal: (windows, channels, samples) or (channels, samples), in the entry's unit.
        labels: (windows,) texts; None where the file says none.
        channels: Names; empty where the file says none.
        sfreq_hz: None where the file does not say.
    """

    signal: NDArray[np.float32]
    labels: NDArray[np.str_] | None
    channels: tuple[str, ...]
    sfreq_hz: float | None


def read_stored_signal(path: Path) -> StoredSignal:
    """Read a file of arrays.

    A .npz file, or a zarr group, has `signal` and may have `labels`, `channels`, `sfreq_hz`
    (in zarr also as attributes); a .npy file, or a zarr array, is the signal alone.

    Raises:
        DataError: It is damaged, lacks the signal, or its arrays do not fit together.
    """
    try:
        found = _of_zarr(path) if path.suffix == ".zarr" else _of_numpy(path)
    except (OSError, ValueError, EOFError, KeyError, BadZipFile) as error:
        first = (str(error).splitlines() or [""])[0]
        raise DataError(f"{path} cannot be read ({type(error).__name__}: {first})") from None
    if "signal" not in found:
        raise DataError(f"{path} lacks the array signal; it has {', '.join(found) or 'nothing'}")
    return _checked(path, found)


def _of_numpy(path: Path) -> dict[str, NDArray[Any]]:
    stored = np.load(path, allow_pickle=False)
    if isinstance(stored, np.ndarray):
        return {"signal": stored}
    with stored:
        return {name: stored[name] for name in stored.files}


def _of_zarr(path: Path) -> dict[str, NDArray[Any]]:
    try:
        import zarr
    except ModuleNotFoundError:
        raise DataError(f"{path} needs the package zarr; pip install 'eegtune[signal]'") from None
    node: Any = zarr.open(str(path), mode="r")
    attributes = {name: np.asarray(node.attrs[name]) for name in _FACTS if name in node.attrs}
    if isinstance(node, zarr.Array):
        return attributes | {"signal": np.asarray(node[...])}
    return attributes | {name: np.asarray(node[name][...]) for name in node.array_keys()}


def _checked(path: Path, found: dict[str, NDArray[Any]]) -> StoredSignal:
    signal = found["signal"]
    if signal.ndim not in (2, 3) or not np.issubdtype(signal.dtype, np.number):
        raise DataError(
            f"{path}: signal has shape {signal.shape} and type {signal.dtype}; expected numbers "
            "(windows, channels, samples) or (channels, samples)"
        )
    channels = tuple(map(str, found["channels"])) if "channels" in found else ()
    if channels and len(channels) != signal.shape[-2]:
        raise DataError(
            f"{path}: signal has {signal.shape[-2]} channels (shape {signal.shape}), "
            f"channels names {len(channels)}"
        )
    labels = found.get("labels")
    if labels is not None and (signal.ndim != 3 or labels.shape != signal.shape[:1]):
        raise DataError(
            f"{path}: labels has shape {labels.shape}, signal {signal.shape}; each window "
            "(the first axis of three) needs one label"
        )
    return StoredSignal(
        signal.astype(np.float32),
        None if labels is None else labels.astype(np.str_),
        channels,
        float(found["sfreq_hz"]) if "sfreq_hz" in found else None,
    )
