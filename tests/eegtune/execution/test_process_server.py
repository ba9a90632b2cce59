from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from eegtune.execution.control import Control
from eegtune.execution.events import Ended, Execution, event_queue
from eegtune.execution.output import OutputStream
from eegtune.execution.process_server import ProcessServer, Program, Streams
from eegtune.metrics.reader import TextReader

PATIENCE_SECONDS = 30.0


class SlowReader(Control):
    """Lets something happen just before messages are read for the first time."""

    before_first: Callable[[], None] | None = None

    def receive(self) -> list[dict[str, Any]] | None:
        happens, self.before_first = self.before_first, None
        if happens is not None:
            happens()
        return super().receive()


@pytest.fixture
def control(tmp_path: Path) -> SlowReader:
    return SlowReader(tmp_path / "runner.log", [], dict(os.environ), None)


def test_a_trial_that_ends_before_it_is_looked_for(control: SlowReader, tmp_path: Path) -> None:
    program = Program(("sh", "-c", "echo loss=1"), None, dict(os.environ), None, 1)
    events = event_queue()

    def start(name: str) -> None:
        logs = [tmp_path / f"{name}.{kind}" for kind in ("out", "err")]
        streams = Streams(*(OutputStream(log, TextReader(["loss"])) for log in logs))
        server.start(Execution(name, 1), program, streams)

    def start_late() -> None:
        start("late")
        time.sleep(0.5)  # until what the server says of it has arrived, too

    control.before_first = start_late
    server = ProcessServer(control, events)
    try:
        ended: set[str] = set()
        start("early")
        while ended != {"early", "late"}:
            event = events.get(timeout=PATIENCE_SECONDS)
            if isinstance(event, Ended):
                assert (event.exit_code, event.lost) == (0, False)
                ended.add(event.execution.trial)
    finally:
        server.close()
