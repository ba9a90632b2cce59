"""The metrics collector's part in a trial's pod, by what the recorded one does and prints.

Runs in the collector's container with our `services` image: python collector.py -t TRIAL …
It shares the pod's processes: the trial is the root process whose command line ends in the mark
that Katib appends. Everything is reported once, when that process is gone.
It imports little, and late: the processes are listed at once, and it starts as fast as Go does.
"""

from __future__ import annotations

import argparse
import json
import operator
import os
import re
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

if TYPE_CHECKING:
    import grpc

ZERO_TIME = "0001-01-01T00:00:00Z"
COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "equal": operator.eq, "less": operator.lt, "greater": operator.gt,
}  # fmt: skip
DEFAULT_FILTER = r"([\w|-]+)\s*=\s*([+-]?\d*(?:\.\d+)?(?:[Ee][+-]?\d+)?)"
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
POLL_SECONDS = 1.0
STOP_SECONDS = 60.0


class Report(NamedTuple):
    """One value of one metric, as the database gets it."""

    time: str
    name: str
    value: str


class StopRule(NamedTuple):
    """One early-stopping rule: its metric is looked at once, at the report `start_step`."""

    metric: str
    value: float
    comparison: str
    start_step: int

    @classmethod
    def parse(cls, text: str) -> StopRule:
        metric, value, comparison, start_step = text.split(";")
        return cls(metric, float(value), comparison, int(start_step))


class Rules:
    """What is left of the rules of a trial: it is stopped when nothing is."""

    def __init__(self, rules: Sequence[StopRule], objective: str, maximize: bool) -> None:
        self.left = list(rules)
        self._objective, self._better = objective, max if maximize else min
        self._best: float | None = None
        self._steps = {rule.metric: rule.start_step for rule in rules if rule.start_step}

    def see(self, metric: str, value: float) -> None:
        """Take a report into account; the objective counts with its best value so far."""
        for rule in [rule for rule in self.left if rule.metric == metric]:
            if metric == self._objective:
                self._best = value if self._best is None else self._better(self._best, value)
                value = self._best
            if metric in self._steps:
                self._steps[metric] -= 1
                if self._steps[metric] != 0:
                    continue
            if COMPARISONS[rule.comparison](value, rule.value):
                self.left.remove(rule)


def show(text: str, line: int = 183) -> None:
    """Print as the recorded collector does: `I1121 07:48:08.244929      19 main.go:400] …`."""
    stamp = datetime.now(UTC).strftime("%m%d %H:%M:%S.%f")
    print(f"I{stamp} {os.getpid():7} main.go:{line}] {text}", flush=True)


def die(text: str, line: int) -> NoReturn:
    stamp = datetime.now(UTC).strftime("%m%d %H:%M:%S.%f")
    print(f"F{stamp} {os.getpid():7} main.go:{line}] {text}", file=sys.stderr, flush=True)
    os._exit(255)  # from whatever thread


def root_processes() -> dict[int, str]:
    """Return the first process of each container of the pod, with its command line."""
    found = {}
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            stat = (folder / "stat").read_text().rpartition(")")[2].split()
            line = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if stat[1] == "0" and stat[0] != "Z":
            found[int(folder.name)] = line
    return found


def main_process(folder: Path) -> int:
    """Return the trial's process; without one the trial is lost."""
    roots = root_processes()
    for pid, line in sorted(roots.items()):
        if pid not in (1, os.getpid()) and f"echo completed > {folder}" in line:
            return pid
    listed = " ".join(map(str, sorted(roots)))
    die(f"Failed to wait for worker container: unable to find main pid from the process list "
        f"[{listed}]", 425)  # fmt: skip


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def children(pid: int) -> list[int]:
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = (folder / "stat").read_text().rpartition(")")[2].split()[1]
        except OSError:
            continue
        if parent == str(pid):
            found.append(int(folder.name))
    return found


class Collector:
    """One trial's collector."""

    def __init__(self, words: argparse.Namespace) -> None:
        self.words = words
        self.path = Path(words.path)
        self.names = words.m.split(";")
        filters = words.f.split(";") if words.f else [DEFAULT_FILTER]
        self.filters = [re.compile(text, re.ASCII) for text in filters]
        self.main = main_process(self.path.parent)
        self.is_stopped = False
        self.is_told = threading.Event()  # that it is stopped: to the database and the service

    def run(self) -> None:
        follow = threading.Thread(target=self.follow, daemon=True)
        follow.start()
        while is_running(self.main):
            time.sleep(POLL_SECONDS)
        mark = self.path.parent / f"{self.main}.pid"
        if self.is_stopped:
            self.is_told.wait(2 * STOP_SECONDS)
            return
        if not mark.exists():
            die(f"Failed to wait for worker container: training container is failed. Unable to "
                f"read file {mark} for pid {self.main}, error: open {mark}: no such file or "
                "directory", 425)  # fmt: skip
        self.report()

    def follow(self) -> None:
        """Show the file's lines as they come, and watch the rules."""
        rules = Rules(
            [StopRule.parse(text) for text in self.words.stop_rule],
            self.names[0], self.words.o_type == "maximize",
        )  # fmt: skip
        watched = {rule.metric for rule in rules.left}
        for line in self.lines():
            show(line)
            if self.is_stopped or not any(name in line for name in watched):
                continue
            for name, value in self.found(line):
                try:
                    rules.see(name, float(value))
                except ValueError:
                    die(f"Unable to parse value 0 to float for metric {name}", 215)
            if not rules.left:
                self.stop()

    def lines(self) -> Iterator[str]:
        while not self.path.exists():
            time.sleep(0.01)
        with self.path.open(errors="replace") as stream:
            rest = ""
            while True:
                rest += stream.read()
                *whole, rest = rest.split("\n")
                yield from whole
                time.sleep(0.1)

    def stop(self) -> None:
        """End the trial early: mark, signal its only child, report, tell the service."""
        show("Training container is early stopped", 265)
        from eegtune.cluster.katib.protocol import api_pb2 as api

        self.is_stopped = True
        (self.path.parent / f"{self.main}.pid").write_text("early-stopped\n")
        found = children(self.main)
        if len(found) != 1:
            die(f"Multiple children processes are not supported. Children processes: {found}", 284)
        os.kill(found[0], signal.SIGTERM)
        self.report()
        ends = time.monotonic() + STOP_SECONDS
        while is_running(self.main) and time.monotonic() < ends:
            time.sleep(0.05)
        request = api.SetTrialStatusRequest(trial_name=self.words.t)
        error = send(self.words.s_earlystop, "EarlyStopping", "SetTrialStatus", request)
        if error:
            die(f"Set Trial status error: {error}", 328)
        show("Trial status is successfully updated", 331)
        self.is_told.set()

    def found(self, line: str) -> Iterator[tuple[str, str]]:
        """Yield names and values in a line; with the default filter a value may be empty."""
        for one in self.filters:
            for match in one.finditer(line):
                yield match.group(1).strip(), match.group(2).strip()

    def report(self) -> None:
        from eegtune.cluster.katib.protocol import api_pb2 as api

        reports = self.read()
        logs = [
            api.MetricLog(time_stamp=r.time, metric=api.Metric(name=r.name, value=r.value))
            for r in reports
        ]
        request = api.ReportObservationLogRequest(
            trial_name=self.words.t, observation_log=api.ObservationLog(metric_logs=logs)
        )
        error = send(self.words.s_db, "DBManager", "ReportObservationLog", request)
        if error:
            die(f"Failed to Report logs: {error}", 456)
        shown = (
            f'metric_logs:{{time_stamp:"{r.time}"  metric:{{name:"{r.name}"  value:"{r.value}"}}}}'
            for r in reports
        )
        show("Metrics reported. :\n" + "  ".join(shown), 459)

    def read(self) -> list[Report]:
        """Return all that the file holds; without the objective nothing but `unavailable`."""
        lines = self.path.read_text(errors="replace").split("\n")
        read = self.read_json if self.words.format == "JSON" else self.read_text
        reports = [report for line in lines for report in read(line)]
        if any(report.name == self.names[0] for report in reports):
            return reports
        show(f"Objective metric {self.names[0]} is not found in training logs, unavailable value "
             "is reported", 181)  # fmt: skip
        return [Report(ZERO_TIME, self.names[0], "unavailable")]

    def read_text(self, line: str) -> list[Report]:
        first = line.partition(" ")[0]
        time = first if TIME.fullmatch(first) else ZERO_TIME
        return [Report(time, name, value)
                for name, value in self.found(line) if name in self.names]  # fmt: skip

    def read_json(self, line: str) -> list[Report]:
        if not line:
            return []
        try:
            values = json.loads(line)
        except ValueError as error:
            die(f"Failed to collect logs: {error}: invalid character in {line!r}", 449)
        time = str(values.get("timestamp", ZERO_TIME))
        return [Report(time, name, values[name]) for name in self.names
                if isinstance(values.get(name), str)]  # fmt: skip


def send(address: str, service: str, method: str, request: Any) -> str:
    """Call a service; return what went wrong, in the words of Go's gRPC, or nothing.

    A name that cannot be looked up is looked up again: on a busy machine the cluster's DNS
    answers later than Python's resolver waits, which the recorded collector's does not mind.
    """
    import grpc

    from eegtune.cluster.katib.protocol.rpc import OPTIONS, caller

    for wait_seconds in (2, 4, 8, 0):
        with grpc.insecure_channel(address, options=OPTIONS) as channel:
            try:
                caller(channel, service, method)(request, timeout=60)
            except grpc.RpcError as error:
                said = describe(error)
            else:
                return ""
        if "errors resolving" not in said:
            break
        time.sleep(wait_seconds)
    return said


def describe(error: grpc.RpcError) -> str:
    code = "".join(part.title() for part in error.code().name.split("_"))
    return f"rpc error: code = {code} desc = {error.details()}"


def parse(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(allow_abbrev=False)
    for name in ("-t", "-m", "-path"):
        parser.add_argument(name, required=True)
    for name in ("-o-type", "-s-db", "-format", "-f", "-w", "-s-earlystop"):
        parser.add_argument(name, default="")
    parser.add_argument("-stop-rule", action="append", default=[])
    return parser.parse_args(words)


if __name__ == "__main__":
    given = parse(sys.argv[1:])
    show(f"Trial Name: {given.t}", 400)
    Collector(given).run()
