"""What a command says, and how it exits, when something is wrong: never with a traceback."""

from __future__ import annotations

import os
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum
from typing import NoReturn


class ExitCode(IntEnum):
    """How commands exit."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    INTERRUPTED = 130


@contextmanager
def told_to_the_user() -> Iterator[None]:
    """Turn the errors that a user can cause or mend into a message and an exit code.

    Wrong input exits with 2; what fails on the way (trials that cannot be run, a full disk)
    with 1. A finding of a file stands on a line of its own.
    """
    from eegtune.execution.difference import ChangedExperimentError
    from eegtune.execution.lock import LockedError
    from eegtune.execution.runner import RunnerError
    from eegtune.execution.source import SearchError
    from eegtune.execution.store import NoRunError

    try:
        yield
    except (ChangedExperimentError, LockedError, NoRunError, ValueError) as error:
        fail(str(error), ExitCode.USAGE)
    except (RunnerError, SearchError) as error:
        fail(str(error), ExitCode.FAILED)
    except sqlite3.Error as error:
        fail(f"the run's database: {error}. {_KEPT}", ExitCode.FAILED)
    except BrokenPipeError:  # nobody reads our output any more; Python would complain at its end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(int(ExitCode.FAILED)) from None
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        fail(f"{where}{error.strerror or error}. {_KEPT}", ExitCode.FAILED)


_KEPT = (
    "Trials that had ended are kept; mend this (is the disk full, the folder writable?) and "
    "give the same command again"
)


def fail(message: str, code: ExitCode) -> NoReturn:
    """Print a message and exit."""
    print(f"eegtune: {message}", file=sys.stderr)
    raise SystemExit(int(code))
