"""The report of a run, its exports, and scores on test data."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from eegtune.report.write import Written

__all__ = ["write_report"]


def write_report(folder: Path, *, is_run: bool = True) -> Written:
    """Write report and exports of the run in a folder; see `eegtune.report.write`."""
    from eegtune.report import write

    return write.write_report(folder, is_run=is_run)
