"""What a trial tells the outside: metric lines on stdout, notes on stderr, files in two folders.

Katib reads every `name=value` of stdout and stderr together as a metric. So a metric line is the
only thing written in that form, and a value that is not finite is never written at all.
"""

from __future__ import annotations

import math
import os
import re
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from trial_runner.errors import TrialError

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_ASSIGNMENT = re.compile(r"(?<![\w|-])([\w|][\w|-]*)\s*=[ \t]*")


def metric_line(metrics: Mapping[str, float], time: datetime) -> str:
    """Return `2026-01-31T12:00:00.123456Z name=value name=value`.

    Raises:
        TrialError: A value is not finite.
        ValueError: A name that Katib's default filter would not read, or no metric.
    """
    if not metrics:
        raise ValueError("a metric line needs at least one metric")
    for name, value in metrics.items():
        if not _NAME.fullmatch(name):
            raise ValueError(f"{name!r} cannot name a metric: letters, digits, _ and - only")
        if not math.isfinite(value):
            raise TrialError(
                f"{name} is {value}, which is no number: the training diverged. Lower the "
                "learning rate, clip the gradient, or look for extreme values in the data"
            )
    stamp = time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return " ".join([stamp, *(f"{name}={_number(value)}" for name, value in metrics.items())])


def is_first_process() -> bool:
    """Whether this process speaks for its trial: the first of those that torchrun has started."""
    several = int(os.environ.get("WORLD_SIZE") or 1) > 1
    return not several or os.environ.get("RANK", "0") == "0"


def report(metrics: Mapping[str, float]) -> None:
    """Print one metric line, at once; of several processes the first does."""
    if not is_first_process():
        return
    print(metric_line(metrics, datetime.now(UTC)), flush=True)


def note(message: str) -> None:
    """Tell a human something on stderr, in words that cannot be read as a metric."""
    if not is_first_process():
        return
    print(without_assignments(message), file=sys.stderr, flush=True)


def without_assignments(text: str) -> str:
    """Return the text with every `name=` written as `name: `; arguments (`--name=`) stay.

    >>> without_assignments("lr=1 and --data=x")
    'lr: 1 and --data=x'
    """
    return _ASSIGNMENT.sub(r"\1: ", text)


def artefacts_folder() -> Path:
    """Return the folder for what a trial leaves behind: `$ARTEFACTS`, else `./artefacts`."""
    folder = Path(os.environ.get("ARTEFACTS") or "artefacts")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def checkpoints_location() -> str | None:
    """Return where checkpoints are kept, `$CHECKPOINTS`: a folder or `s3://bucket/prefix`.

    None where none are wanted.
    """
    return os.environ.get("CHECKPOINTS") or None


def parent_trial() -> str | None:
    """Return the name of the trial whose checkpoint is continued, `$EEGTUNE_PARENT`, if any."""
    return os.environ.get("EEGTUNE_PARENT") or None


def _number(value: float) -> str:
    return str(value) if isinstance(value, int) else f"{value:.6g}"
