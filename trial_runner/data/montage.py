"""Channel names as files write them, brought to those of the 10-20 system, and their places."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from trial_runner.errors import DataError, did_you_mean

_PREFIX = re.compile(r"^(eeg|eog|ecg|emg|seeg)[\s:_-]+", re.IGNORECASE)
_REFERENCE = re.compile(r"[\s_-]*(ref|le|avg|ar|a1|a2|m1|m2|a1a2|m1m2)$", re.IGNORECASE)
_OLD_NAMES = {"t3": "T7", "t4": "T8", "t5": "P7", "t6": "P8"}
_SPELLINGS = ("Fp", "AF", "FT", "FC", "TP", "CP", "PO", "Iz", "Nz")


def channel_name(written: str) -> str:
    """Return the name of the 10-20 system that a file's spelling stands for.

    >>> [channel_name(n) for n in ("EEG FP1-REF", "EEG T3", "C3-A2", "oz", "POz.")]
    ['Fp1', 'T7', 'C3', 'Oz', 'POz']
    """
    bare = _PREFIX.sub("", written.strip().strip("."))
    if re.search(r"\d$|z$", _REFERENCE.sub("", bare), re.IGNORECASE):
        bare = _REFERENCE.sub("", bare)
    if bare.lower() in _OLD_NAMES:
        return _OLD_NAMES[bare.lower()]
    if not re.fullmatch(r"[A-Za-z]{1,3}(z|\d{1,2}h?)", bare, re.IGNORECASE):
        return bare
    letters = re.match(r"[A-Za-z]+?(?=z$|\d)", bare, re.IGNORECASE)
    assert letters is not None
    area, rest = letters.group().upper(), bare[letters.end() :].lower()
    known = {one.upper(): one for one in _SPELLINGS}
    return known.get(area, area) + rest


def is_eog(name: str) -> bool:
    """Whether a channel's name says that it records the eyes.

    >>> is_eog("EOG horizontal"), is_eog("EEG Fpz-Cz")
    (True, False)
    """
    return bool(re.match(r"(h|v)?eog", name.strip(), re.IGNORECASE))


def channel_positions(channels: Sequence[str], montage: str = "") -> NDArray[np.float64]:
    """Return places (channels, 3) on the head in metres.

    Args:
        channels: Names, in any spelling.
        montage: One of MNE's built-in ones; the 10-05 system's where empty.

    Raises:
        DataError: There is no such montage, or it has no place of a channel's name.
    """
    import mne

    places = mne.channels.make_standard_montage(_montage_name(montage))
    known = {one.upper(): one for one in places.ch_names}
    for written in channels:
        if channel_name(written).upper() not in known:
            close = did_you_mean(channel_name(written), places.ch_names)
            raise DataError(
                f"channel {written!r} is none of {montage or 'the 10-20 system'}{close}; its "
                "place on the head is needed to interpolate. Name the EEG channels in the entry "
                "(fields channels and montage)"
            )
    names = [known[channel_name(written).upper()] for written in channels]
    info = mne.create_info(names, 100.0, "eeg")
    info.set_montage(places, verbose="error")
    return np.array([channel["loc"][:3] for channel in info["chs"]])


def _montage_name(wanted: str) -> str:
    """Return MNE's name of a montage; 1.13 renamed `standard_…` to `colin27_…`."""
    import mne

    known = list(mne.channels.get_builtin_montages())
    asked = wanted or "standard_1005"
    for name in (asked, _renamed(asked)):
        if name in known:
            return name
    raise DataError(
        f"montage: MNE has none named {wanted!r}{did_you_mean(wanted, known)}; there are "
        f"{', '.join(known)}"
    )


def _renamed(montage: str) -> str:
    system, _, density = montage.partition("_")
    other = {"standard": "colin27", "colin27": "standard"}.get(system, system)
    return f"{other}_{density}"
