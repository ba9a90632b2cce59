"""Our end of the socket to the process that starts trials (see `trial_runner.forkserver`)."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from eegtune.execution.runner import RunnerError

_LENGTH = struct.Struct(">I")
_READ_BYTES = 65_536


class Control:
    """The running server and the messages to and from it."""

    def __init__(
        self,
        log: Path,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        lock: int | None,
    ) -> None:
        """Start the server.

        Args:
            log: The file that takes what the server itself writes.
            arguments: What it imports before it forks trials.
            environment: Its environment, which the libraries of forked trials have read.
            lock: The descriptor of the run's lock, so that it is held until trials are dead.

        Raises:
            RunnerError: It cannot be started.
        """
        self._buffer = bytearray()
        self._socket, theirs = socket.socketpair()
        descriptors = [theirs.fileno(), *([] if lock is None else [lock])]
        command = [sys.executable, "-P", "-m", "trial_runner.forkserver"]
        command += ["--socket", str(theirs.fileno()), *arguments]
        command += [] if lock is None else ["--lock", str(lock)]
        try:
            with theirs, log.open("ab") as log_file:
                self._process = subprocess.Popen(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=log_file,
                    stderr=log_file,
                    env=dict(environment),
                    pass_fds=descriptors,
                    start_new_session=True,  # Ctrl-C of the terminal is for us to handle
                )
        except OSError as error:
            raise RunnerError(
                f"the process that starts trials cannot be started: {error}"
            ) from error

    @property
    def pid(self) -> int:
        """The server's process."""
        return self._process.pid

    def fileno(self) -> int:
        """Return the socket's descriptor, for `select`."""
        return self._socket.fileno()

    def send(self, message: Mapping[str, Any], descriptors: Sequence[int] = ()) -> None:
        """Send a message; one to a dead server is dropped, as its end is seen elsewhere."""
        payload = json.dumps(message).encode()
        data = _LENGTH.pack(len(payload)) + payload
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            if descriptors:
                data = data[socket.send_fds(self._socket, [data], list(descriptors)) :]
            self._socket.sendall(data)

    def receive(self) -> list[dict[str, Any]] | None:
        """Return the messages that have arrived; None when the server has ended."""
        try:
            data = self._socket.recv(_READ_BYTES)
        except ConnectionResetError:
            data = b""
        if not data:
            return None
        self._buffer += data
        return list(self._complete())

    def shut_down(self) -> None:
        """Tell the server to kill all trials and end."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_WR)

    def close(self, patience_seconds: float) -> None:
        """Wait for the server's end, then free everything."""
        try:
            self._process.wait(patience_seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._socket.close()

    def _complete(self) -> Iterator[dict[str, Any]]:
        while len(self._buffer) >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(self._buffer)
            if len(self._buffer) < _LENGTH.size + length:
                return
            payload = bytes(self._buffer[_LENGTH.size : _LENGTH.size + length])
            del self._buffer[: _LENGTH.size + length]
            yield json.loads(payload)


def limited_threads(cores: int) -> dict[str, str]:
    """Return the variables that keep numerical libraries to a number of threads."""
    names = ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "VECLIB_MAXIMUM")
    return {f"{name}_NUM_THREADS": str(cores) for name in names}


def path_with_our_programs(environment: Mapping[str, str]) -> str:
    """Return `PATH` with the folder of our own Python first, where `trial-runner` is too."""
    ours = str(Path(sys.executable).parent)
    path = environment.get("PATH", os.defpath)
    return path if path.split(os.pathsep)[0] == ours else f"{ours}{os.pathsep}{path}"
