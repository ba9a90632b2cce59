"""Trials as processes: started by a server process, read by one thread of ours.

The thread reads the server's messages and the output of all trials, and puts events into the
loop's bounded queue. So trials wait when the loop is behind, and memory stays bounded.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import threading
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from queue import Full
from typing import Any, NamedTuple

from eegtune.execution.control import Control
from eegtune.execution.events import Ended, Event, EventQueue, Execution, Lines, Started
from eegtune.execution.memory import MemoryWatch, likely_cause_of_kill, out_of_memory_kills
from eegtune.execution.output import OutputStream
from eegtune.execution.runner import RunnerError

_READ_BYTES = 65_536
_QUIET_SECONDS_AFTER_END = 2.0
_MOST_SECONDS_AFTER_END = 30.0
_CLOSING_SECONDS = 10.0
_PUT_SECONDS = 0.1
_MIB = 2**20
_SYSTEM_OUT_OF_MEMORY = (
    "most likely out of memory (the system has killed for want of it meanwhile)"
)


class Program(NamedTuple):
    """What a trial's process is to be.

    Attributes:
        argv: The words of its command line.
        call: `module:function` for a forked call, None for a new program.
        environment: All of its environment.
        directory: Where it starts; None for where the server runs.
        cores: How many threads its libraries may use.
        memory_bytes: How much memory its processes may use together; None for any.
    """

    argv: tuple[str, ...]
    call: str | None
    environment: Mapping[str, str]
    directory: str | None
    cores: int
    memory_bytes: int | None = None


class Streams(NamedTuple):
    """Where a trial's output goes."""

    stdout: OutputStream
    stderr: OutputStream

    @property
    def last_lines(self) -> str:
        """What it wrote last: on standard error, else on standard output."""
        return self.stderr.last_lines or self.stdout.last_lines


@dataclass(slots=True)
class _Process:
    """A trial that runs, as the reading thread sees it."""

    execution: Execution
    streams: Streams
    open_streams: dict[int, OutputStream]
    memory_bytes: int | None = None
    pid: int | None = None
    kills_before: int = 0
    cause: str = ""
    ending: Ended | None = None
    quiet_until: float = 0.0
    give_up_at: float = 0.0

    def has_ended(self, ending: Ended) -> None:
        self.ending = ending
        self.quiet_until = time.monotonic() + _QUIET_SECONDS_AFTER_END
        self.give_up_at = time.monotonic() + _MOST_SECONDS_AFTER_END

    def is_over(self) -> bool:
        """Whether nothing more can come, or what is left (a daemon's pipe) is not awaited."""
        if self.ending is None:
            return False
        now = time.monotonic()
        return not self.open_streams or now >= min(self.quiet_until, self.give_up_at)


class ProcessServer:
    """Starts trials through a server and reports what they do."""

    def __init__(self, control: Control, events: EventQueue) -> None:
        self._control = control
        self._events = events
        self._processes: dict[str, _Process] = {}
        self._new: deque[_Process] = deque()
        self._closing = threading.Event()
        self._memory = MemoryWatch()
        self.alive = True
        self.has_ended_trials = False
        self._wake_read, self._wake_write = os.pipe()
        self._selector = selectors.DefaultSelector()
        self._selector.register(control, selectors.EVENT_READ)
        self._selector.register(self._wake_read, selectors.EVENT_READ)
        self._thread = threading.Thread(target=self._read, name="trial output", daemon=True)
        self._thread.start()

    def start(self, execution: Execution, program: Program, streams: Streams) -> None:
        """Start a trial; `Ended` follows even where the server dies over it.

        Raises:
            RunnerError: We have no more file descriptors.
        """
        read, write = _two_pipes()
        open_streams = dict(zip(read, streams, strict=True))
        limit = program.memory_bytes
        self._new.append(_Process(execution, streams, open_streams, limit))
        request = {"do": "start", "id": _identifier(execution), **program._asdict()}
        self._control.send({**request, "environment": dict(program.environment)}, write)
        for end in write:
            os.close(end)
        os.write(self._wake_write, b".")

    def stop(self, execution: Execution, grace_seconds: float) -> None:
        """Ask a trial to end, and end it after a while."""
        identifier = _identifier(execution)
        self._control.send({"do": "stop", "id": identifier, "grace_seconds": grace_seconds})

    def close(self) -> None:
        """Kill what runs, and the server; no events follow."""
        self._closing.set()
        self._control.shut_down()
        os.write(self._wake_write, b".")
        self._thread.join(_CLOSING_SECONDS)
        self._control.close(_CLOSING_SECONDS)
        for end in (self._wake_read, self._wake_write):
            os.close(end)

    def _read(self) -> None:
        while self.alive or not self._closing.is_set():
            ready = self._selector.select(self._patience())
            self._adopt()
            for key, _ in ready:
                if key.fileobj is self._control:
                    self._read_messages()
                elif key.fd == self._wake_read:
                    os.read(self._wake_read, _READ_BYTES)
                elif isinstance(key.data, _Process):
                    self._read_output(key.data, key.fd)
            for process in [each for each in self._processes.values() if each.is_over()]:
                self._conclude(process)
            self._watch_memory()
        for process in list(self._processes.values()):
            self._conclude(process)
        self._selector.close()

    def _patience(self) -> float | None:
        times = [each.quiet_until for each in self._processes.values() if each.ending]
        if self._watched():
            times.append(self._memory.look_at)
        return max(0.0, min(times) - time.monotonic()) if times else None

    def _watched(self) -> dict[int, _Process]:
        return {
            each.pid: each
            for each in self._processes.values()
            if each.pid and each.memory_bytes and not (each.ending or each.cause)
        }

    def _watch_memory(self) -> None:
        watched = self._watched()
        limits = {pid: process.memory_bytes or 0 for pid, process in watched.items()}
        for pid, cause in self._memory.look(limits).items():
            watched[pid].cause = cause
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(pid, signal.SIGKILL)

    def _adopt(self) -> None:
        while self._new:
            process = self._new.popleft()
            self._processes[_identifier(process.execution)] = process
            for descriptor in process.open_streams:
                self._selector.register(descriptor, selectors.EVENT_READ, process)
            if not self.alive:
                process.has_ended(_lost(process.execution))

    def _read_messages(self) -> None:
        messages = self._control.receive()
        self._adopt()  # a trial may have begun, and even ended, since we looked for new ones
        for message in messages or ():
            process = self._processes.get(message.get("id", ""))
            if process is not None:
                self._take(message, process)
        if messages is None:
            self._server_has_died()

    def _take(self, message: Mapping[str, Any], process: _Process) -> None:
        if message["event"] == "started":
            process.pid = message["pid"]
            process.kills_before = out_of_memory_kills()
            self._put(Started(process.execution))
        elif message["event"] == "ended":
            self.has_ended_trials = True
            execution, code = process.execution, message["exit_code"]
            ended = Ended(execution, code, message["signal"], cause=process.cause)
            if ended.signal == signal.SIGKILL and not ended.cause:
                ended = ended._replace(cause=likely_cause_of_kill(process.kills_before))
            process.has_ended(ended)
        elif message["event"] == "refused":
            process.has_ended(Ended(process.execution, message=message["message"], lost=True))

    def _server_has_died(self) -> None:
        self.alive = False
        self._selector.unregister(self._control)
        for process in self._processes.values():
            if process.ending is None:
                if process.pid is not None:  # it died with the server; its children may not have
                    with contextlib.suppress(ProcessLookupError, PermissionError):
                        os.killpg(process.pid, signal.SIGKILL)
                process.has_ended(_lost(process.execution))

    def _read_output(self, process: _Process, descriptor: int) -> None:
        stream = process.open_streams.get(descriptor)
        if stream is None:
            return
        data = os.read(descriptor, _READ_BYTES)
        self._put_lines(process.execution, stream.feed(data) if data else stream.finish())
        if data:
            process.quiet_until = time.monotonic() + _QUIET_SECONDS_AFTER_END
        else:
            self._close_stream(process, descriptor)

    def _close_stream(self, process: _Process, descriptor: int) -> None:
        self._selector.unregister(descriptor)
        os.close(descriptor)
        del process.open_streams[descriptor]

    def _conclude(self, process: _Process) -> None:
        for descriptor, stream in list(process.open_streams.items()):
            self._put_lines(process.execution, stream.finish())
            self._close_stream(process, descriptor)
        del self._processes[_identifier(process.execution)]
        ending = process.ending or _lost(process.execution)
        self._put(
            ending if ending.message else ending._replace(message=process.streams.last_lines)
        )

    def _put_lines(self, execution: Execution, lines: list[str]) -> None:
        if lines:
            self._put(Lines(execution, tuple(lines)))

    def _put(self, event: Event) -> None:
        while not self._closing.is_set():
            with contextlib.suppress(Full):
                self._events.put(event, timeout=_PUT_SECONDS)
                return
        if isinstance(event, Ended):  # a dead server is replaced while its trials are awaited
            with contextlib.suppress(Full):
                self._events.put_nowait(event)


def _identifier(execution: Execution) -> str:
    return f"{execution.trial}/{execution.attempt}"


def _lost(execution: Execution) -> Ended:
    return Ended(execution, message="the process that starts trials has died", lost=True)


def _two_pipes() -> tuple[list[int], list[int]]:
    ends: list[int] = []
    try:
        for _ in range(2):
            ends += os.pipe()
    except OSError as error:
        for end in ends:
            os.close(end)
        raise RunnerError(f"a trial cannot be started: {error.strerror}") from error
    return ends[::2], ends[1::2]
