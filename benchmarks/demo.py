"""The demo's figures: the search's wall time, trials a second, cache hits, and test scores.

Usage: python benchmarks/demo.py

Runs the shipped Bayesian Experiment from an empty feature cache, then evaluates it beside the
untuned default on all features and on the features that the search chose, as `make demo` does.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
EXPERIMENT = ROOT / "manifests" / "experiments" / "linear_probe" / "bayesian.yaml"
ALL_FEATURES = "band_power+slow_potentials+tangent_space"


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        run, cache = Path(folder) / "run", Path(folder) / "cache"
        environment = {**os.environ, "EEGTUNE_CACHE": str(cache)}
        started = time.monotonic()
        eegtune("run", str(EXPERIMENT), "--dir", str(run), "--quiet", environment=environment)
        seconds = time.monotonic() - started
        trials = json.loads(
            eegtune("trials", str(run), "--format", "json", environment=environment)
        )
        best = json.loads((run / "best_hyperparameters.json").read_text())["hyperparameters"]
        scores = json.loads(
            eegtune(
                "evaluate", str(run), "--format", "json",
                "--configuration", f"default on all features: features={ALL_FEATURES}",
                "--configuration", f"default on the tuned features: features={best['features']}",
                environment=environment,
            )
        )  # fmt: skip
        logs = [log.read_text() for log in cache.rglob("uses.log")]
        uses = Counter(line.split()[0] for log in logs for line in log.splitlines())
        print(table(seconds, len(trials), uses, scores))


def eegtune(*words: str, environment: dict[str, str]) -> str:
    command = [str(Path(sys.executable).with_name("eegtune")), *words]
    return subprocess.run(
        command, env=environment, check=True, stdout=subprocess.PIPE, text=True
    ).stdout


def table(seconds: float, trials: int, uses: Counter[str], scores: dict[str, Any]) -> str:
    hits = uses["hit"] / max(1, uses.total())
    lines = [
        "| what | figure |", "| --- | ---: |",
        f"| {trials} trials of 5 folds, with imports and report | {seconds:.1f} s |",
        f"| trials a second | {trials / seconds:.2f} |",
        f"| feature and window cache: hits of {uses.total()} uses | {hits:.0%} |",
    ]  # fmt: skip
    return "\n".join([*lines, "", json.dumps(scores, indent=1)])


if __name__ == "__main__":
    main()
