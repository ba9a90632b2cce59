"""Report metrics straight to Katib's DB manager, for Experiments whose collector is `Push`.

With the other collectors nothing reaches the database before a trial has ended, and a trial that
is evicted reports nothing. Here every metric line is sent when it is printed: the Katib UI shows
curves while the trial runs. Lines are written to a spool file first, so that a database that is
away for a while loses nothing and never holds up the training; what could not be sent in the end
is still in the file.

The message is put together by hand (four fields of text), so that a trial's image needs grpcio
and no more.
"""

from __future__ import annotations

import json
import re
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, NamedTuple

from trial_runner.errors import TrialError, UsageError
from trial_runner.reporting import artefacts_folder, note

ADDRESS = "katib-db-manager.kubeflow:6789"
METHOD = "/api.v1.beta1.DBManager/ReportObservationLog"
_ASSIGNMENT = re.compile(r"([A-Za-z_][A-Za-z0-9_-]*)=(\S+)")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
_LONGEST_PAUSE_SECONDS = 15.0

Send = Callable[[bytes], None]


class Report(NamedTuple):
    """One value of one metric: Katib keeps text, and times in RFC 3339."""

    time: str
    name: str
    value: str


def take_report(words: Sequence[str]) -> tuple[list[str], str]:
    """Take `--report` out of a component's arguments; return the rest and its value.

    Raises:
        UsageError: It has another value than `print`, the default, or `push`.
    """
    rest: list[str] = []
    value = "print"
    remaining = iter(words)
    for word in remaining:
        name, equals, text = word.partition("=")
        if name == "--report":
            value = text if equals else next(remaining, "")
        else:
            rest.append(word)
    if value not in ("print", "push"):
        raise UsageError(
            f"--report is {value!r}; allowed is print (metric lines on stdout, the default) or "
            "push (to Katib's DB manager too)"
        )
    return rest, value


@contextmanager
def reporting(how: str, environment: Mapping[str, str]) -> Iterator[None]:
    """Report metrics in the way that `--report` names.

    Raises:
        TrialError: See `pushing`.
    """
    if how == "print":
        yield
        return
    with pushing(environment):
        yield


@contextmanager
def pushing(
    environment: Mapping[str, str], spool: Path | None = None, at_most_seconds: float = 300.0
) -> Iterator[None]:
    """Send the metric lines that are printed inside, and wait for the last ones at the end.

    Args:
        environment: Has `KATIB_TRIAL_NAME`, and `KATIB_DB_MANAGER` where the address is not
            Katib's usual one.
        spool: Where lines are kept; by default `metrics.spool` beside the artefacts.
        at_most_seconds: How long to wait at the end for a database that is away.

    Raises:
        TrialError: There is no trial's name, grpcio is not installed, or at the end the
            database could not be reached.
    """
    trial = environment.get("KATIB_TRIAL_NAME")
    if not trial:
        raise TrialError(
            "--report=push needs KATIB_TRIAL_NAME, which Katib sets in its trials' pods; "
            "elsewhere leave --report out"
        )
    address = environment.get("KATIB_DB_MANAGER") or ADDRESS
    path = spool or artefacts_folder() / "metrics.spool"
    with _sender(address) as send:
        pusher = Pusher(trial, send, path)
        printed, sys.stdout = sys.stdout, _Tee(sys.stdout, pusher.add_line)
        try:
            yield
        finally:
            sys.stdout = printed
            is_sent = pusher.close(at_most_seconds)
    if not is_sent:
        raise TrialError(
            f"the metrics could not be sent to Katib's DB manager at {address}: "
            f"{pusher.last_error}. They are in {path}. Is the address right (KATIB_DB_MANAGER), "
            "and may this namespace reach it (NetworkPolicy)?"
        )


class Pusher:
    """Sends reports in order from a thread of its own; the spool file holds what is not sent."""

    def __init__(self, trial: str, send: Send, spool: Path) -> None:
        self.last_error = ""
        self._trial = trial
        self._send = send
        self._spool = spool
        self._waiting = _read_spool(spool)
        self._changed = threading.Condition()
        self._is_closing = False
        self._is_stopped = False
        self._thread = threading.Thread(target=self._work, name="push-metrics", daemon=True)
        self._thread.start()

    def add_line(self, line: str) -> None:
        """Take a printed line; other ones than metric lines are left alone."""
        reports = parse_line(line)
        if not reports:
            return
        with self._changed:
            with self._spool.open("a") as file:
                file.writelines(json.dumps(report) + "\n" for report in reports)
            self._waiting.extend(reports)
            self._changed.notify_all()

    def close(self, at_most_seconds: float) -> bool:
        """Wait until all is sent; return whether it is."""
        with self._changed:
            self._is_closing = True
            self._changed.notify_all()
        self._thread.join(at_most_seconds)
        with self._changed:
            self._is_stopped = True
            self._changed.notify_all()
            return not self._waiting

    def _work(self) -> None:
        pause_seconds = 0.5
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._is_closing)
                batch = list(self._waiting)
                if not batch or self._is_stopped:
                    return
            if self._try(batch):
                pause_seconds = 0.5
                continue
            with self._changed:
                self._changed.wait_for(lambda: self._is_stopped, timeout=pause_seconds)
            pause_seconds = min(2 * pause_seconds, _LONGEST_PAUSE_SECONDS)

    def _try(self, batch: Sequence[Report]) -> bool:
        try:
            self._send(encode_request(self._trial, batch))
        except Exception as error:  # whatever it is, the lines are kept and tried again
            if not self.last_error:
                note(f"trial-runner: metrics wait in {self._spool}: {_reason(error)}")
            self.last_error = _reason(error)
            return False
        with self._changed:
            del self._waiting[: len(batch)]
            self._spool.write_text("".join(json.dumps(r) + "\n" for r in self._waiting))
            self.last_error = ""
        return True


def parse_line(line: str) -> list[Report]:
    """Return the values of a metric line as `reporting.metric_line` writes it.

    >>> parse_line("2026-01-31T12:00:00.5Z epoch=7 val_loss=0.51")[1]
    Report(time='2026-01-31T12:00:00.5Z', name='val_loss', value='0.51')
    """
    stamp, _, rest = line.partition(" ")
    if not _TIME.fullmatch(stamp):
        return []
    return [Report(stamp, name, value) for name, value in _ASSIGNMENT.findall(rest)]


def encode_request(trial: str, reports: Sequence[Report]) -> bytes:
    """Return the protobuf message ReportObservationLogRequest."""
    logs = b"".join(
        _field(1, _field(1, time_) + _field(2, _field(1, name) + _field(2, value)))
        for time_, name, value in reports
    )
    return _field(1, trial) + _field(2, logs)


def _field(number: int, content: str | bytes) -> bytes:
    """Return a field of text or of a message: its number and wire type 2, its length, itself."""
    data = content.encode() if isinstance(content, str) else content
    length, size = bytearray(), len(data)
    while size > 127:
        length.append(size & 127 | 128)
        size >>= 7
    length.append(size)
    return bytes([number << 3 | 2]) + bytes(length) + data


def _read_spool(path: Path) -> list[Report]:
    """Return what an earlier start of the same trial could not send."""
    reports = []
    for line in path.read_text().splitlines() if path.exists() else ():
        try:
            reports.append(Report(*json.loads(line)))
        except (ValueError, TypeError):  # cut off when the trial was killed
            continue
    return reports


@contextmanager
def _sender(address: str) -> Iterator[Send]:
    try:
        import grpc
    except ModuleNotFoundError:
        raise TrialError(
            "--report=push needs the package grpcio, which is not installed; "
            "pip install 'eegtune[cluster]'"
        ) from None
    with grpc.insecure_channel(address) as channel:
        call: Callable[..., object] = channel.unary_unary(METHOD)

        def send(data: bytes) -> None:
            call(data, timeout=20)

        yield send


def _reason(error: Exception) -> str:
    details = getattr(error, "details", None)
    return str(details()) if callable(details) else f"{type(error).__name__}: {error}"


class _Tee:
    """A stream that shows every complete line to a listener too."""

    def __init__(self, stream: IO[str], listen: Callable[[str], None]) -> None:
        self._stream = stream
        self._listen = listen
        self._rest = ""

    def write(self, text: str) -> int:
        written = self._stream.write(text)
        *lines, self._rest = (self._rest + text).split("\n")
        for line in lines:
            self._listen(line)
        return written

    def __getattr__(self, name: str) -> object:
        return getattr(self._stream, name)
