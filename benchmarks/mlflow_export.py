"""How long a local MLflow server takes to receive a run, twice.

python benchmarks/mlflow_export.py [--trials 100] [--points 20]
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[1]


def main() -> None:
    """Start a server, export a made-up run into it twice, print the times."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--trials", type=int, default=100)
    parser.add_argument("--points", type=int, default=20)
    options = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    from eegtune.report.exports.mlflow_tracking import export_to_mlflow
    from tests.eegtune.report.runs import material
    from tests.eegtune.report.stored import store

    with tempfile.TemporaryDirectory() as name, _server(Path(name)) as (uri, process):
        run = store(material(options.trials, curve_points=options.points), Path(name) / "run")
        found: dict[str, object] = {"trials": options.trials, "points": options.points}
        for which in ("first", "second"):
            wall, cpu = time.monotonic(), _cpu_seconds(process)
            exported = export_to_mlflow(run.path, uri)
            found[which] = {
                "seconds": round(time.monotonic() - wall, 1),
                "cpu_seconds": round(_cpu_seconds(process) - cpu, 1),
                "added": exported.added,
                "known": exported.known,
            }
    print(json.dumps(found, indent=2))


@contextmanager
def _server(folder: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    uri = f"http://127.0.0.1:{port}"
    process = subprocess.Popen(
        [
            sys.executable, "-m", "mlflow", "server", "--port", str(port), "--workers", "1",
            "--backend-store-uri", f"sqlite:///{folder}/mlflow.db",
            "--artifacts-destination", str(folder / "artefacts"),
        ],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        # Without its workers for other jobs, whose start would be measured too.
        env={**os.environ, "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"},
    )  # fmt: skip
    try:
        _wait(f"{uri}/health", process)
        yield uri, process
    finally:
        os.killpg(process.pid, 15)
        process.wait()


def _wait(address: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(6000):
        try:
            with urllib.request.urlopen(address, timeout=1):
                return
        except OSError:
            if process.poll() is not None:
                raise SystemExit("the MLflow server did not start") from None
            time.sleep(0.1)
    raise SystemExit("the MLflow server does not answer")


def _cpu_seconds(process: subprocess.Popen[bytes]) -> float:
    """Return the CPU time of this process and of the server's process group."""
    ticks = os.sysconf("SC_CLK_TCK")
    total = time.process_time()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[2]) == process.pid:
            total += (int(fields[11]) + int(fields[12])) / ticks
    return total


if __name__ == "__main__":
    main()
