"""Which trial ran when and beside which others, and how much of the slots' time was idle."""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from eegtune.execution.records import TrialRecord


class Span(NamedTuple):
    """One trial in its slot.

    Attributes:
        record: The trial.
        slot: Its place among those that ran side by side, from 0.
        start: When it began, in seconds in which any trial ran.
        end: When it ended.
    """

    record: TrialRecord
    slot: int
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Timeline:
    """All trials whose times are known.

    Attributes:
        spans: By their start.
        slots: How many ran side by side, or might have.
        active_seconds: How long at least one trial ran.
        paused_seconds: How long none did, between the first start and the last end.
    """

    spans: tuple[Span, ...]
    slots: int
    active_seconds: float
    paused_seconds: float

    @property
    def idle_share(self) -> float:
        """The share of the slots' time in which they waited while others ran."""
        room = self.slots * self.active_seconds
        busy = sum(span.end - span.start for span in self.spans)
        return max(0.0, 1.0 - busy / room) if room > 0 else 0.0


def timeline(records: Sequence[TrialRecord], parallel: int) -> Timeline:
    """Lay trials out on slots, the lowest free one first; time in which none ran is left out.

    Args:
        records: The trials; those without start or end are left out.
        parallel: How many were allowed at once.
    """
    timed = sorted(
        (
            (record.trial.start_time.timestamp(), record.trial.completion_time.timestamp(), record)
            for record in records
            if record.trial.start_time is not None and record.trial.completion_time is not None
        ),
        key=lambda each: (each[0], each[2].number),
    )
    active = _merged([(start, max(start, end)) for start, end, _ in timed])
    before = _seconds_before(active)
    starts = [start for start, _ in active]

    def place(time: float) -> float:
        at = bisect.bisect_right(starts, time) - 1
        return before[at] + min(time, active[at][1]) - active[at][0]

    free: list[float] = []
    spans = []
    for start, end, record in timed:
        slot = next((n for n, until in enumerate(free) if until <= start), len(free))
        free[slot : slot + 1] = [max(start, end)]
        spans.append(Span(record, slot, place(start), place(max(start, end))))
    total = sum(end - start for start, end in active)
    whole = active[-1][1] - active[0][0] if active else 0.0
    return Timeline(tuple(spans), max(parallel, len(free)), total, whole - total)


def busy_slots(found: Timeline, bins: int) -> list[tuple[float, float]]:
    """Return how many slots were busy on average in even parts of the active time.

    Returns:
        The middle of each part in seconds, and the number of slots.
    """
    width = found.active_seconds / bins
    edges = [index * width for index in range(bins + 1)]
    changes = sorted(
        [(span.start, 1) for span in found.spans] + [(span.end, -1) for span in found.spans]
    )
    sums, running, last, at = [0.0] * bins, 0, 0.0, 0
    for time, change in [*changes, (found.active_seconds, 0)]:
        while at < bins and edges[at + 1] <= time:
            sums[at] += running * (edges[at + 1] - last)
            last, at = edges[at + 1], at + 1
        if at < bins:
            sums[at] += running * (time - last)
            last = time
        running += change
    return [((edges[n] + edges[n + 1]) / 2, sums[n] / width) for n in range(bins)]


def _merged(pieces: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return the union of intervals that are sorted by their start."""
    found: list[tuple[float, float]] = []
    for start, end in pieces:
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found


def _seconds_before(active: Sequence[tuple[float, float]]) -> list[float]:
    sums = [0.0]
    for (start, end), _ in pairwise(active):
        sums.append(sums[-1] + end - start)
    return sums
