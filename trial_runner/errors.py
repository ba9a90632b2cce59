"""What can end a trial, and the exit code that goes with it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class TrialError(Exception):
    """A trial that cannot go on; its message is what the user reads.

    Attributes:
        exit_code: 1 where the work failed.
    """

    exit_code = 1


class UsageError(TrialError):
    """An argument that cannot be used; nothing was run."""

    exit_code = 2


class DataError(TrialError):
    """Recordings that cannot be used as they are."""


class DataNotFoundError(DataError):
    """Recordings that are not where the arguments say."""

    exit_code = 2


def did_you_mean(given: str, known: Iterable[str]) -> str:
    """Return `; did you mean X?` where something known resembles what was given, else nothing.

    >>> did_you_mean("linear_prob", ["linear_probe"])
    '; did you mean linear_probe?'
    """
    close = difflib.get_close_matches(given, list(known), n=1, cutoff=0.6)
    return f"; did you mean {close[0]}?" if close else ""
