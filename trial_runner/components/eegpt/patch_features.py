"""Features of a frozen encoder, computed once for every patch there is.

The encoder attends across the channels of one patch only, so that a patch has the same features
in whatever window it lies. A store on disk has them by the hash of the patch: windows that
overlap share them, and so do trials that differ in window, overlap, pooling or head.

All passes have the same shape: what a patch becomes then does not depend on what is beside it.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, NamedTuple
from zipfile import BadZipFile

import numpy as np
import torch
from numpy.typing import NDArray

from trial_runner.cache import content_key
from trial_runner.reporting import note

Features = NDArray[np.float32]
_PATCHES_AT_ONCE = 64


class Store(NamedTuple):
    """Where features of one encoder on one montage are kept; None for nowhere."""

    folder: Path | None


def store_of(cache: Path | None, encoder: Any, channels: tuple[str, ...]) -> Store:
    """Return the store of an encoder's weights and a montage."""
    if cache is None:
        return Store(None)
    digest = hashlib.sha256()
    for name, tensor in sorted(encoder.state_dict().items()):
        digest.update(name.encode() + tensor.detach().cpu().contiguous().numpy().tobytes())
    return Store(cache / "eegpt-patches" / content_key(digest.hexdigest(), channels)[:32])


def frozen_features(encoder: Any, signal: Features, store: Store) -> Features:
    """Return features (rows, patches, embed_num · embed_dim) of windows.

    Args:
        encoder: Built for windows of one patch, (rows, channels, patch_size).
        signal: (rows, channels, samples), in the encoder's unit.
        store: What is known already, and is added to.
    """
    patch = int(encoder.patch_size)
    count = -(-signal.shape[2] // patch)
    padded = np.pad(signal, ((0, 0), (0, 0), (0, count * patch - signal.shape[2])))
    cut = padded.reshape(*signal.shape[:2], count, patch).transpose(0, 2, 1, 3)
    patches = np.ascontiguousarray(cut).reshape(-1, signal.shape[1], patch)
    keys = np.array([hashlib.blake2b(one.tobytes(), digest_size=16).digest() for one in patches],
                    dtype="S16")  # fmt: skip
    distinct, first, where = np.unique(_hex(keys), return_index=True, return_inverse=True)
    known = _read(store)
    missing = [row for row, key in enumerate(distinct.tolist()) if key not in known]
    computed = encode(encoder, patches[first[missing]]) if missing else None
    if computed is not None:
        known |= dict(zip(distinct[missing].tolist(), computed, strict=True))
        _add(store, distinct[missing], computed)
    note(
        f"frozen features: {len(patches)} patches, {len(distinct)} of them different, "
        f"{len(missing)} computed"
    )
    rows = np.stack([known[key] for key in distinct.tolist()])
    return np.asarray(rows[where].reshape(len(signal), count, -1), np.float32)


@torch.no_grad()
def encode(encoder: Any, patches: Features) -> Features:
    """Return features (n, embed_num · embed_dim) of patches (n, channels, patch_size)."""
    encoder.eval()
    device = next(encoder.parameters()).device
    said = []
    for start in range(0, len(patches), _PATCHES_AT_ONCE):
        batch = patches[start : start + _PATCHES_AT_ONCE]
        full = np.zeros((_PATCHES_AT_ONCE, *batch.shape[1:]), np.float32)
        full[: len(batch)] = batch
        tokens = encoder(torch.from_numpy(full).to(device))
        said.append(tokens.flatten(1)[: len(batch)].float().cpu().numpy())
    return np.concatenate(said)


def _hex(keys: NDArray[np.bytes_]) -> NDArray[np.str_]:
    """Return keys as text: numpy drops zero bytes at the end of bytes."""
    raw = np.frombuffer(keys.tobytes(), np.uint8).reshape(len(keys), 16)
    return np.array([row.tobytes().hex() for row in raw])


def _read(store: Store) -> dict[str, Features]:
    known: dict[str, Features] = {}
    for path in sorted(store.folder.glob("*.npz")) if store.folder else ():
        try:
            with np.load(path, allow_pickle=False) as stored:
                known |= dict(zip(stored["keys"].tolist(), stored["features"], strict=True))
        except (OSError, ValueError, KeyError, EOFError, BadZipFile) as error:
            note(f"frozen features: {path} cannot be read ({error}); they are computed again")
    return known


def _add(store: Store, keys: NDArray[np.str_], features: Features) -> None:
    """Add a file to the store, complete or not at all."""
    if store.folder is None:
        return
    name = content_key(keys.tolist())[:32]
    try:
        store.folder.mkdir(parents=True, exist_ok=True)
        partial = store.folder / f".{name}.part"
        with partial.open("wb") as stream:
            np.savez(stream, keys=keys, features=features)
        partial.replace(store.folder / f"{name}.npz")
    except OSError as error:
        note(f"frozen features: {store.folder} cannot be written ({error}); going on")
