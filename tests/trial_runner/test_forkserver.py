"""The fork server itself, spoken to over its socket."""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

PATIENCE_SECONDS = 60.0
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs fork")


class Server:
    """A running fork server."""

    def __init__(self, *options: str, path: Path | None = None) -> None:
        self.socket, theirs = socket.socketpair()
        self.socket.settimeout(PATIENCE_SECONDS)
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "trial_runner.forkserver", "--socket",
                 str(theirs.fileno()), *options],
                pass_fds=[theirs.fileno()],
                env={**os.environ, **({"PYTHONPATH": str(path)} if path else {})},
            )  # fmt: skip
        self.buffer = b""

    def send(self, message: dict[str, Any], descriptors: tuple[int, ...] = ()) -> None:
        payload = json.dumps(message).encode()
        data = struct.pack(">I", len(payload)) + payload
        if descriptors:
            assert socket.send_fds(self.socket, [data], list(descriptors)) == len(data)
        else:
            self.socket.sendall(data)

    def receive(self) -> dict[str, Any]:
        while True:
            if len(self.buffer) >= 4:
                (length,) = struct.unpack_from(">I", self.buffer)
                if len(self.buffer) >= 4 + length:
                    payload, self.buffer = self.buffer[4 : 4 + length], self.buffer[4 + length :]
                    return dict(json.loads(payload))
            data = self.socket.recv(65_536)
            assert data, "the server has ended"
            self.buffer += data

    def start(self, id: str, call: str | None, *argv: str, **request: Any) -> int:
        """Start a trial; return the end of the pipe that holds all it writes."""
        read, write = os.pipe()
        message = {
            "do": "start", "id": id, "argv": list(argv), "call": call, "directory": None,
            "environment": dict(os.environ), "cores": 1, **request,
        }  # fmt: skip
        self.send(message, (write, write))
        os.close(write)
        return read

    def ended(self) -> dict[str, Any]:
        while (message := self.receive())["event"] != "ended":
            pass
        return message


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    assert server.receive() == {"event": "ready", "failed_imports": {}}
    yield server
    server.socket.close()
    assert server.process.wait(PATIENCE_SECONDS) == 0


def read_all(descriptor: int) -> str:
    with open(descriptor, "rb") as pipe:
        return pipe.read().decode()


def read_line(descriptor: int) -> str:
    line = b""
    while not line.endswith(b"\n"):
        line += os.read(descriptor, 1)
    return line.decode()


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def wait_until_dead(*pids: int) -> None:
    give_up_at = time.monotonic() + PATIENCE_SECONDS
    while any(map(is_alive, pids)):
        assert time.monotonic() < give_up_at
        time.sleep(0.01)


def python(script: str) -> tuple[None, str, str, str]:
    return None, "python3", "-c", script


@pytest.mark.parametrize(
    ("script", "code", "number"),
    [
        ("pass", 0, None),
        ("raise SystemExit(3)", 3, None),
        ("raise SystemExit('why')", 1, None),
        ("import os; os._exit(255)", 255, None),
        ("import os; os.kill(os.getpid(), 15)", None, 15),
        ("import os; os.kill(os.getpid(), 9)", None, 9),
    ],
)
def test_how_programs_end(
    server: Server, script: str, code: int | None, number: int | None
) -> None:
    pipe = server.start("a", *python(script))
    assert server.receive()["event"] == "started"
    message = server.ended()
    assert message == {"event": "ended", "id": "a", "exit_code": code, "signal": number}
    read_all(pipe)


def test_a_program_that_is_not_there(server: Server) -> None:
    pipe = server.start("a", None, "no-such-program")
    assert server.ended()["exit_code"] == 127
    assert read_all(pipe) == "no-such-program: command not found\n"


def test_a_file_that_is_no_program(server: Server, tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    pipe = server.start("a", None, str(tmp_path / "data"))
    assert server.ended()["exit_code"] == 126
    assert "cannot be run: Permission denied" in read_all(pipe)


@pytest.mark.parametrize(
    ("call", "code", "output"),
    [
        ("trial_runner.cli:main", 0, "usage"),
        ("posixpath:basename", 1, "TypeError"),
        ("json:nothing", 1, "AttributeError"),
        ("sys:exit", 1, "['--help']"),
    ],
)
def test_forked_calls(server: Server, call: str, code: int, output: str) -> None:
    pipe = server.start("a", call, "program", "--help")
    assert server.ended()["exit_code"] == code
    assert output.lower() in read_all(pipe).lower()


def test_a_program_has_its_own_environment_arguments_and_folder(
    server: Server, tmp_path: Path
) -> None:
    script = (
        "import os, sys\n"
        "print(sys.argv[1:], os.environ['ONLY'], len(os.environ), os.getcwd())\n"
        "print(os.getpid() == os.getpgrp() == os.getsid(0), sys.stdin.read() == '')\n"
    )
    own = {"directory": str(tmp_path), "environment": {"ONLY": "this", "LC_CTYPE": "C.UTF-8"}}
    pipe = server.start("a", None, sys.executable, "-c", script, "x", **own)
    assert server.ended()["exit_code"] == 0
    assert read_all(pipe).splitlines() == [f"['x'] this 2 {tmp_path}", "True True"]


def test_a_trial_does_not_keep_the_pipe_of_another_open(server: Server) -> None:
    slow = server.start("slow", *python("import time; time.sleep(300)"))
    pipes = [server.start(f"{number}", *python("print(1)")) for number in range(8)]
    for pipe in pipes:
        assert select.select([pipe], [], [], PATIENCE_SECONDS)[0]
        assert read_all(pipe) == "1\n"
    server.send({"do": "stop", "id": "slow", "grace_seconds": 0})
    read_all(slow)


def test_stop_asks_then_kills_the_whole_group(server: Server) -> None:
    script = (
        "import os, signal, subprocess, time\n"
        # Not `print`: that raises where the signal comes while the one below still flushes.
        "signal.signal(signal.SIGTERM, lambda *_: os.write(1, b'asked\\n'))\n"
        "child = subprocess.Popen(['sleep', '300'], preexec_fn=lambda: signal.signal(15, 1))\n"
        "print(child.pid, flush=True)\n"
        "while True: time.sleep(1)\n"
    )
    pipe = server.start("a", *python(script))
    started = server.receive()
    grandchild = int(read_line(pipe))
    server.send({"do": "stop", "id": "a", "grace_seconds": 0.5})
    message = server.ended()
    assert message["signal"] == signal.SIGKILL
    assert read_all(pipe) == "asked\n"
    wait_until_dead(started["pid"], grandchild)


def test_stop_of_a_trial_that_is_gone_does_nothing(server: Server) -> None:
    server.send({"do": "stop", "id": "none", "grace_seconds": 0})
    pipe = server.start("a", *python("pass"))
    assert server.ended()["exit_code"] == 0
    read_all(pipe)


def test_when_the_other_end_closes_everything_is_killed(tmp_path: Path) -> None:
    server = Server()
    script = "import subprocess, time; print(subprocess.Popen(['sleep', '300']).pid, flush=True); time.sleep(300)"  # noqa: E501
    pipe = server.start("a", *python(script))
    server.receive()
    pid = server.receive()["pid"]
    grandchild = int(read_line(pipe))
    server.socket.close()
    assert server.process.wait(PATIENCE_SECONDS) == 0
    wait_until_dead(pid, grandchild)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells children of a death")
def test_trials_die_with_a_server_that_is_killed() -> None:
    server = Server()
    server.start("a", *python("import time; time.sleep(300)"))
    server.receive()
    pid = server.receive()["pid"]
    server.process.kill()
    server.process.wait()
    wait_until_dead(pid)
    server.socket.close()


def test_what_cannot_be_imported_is_said_and_does_no_harm() -> None:
    server = Server("--preload", "no_such_module", "--preload", "json", "--component", "nothing")
    message = server.receive()
    assert list(message["failed_imports"]) == ["no_such_module"]
    server.socket.close()
    assert server.process.wait(PATIENCE_SECONDS) == 0


def test_many_trials_leave_no_zombies_nor_descriptors(server: Server) -> None:
    for number in range(25):
        read_all(server.start(str(number), None, "true"))
        server.ended()
    children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text()
    assert children == ""
    assert len(os.listdir(f"/proc/{server.process.pid}/fd")) < 12


def with_module(folder: Path, text: str, *options: str) -> Server:
    """A server that has imported a module `task` of this text."""
    (folder / "task.py").write_text(text)
    return Server(*options, "--preload", "task", path=folder)


def test_random_numbers_differ_between_forks(tmp_path: Path) -> None:
    text = "import numpy\ndef main(arguments): print(numpy.random.standard_normal())\n"
    server = with_module(tmp_path, text)
    assert server.receive()["failed_imports"] == {}
    outputs = {read_all(server.start(str(number), "task:main", "x")) for number in range(3)}
    assert len(outputs) == 3
    assert all(float(output) for output in outputs)
    server.socket.close()


def test_what_a_forked_call_registers_and_prints_is_not_lost(tmp_path: Path) -> None:
    text = (
        "import atexit, os, sys, threading, time\n"
        "def main(arguments):\n"
        "    atexit.register(print, 'at exit')\n"
        "    def late(): time.sleep(0.2); print('a thread')\n"
        "    threading.Thread(target=late).start()\n"
        "    print(arguments, os.environ['ONLY'], os.getpid() == os.getpgrp() == os.getsid(0))\n"
        "    print(repr(sys.stdin.read()), end='')\n"
        "    return 7\n"
    )
    server = with_module(tmp_path, text)
    server.receive()
    pipe = server.start("a", "task:main", "program", "--x=1", environment={"ONLY": "this"})
    assert server.ended()["exit_code"] == 7
    assert read_all(pipe).splitlines() == ["['--x=1'] this True", "''a thread", "at exit"]
    server.socket.close()


@pytest.mark.slow
def test_torch_runs_in_forks_with_the_cores_it_was_given(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    text = (
        "import torch\n"
        "def main(arguments):\n"
        "    a = torch.rand(300, 300, requires_grad=True)\n"
        "    (a @ a).sum().backward()\n"
        "    print(torch.get_num_threads(), bool(torch.isfinite(a.grad).all()))\n"
    )
    server = with_module(tmp_path, text)
    assert server.receive()["failed_imports"] == {}
    pipes = [server.start(str(cores), "task:main", "x", cores=cores) for cores in (1, 2)]
    assert [read_all(pipe) for pipe in pipes] == ["1 True\n", "2 True\n"]
    server.socket.close()
