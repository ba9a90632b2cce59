"""Data sets by name: public ones, and those that a user has added."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import NamedTuple

from trial_runner.data.catalogue import data_set_names
from trial_runner.data.remote import Remote
from trial_runner.errors import DataError, UsageError, did_you_mean


class Known(NamedTuple):
    """A data set that has a name.

    Attributes:
        remote: Where it lies.
        title: One line for people.
        licence: Under which it may be used; empty where not known.
        only: Regular expression of the paths that components use; all where empty.
    """

    remote: Remote
    title: str
    licence: str = ""
    only: str = ""


# From their public description; PhysioNet publishes SHA256SUMS.txt beside the files.
PUBLIC = {
    name: Known(
        Remote(f"s3://physionet-open/{folder}/1.0.0", None, True), title, "ODC-By 1.0", only
    )
    for name, folder, title, only in (
        ("eegmmidb", "eegmmidb", "EEG motor movement and imagery, 109 subjects, 64 channels", ""),
        (
            "sleep-edfx",
            "sleep-edfx",
            "Sleep-EDF Expanded: 197 polysomnographies with hypnograms",
            r"sleep-cassette/.*\.edf",
        ),
        ("chb-mit", "chbmit", "CHB-MIT scalp EEG of 22 children with seizures", ""),
    )
}


def registry_file() -> Path:
    """Return where added data sets are kept: `$EEGTUNE_DATA_SETS`, else in the user's config."""
    given = os.environ.get("EEGTUNE_DATA_SETS")
    base = os.environ.get("XDG_CONFIG_HOME") or "~/.config"
    return Path(given).expanduser() if given else Path(base).expanduser() / "eegtune/data.json"


def known_data_sets() -> dict[str, Known]:
    """Return all data sets that have a name.

    Raises:
        DataError: The user's file cannot be read.
    """
    path = registry_file()
    if not path.is_file():
        return dict(PUBLIC)
    try:
        added = {
            name: Known(Remote(one["where"], one["endpoint_url"], one["unsigned"]), "added by you")
            for name, one in json.loads(path.read_text()).items()
        }
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataError(f"{path} cannot be read: {error}; correct or remove it") from None
    return PUBLIC | added


def add_data_set(name: str, remote: Remote) -> None:
    """Give a data set a name.

    Raises:
        UsageError: The name is taken by a public one.
    """
    if name in PUBLIC or name in data_set_names():
        raise UsageError(f"{name!r} is a public data set; choose another name")
    added = {other: known for other, known in known_data_sets().items() if other not in PUBLIC} | {
        name: Known(remote, "")
    }
    fields = {
        other: {
            "where": known.remote.where,
            "endpoint_url": known.remote.endpoint_url,
            "unsigned": known.remote.unsigned,
        }
        for other, known in sorted(added.items())
    }
    path = registry_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(f".{os.getpid()}.part")
    temporary.write_text(json.dumps(fields, indent=1) + "\n")
    temporary.replace(path)


def find_remote(name_or_where: str, endpoint_url: str | None, unsigned: bool) -> Remote:
    """Return where a name or an address points.

    Raises:
        UsageError: It is neither.
    """
    if "://" in name_or_where:
        return Remote(name_or_where, endpoint_url, unsigned)
    known = known_data_sets()
    if name_or_where not in known:
        close = did_you_mean(name_or_where, known)
        raise UsageError(
            f"no data set {name_or_where!r}{close}; there are {', '.join(known)}; or write "
            "s3://bucket/prefix"
        )
    return known[name_or_where].remote
