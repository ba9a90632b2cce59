"""A process that has imported what trials need and starts each in a process of its own.

Importing torch, mne and scikit-learn takes seconds; a fork of a process that has imported them
takes milliseconds. The server is started once, with one end of a Unix socket, imports what its
component asks for, and then obeys messages: a JSON object after its length in four bytes (big
endian), with the trial's standard output and error as file descriptors.

    {"do": "start", "id": ID, "argv": […], "environment": {…}, "call": "module:function" or null,
     "directory": PATH or null, "cores": N}     a forked call, or a new program where call is null
    {"do": "stop", "id": ID, "grace_seconds": S}     SIGTERM to its group, SIGKILL after S seconds

It answers, in the same form, {"event": "ready", "failed_imports": {…}}, {"event": "started",
"id", "pid"}, {"event": "ended", "id", "exit_code", "signal"} and {"event": "refused", "id",
"message"}.

Each trial leads a session and process group of its own. When it ends, whatever is left of its
group is killed; when the other end of the socket closes, everything is. Where the system can
(Linux), trials die with the server even when it is killed itself.

The server never runs what it imports: a parent that has started threads (torch's among them)
would hang its children. Children set the number of threads before anything else.
"""

from __future__ import annotations

import argparse
import atexit
import contextlib
import ctypes
import gc
import os
import select
import signal
import socket
import sys
import threading
import time
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from itertools import chain
from typing import Any, NoReturn

from trial_runner.channel import Channel
from trial_runner.huge_pages import collapse, own_large_pages

DEFAULT_CALL = "trial_runner.cli:main"
_READ_BYTES = 65_536
_EXIT_CANNOT_RUN, _EXIT_NOT_FOUND = 126, 127
_PR_SET_PDEATHSIG = 1
_PASSES = 3  # a page that a trial shares just then may refuse


@dataclass(slots=True)
class Child:
    """A trial's process."""

    id: str
    pid: int
    kill_at: float | None = None  # monotonic seconds


class ForkServer:
    """Starts and reaps the processes of trials until the socket closes."""

    def __init__(self, channel: Channel, inherited: Sequence[int] = ()) -> None:
        self._channel = channel
        self._children: dict[str, Child] = {}
        self._wake_read, self._wake_write = os.pipe()
        for descriptor in (self._wake_read, self._wake_write):
            os.set_blocking(descriptor, False)
        self._close_in_child = (*inherited, self._wake_read, self._wake_write)
        self._small_pages: Iterator[int] = iter(())

    def serve(self) -> None:
        """Obey until the other end of the socket closes, then kill what is left."""
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._wake_write, warn_on_full_buffer=False)
        gc.collect()
        gc.freeze()  # so that no child's collection touches, and copies, these pages
        self._small_pages = chain.from_iterable(own_large_pages() for _ in range(_PASSES))
        try:
            while self._turn():
                pass
        except (BrokenPipeError, ConnectionResetError):
            pass  # the other end is gone
        finally:
            self._kill_all()

    def _turn(self) -> bool:
        watched = [self._channel.fileno(), self._wake_read]
        readable, _, _ = select.select(watched, [], [], 0.0)
        if not readable and not self._gathered_a_page():
            readable, _, _ = select.select(watched, [], [], self._patience())
        if self._wake_read in readable:
            with contextlib.suppress(BlockingIOError):
                os.read(self._wake_read, _READ_BYTES)
        self._reap()
        self._kill_overdue()
        if self._channel.fileno() not in readable:
            return True
        messages = self._channel.receive()
        for message, descriptors in messages or ():
            self._obey(message, descriptors)
        return messages is not None

    def _gathered_a_page(self) -> bool:
        """Use an idle moment to make later forks cheaper; False when all is done."""
        address = next(self._small_pages, None)
        if address is not None:
            collapse(address)
        return address is not None

    def _patience(self) -> float | None:
        deadlines = [each.kill_at for each in self._children.values() if each.kill_at is not None]
        return max(0.0, min(deadlines) - time.monotonic()) if deadlines else None

    def _obey(self, message: dict[str, Any], descriptors: list[int]) -> None:
        if message["do"] == "start":
            self._start(message, descriptors)
        elif message["do"] == "stop":
            child = self._children.get(message["id"])
            if child is not None:
                _signal_group(child.pid, signal.SIGTERM)
                kill_at = time.monotonic() + float(message["grace_seconds"])
                child.kill_at = min(kill_at, child.kill_at or kill_at)
                self._kill_overdue()

    def _start(self, request: dict[str, Any], descriptors: list[int]) -> None:
        server = os.getpid()
        try:
            pid = os.fork()
        except OSError as error:
            pid, why = -1, error.strerror
        if pid == 0:
            self._become_trial(request, descriptors, server)
        for descriptor in descriptors:
            os.close(descriptor)
            self._channel.held.discard(descriptor)
        if pid < 0:
            message = f"no process could be started: {why}"
            self._channel.send({"event": "refused", "id": request["id"], "message": message})
            return
        self._children[request["id"]] = Child(request["id"], pid)
        self._channel.send({"event": "started", "id": request["id"], "pid": pid})

    def _become_trial(
        self, request: dict[str, Any], descriptors: list[int], server: int
    ) -> NoReturn:
        code = 1
        try:
            _die_with_parent(server)
            os.setsid()
            signal.set_wakeup_fd(-1)
            for number in (signal.SIGCHLD, signal.SIGTERM):
                signal.signal(number, signal.SIG_DFL)
            self._channel.close()
            # Another trial's pipe must not stay open here: its reader would wait for its end.
            for descriptor in (*self._close_in_child, *self._channel.held - set(descriptors)):
                os.close(descriptor)
            _take_streams(descriptors)
            _go_first_when_memory_runs_out()
            code = run_trial(request)
        except SystemExit as ending:
            code = _exit_code(ending)
        except BaseException:
            traceback.print_exc()
        finally:
            _leave(code)

    def _reap(self) -> None:
        for child in list(self._children.values()):
            status = _ended(child.pid)
            if status is None:
                continue
            del self._children[child.id]
            code = os.waitstatus_to_exitcode(status)
            self._channel.send(
                {
                    "event": "ended",
                    "id": child.id,
                    "exit_code": code if code >= 0 else None,
                    "signal": -code if code < 0 else None,
                }
            )

    def _kill_overdue(self) -> None:
        for child in self._children.values():
            if child.kill_at is not None and child.kill_at <= time.monotonic():
                _signal_group(child.pid, signal.SIGKILL)
                child.kill_at = None

    def _kill_all(self) -> None:
        for child in self._children.values():
            _signal_group(child.pid, signal.SIGKILL)
        for child in self._children.values():
            with contextlib.suppress(ChildProcessError):
                os.waitpid(child.pid, 0)


def run_trial(request: dict[str, Any]) -> int:
    """Become what a request asks for; return the exit code of a call that returns."""
    if request.get("directory"):
        os.chdir(request["directory"])
    environment: dict[str, str] = request["environment"]
    if request["call"] is None:
        _execute(request["argv"], environment)
    os.environ.clear()
    os.environ.update(environment)
    atexit._clear()  # see `_leave`
    _prepare_libraries(int(request["cores"]))
    sys.argv = list(request["argv"])
    module, _, function = request["call"].partition(":")
    result = getattr(import_module(module), function)(sys.argv[1:])
    return int(result or 0)


def preload(component: str | None, modules: Sequence[str]) -> dict[str, str]:
    """Import what trials of a component need; return what could not be imported, and why.

    A failure is not the server's: the trial that needs the module says it better.
    """
    failed: dict[str, str] = {}
    wanted = [*modules, *(_component_modules(component) if component else ())]
    for name in wanted:
        try:
            import_module(name)
        except Exception as error:
            failed[name] = f"{type(error).__name__}: {error}"
    return failed


def _component_modules(name: str) -> list[str]:
    from trial_runner.components import get_component

    try:
        component = get_component(name)
    except KeyError:
        return []
    return ["trial_runner.cli", *component.preload, component.entry.partition(":")[0]]


def _execute(argv: Sequence[str], environment: dict[str, str]) -> NoReturn:
    for number in (signal.SIGPIPE, signal.SIGXFSZ):  # Python ignores them, programs should not
        signal.signal(number, signal.SIG_DFL)
    try:
        os.execvpe(argv[0], list(argv), environment)
    except FileNotFoundError:
        print(f"{argv[0]}: command not found", file=sys.stderr)
        raise SystemExit(_EXIT_NOT_FOUND) from None
    except OSError as error:
        print(f"{argv[0]}: cannot be run: {error.strerror}", file=sys.stderr)
        raise SystemExit(_EXIT_CANNOT_RUN) from None


def _prepare_libraries(cores: int) -> None:
    torch = sys.modules.get("torch")
    if torch is not None:
        torch.set_num_threads(cores)
        torch.default_generator.seed()  # torch.seed() would also ask each kind of accelerator
    numpy_random = sys.modules.get("numpy.random")
    if numpy_random is not None:
        numpy_random.seed()  # else all trials would share the server's generator
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]


def _go_first_when_memory_runs_out() -> None:
    try:
        with open("/proc/self/oom_score_adj", "w") as adjustment:
            adjustment.write("500")
    except OSError:  # not Linux, or not allowed
        return


def _take_streams(descriptors: Sequence[int]) -> None:
    nothing = os.open(os.devnull, os.O_RDONLY)
    for target, source in enumerate((nothing, *descriptors)):
        os.dup2(source, target, inheritable=True)
        os.close(source)


def _exit_code(ending: SystemExit) -> int:
    if ending.code is None:
        return 0
    if isinstance(ending.code, int):
        return ending.code
    print(ending.code, file=sys.stderr)
    return 1


def _leave(code: int) -> NoReturn:
    """End like an interpreter does, without the time it takes to tear down the modules.

    What the preloaded libraries had registered to run at exit was dropped at the start of a
    call (torch's takes 60 ms); of that, what a trial may rely on runs here.
    """
    try:
        threading._shutdown()  # type: ignore[attr-defined]
        atexit._run_exitfuncs()
        for module, function in (
            ("multiprocessing.util", "_exit_function"),
            ("logging", "shutdown"),
        ):
            if module in sys.modules:
                getattr(sys.modules[module], function)()
    except BaseException:
        traceback.print_exc()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(code & 0xFF)


def _ended(pid: int) -> int | None:
    """Return the status of a process that has ended, after killing the rest of its group."""
    if hasattr(os, "waitid"):
        options = os.WEXITED | os.WNOHANG | os.WNOWAIT
        if os.waitid(os.P_PID, pid, options) is None:
            return None
        # It is not reaped yet, so its number cannot be another's.
        _signal_group(pid, signal.SIGKILL)
    reaped, status = os.waitpid(pid, os.WNOHANG)
    return status if reaped else None


def _signal_group(pid: int, number: signal.Signals) -> None:
    try:
        os.killpg(pid, number)
    except ProcessLookupError:  # not yet a group leader, or gone
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
    except PermissionError:  # a group of zombies on macOS, or a program of another user
        pass


def _die_with_parent(parent: int) -> None:
    if _LIBC is None:
        return
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Serve on an inherited socket."""
    parser = argparse.ArgumentParser(prog="python -m trial_runner.forkserver")
    parser.add_argument("--socket", type=int, required=True, help="descriptor of the socket")
    parser.add_argument("--lock", type=int, help="descriptor that marks the run as alive")
    parser.add_argument("--component", help="component whose modules are imported first")
    parser.add_argument("--preload", action="append", default=[], help="module to import first")
    options = parser.parse_args(arguments)
    connection = socket.socket(fileno=options.socket)
    channel = Channel(connection)
    failed = preload(options.component, options.preload)
    inherited = [] if options.lock is None else [options.lock]
    with contextlib.suppress(BrokenPipeError):
        channel.send({"event": "ready", "failed_imports": failed})
        ForkServer(channel, inherited).serve()
    os._exit(0)  # tearing down what was imported would take a second


if __name__ == "__main__":
    # Not from this file's own namespace, so that there is one copy of the module.
    from trial_runner.forkserver import main as serve

    serve()
