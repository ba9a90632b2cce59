"""Which channels of a file are used, under which names, against which reference.

A file may spell a channel otherwise than the entry does (`EEG FP1-REF`, `Fp1.`): a name that is
not there as written stands for the channel of the same name in the 10-20 system.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from trial_runner.data.montage import channel_name
from trial_runner.errors import DataError, did_you_mean

AVERAGE = "average"
Number = TypeVar("Number", bound=np.floating)


class Picked(NamedTuple):
    """The channels that are read from a file.

    Attributes:
        written: Their names in the file, those that are kept first.
        names: The names of those that are kept, as the entry has them.
        reference: Rows whose mean is subtracted from all; none where the file's own stays.
    """

    written: tuple[str, ...]
    names: tuple[str, ...]
    reference: tuple[int, ...] = ()


def pick_channels(
    path: Path, wanted: Sequence[str], reference: Sequence[str], present: Sequence[str]
) -> Picked:
    """Choose the channels of a file.

    Args:
        path: The file, for messages.
        wanted: The entry's channels, in their order; all but the reference where empty.
        reference: `average`, or channels whose mean is the reference; empty for the file's own.
        present: The file's channels.

    Raises:
        DataError: Some are missing, or a name stands for several; the message says which.
    """
    others = [] if tuple(reference) == (AVERAGE,) else list(reference)
    found = written_names(path, [*wanted, *others], present)
    names = tuple(wanted) or tuple(one for one in present if one not in found)
    kept = [found[index] for index in range(len(wanted))] or list(names)
    against = found[len(wanted) :]
    written = (*kept, *(one for one in against if one not in kept))
    rows = range(len(kept)) if reference and not others else map(written.index, against)
    return Picked(tuple(written), names, tuple(rows))


def written_names(path: Path, wanted: Sequence[str], present: Sequence[str]) -> list[str]:
    """Return the file's names of the wanted channels.

    Raises:
        DataError: Some are missing, or a name stands for several; the message says which.
    """
    places = [_places(name, present) for name in wanted]
    missing = [name for name, found in zip(wanted, places, strict=True) if not found]
    if missing:
        close = did_you_mean(missing[0], present) if len(missing) == 1 else "."
        raise DataError(
            f"{path} has no channel {', '.join(map(repr, missing))}{close} "
            f"It has {', '.join(present)} (fields channels and reference)"
        )
    for name, found in zip(wanted, places, strict=True):
        if len(found) > 1:
            raise DataError(
                f"{path}: {name!r} may be {' or '.join(map(repr, found))}; write the one that is "
                "meant (fields channels and reference)"
            )
    return [found[0] for found in places]


def _places(name: str, present: Sequence[str]) -> list[str]:
    if name in present:
        return [name]
    bare = channel_name(name)
    return [one for one in present if channel_name(one) == bare]


def referenced(signal: NDArray[Number], picked: Picked) -> NDArray[Number]:
    """Return the channels that are kept, against the reference.

    Args:
        signal: (..., channels, samples), channels as `picked.written`.
        picked: Which these are.
    """
    kept = signal[..., : len(picked.names), :]
    if not picked.reference:
        return kept
    return np.asarray(kept - signal[..., list(picked.reference), :].mean(axis=-2, keepdims=True))
