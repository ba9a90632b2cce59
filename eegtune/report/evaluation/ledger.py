"""The ledger of the test data: events that are only ever added to a run's database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from eegtune.execution.records import RunEvent
from eegtune.report.evaluation.results import Touch

TOUCHED, EVALUATED = "test_data_touched", "evaluated"


class TouchedBeforeError(ValueError):
    """The test data of a run were used before, and nobody said that this is known."""

    def __init__(self, touches: Sequence[Touch]) -> None:
        last = touches[-1]
        times = "once" if len(touches) == 1 else f"{len(touches)} times"
        super().__init__(
            f"the test data of this run were used {times} before, last on "
            f"{last.time:%Y-%m-%d %H:%M} UTC for {', '.join(last.configurations)}. Scores that "
            "are looked at again and again stop being honest. To use the data all the same, "
            "give --again; the report will show it"
        )


def touch_detail(configurations: Sequence[str], data: str, again: bool) -> dict[str, Any]:
    """Return what is recorded before test data are used."""
    return {"configurations": list(configurations), "data": data, "again": again}


def read_touches(
    touched: Iterable[RunEvent], evaluated: Iterable[RunEvent] = ()
) -> tuple[Touch, ...]:
    """Return the uses of the test data, with the data's hash where an evaluation found it."""
    hashes = {
        str(event.detail.get("touch")): str(event.detail.get("data_sha256") or "")
        for event in evaluated
    }
    return tuple(_touch(event, hashes.get(event.time.isoformat(), "")) for event in touched)


def _touch(event: RunEvent, digest: str) -> Touch:
    detail: Mapping[str, Any] = event.detail
    data = str(detail.get("data", ""))
    return Touch(
        event.time,
        tuple(str(name) for name in detail.get("configurations", ())),
        f"{data} (sha256 {digest[:16]}…)" if digest else data,
        bool(detail.get("again")),
    )
