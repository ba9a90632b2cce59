from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

EEGTUNE = str(Path(sys.executable).with_name("eegtune"))
# The first two trials end at once; the third waits until the test lets it go.
SCRIPT = """
import os, sys, time
print('loss=' + sys.argv[1], flush=True)
import pathlib
done = pathlib.Path(%r)
if len(list(done.parent.glob('runs/tried/trials/*/stdout.log'))) >= 3:
    while not done.exists():
        time.sleep(0.05)
"""


@contextmanager
def page_of(run: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    process = subprocess.Popen(
        [EEGTUNE, "dashboard", run, "--port", "0"],
        stdout=subprocess.PIPE,
        text=True,
        # A shell starts what it puts into the background deaf to Ctrl-C, and children inherit it.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        match = re.search(r"http://127\.0\.0\.1:\d+", line)
        assert match, line
        yield process, match[0]
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def fetch(address: str) -> Any:
    with urllib.request.urlopen(address, timeout=20) as answer:
        return json.load(answer)


def states(page: str) -> list[str]:
    return [trial["state"] for trial in fetch(f"{page}/api/studies/0")["trials"]]


def test_the_page_follows_a_run(write: Any, tmp_path: Path) -> None:
    done = tmp_path / "done"
    file = write(SCRIPT % str(done))
    run = subprocess.Popen([EEGTUNE, "run", str(file), "--no-report", "--quiet"])
    try:
        while len(list(Path("runs").glob("tried/trials/*/stdout.log"))) < 3:
            assert run.poll() is None
            time.sleep(0.05)
        with page_of("tried") as (_, page):
            with urllib.request.urlopen(page, timeout=20) as answer:
                assert "<html" in answer.read().decode().lower()
            assert states(page) == ["Complete", "Complete", "Running"]
            done.touch()
            run.wait(60)
            give_up_at = time.monotonic() + 30
            while states(page) != ["Complete"] * 3:  # the page looks every two seconds
                assert time.monotonic() < give_up_at
                time.sleep(0.2)
            assert len(fetch(f"{page}/api/studies/0")["best_trials"]) == 1
    finally:
        done.touch()
        run.wait()


def test_the_page_takes_no_orders_and_ends_with_ctrl_c(eegtune: Any, write: Any) -> None:
    eegtune("run", write(), "--no-report", "--quiet")
    with page_of("runs/tried") as (process, page):
        for method, path in (("DELETE", "studies/0"), ("PUT", "studies/0/note"),
                             ("POST", "studies"), ("POST", "trials/0/tell")):  # fmt: skip
            request = urllib.request.Request(f"{page}/api/{path}", b"{}", method=method)
            with pytest.raises(urllib.error.HTTPError) as caught:
                urllib.request.urlopen(request, timeout=20)
            assert caught.value.code == 403
            assert "only shows the run" in json.load(caught.value)["reason"]
            caught.value.close()
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 130
    assert eegtune("trials", "tried")[1].count("Succeeded") == 3


def test_no_run_and_a_port_in_use(eegtune: Any, write: Any) -> None:
    assert eegtune("dashboard", "nothing")[0] == 2
    eegtune("run", write(), "--no-report", "--quiet")
    with page_of("tried") as (_, page):
        port = page.rsplit(":", 1)[1]
        code, _, errors = eegtune("dashboard", "tried", "--port", port)
    assert code == 1
    assert "choose another --port" in errors
