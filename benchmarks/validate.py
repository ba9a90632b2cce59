"""How fast `eegtune validate` is: one file with the start-up, and a thousand files in one call.

Usage: python benchmarks/validate.py [--repeats 7] [--files 1000]

Beside it the time of an interpreter that only imports click and PyYAML, since a busy machine
slows all alike.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
EXPERIMENT = ROOT / "manifests" / "experiments" / "linear_probe" / "bayesian.yaml"
COMMAND = [sys.executable, "-c", "from eegtune.cli import main; main()", "validate", "-q"]


def main() -> None:
    """Measure and print; see the module's description."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--files", type=int, default=1000)
    options = parser.parse_args()
    bare = [timed([sys.executable, "-c", "import click, yaml"]) for _ in range(options.repeats)]
    one = [timed([*COMMAND, str(EXPERIMENT)]) for _ in range(options.repeats)]
    with tempfile.TemporaryDirectory() as folder:
        text = EXPERIMENT.read_text("utf-8")
        for index in range(options.files):
            copy = text.replace("name: linear-probe-bayesian", f"name: probe-{index}")
            (Path(folder) / f"{index:04}.yaml").write_text(copy, "utf-8")
        many = timed([*COMMAND, folder])
    print("                            wall s   processor s")
    report("python: import click, yaml", bare)
    report("validate one file", one)
    report(f"validate {options.files:,} files", [many])


def report(name: str, times: list[tuple[float, float]]) -> None:
    """Print the medians."""
    wall, processor = (statistics.median(column) for column in zip(*times, strict=True))
    print(f"{name:<28}{wall:>6.3f}{processor:>12.3f}")


def timed(words: list[str]) -> tuple[float, float]:
    """Run a command; return its wall time and processor time in seconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL)
    wall = time.perf_counter() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return wall, used


if __name__ == "__main__":
    main()
