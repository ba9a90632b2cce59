"""CPU seconds of one call for 8 points with 8 and 64 pending, and resident memory.

A process for each algorithm, the short histories first; the first call, which imports, is not
counted. CPU seconds of a busy machine are longer than those of a quiet one (its caches are
shared), so they are upper bounds there.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from search_common import Cache, make_experiment, markdown, parameter

from eegtune.search import suggest
from eegtune.spec.trial import Trial, TrialCondition

CASES = ((100, 8), (1000, 8), (3000, 8), (3000, 64), (10000, 8))
ALGORITHMS = (
    "random", "grid", "sobol", "tpe", "multivariate-tpe", "bayesianoptimization", "cmaes",
    "hyperband", "asha", "bohb", "pbt", "nsga2", "auto",
)  # fmt: skip
KEYS = ("algorithm", "trials", "pending")
COUNT = 8


def run(seeds: Iterable[int], only: set[str]) -> None:
    cache = Cache("latency", KEYS)
    for algorithm in ALGORITHMS:
        missing = [
            case
            for case in CASES
            if not cache.has(algorithm=algorithm, trials=case[0], pending=case[1])
        ]
        if missing and (not only or algorithm in only):
            words = [sys.executable, __file__, algorithm, *(f"{t}+{p}" for t, p in missing)]
            with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as measuring:
                for line in measuring.stdout or ():
                    cache.add(algorithm=algorithm, **json.loads(line))
            if measuring.returncode:
                raise SystemExit(f"{algorithm} could not be measured")


def measure(algorithm: str, cases: Sequence[tuple[int, int]]) -> Iterable[dict[str, Any]]:
    """Yield the CPU seconds of one call after another, and the largest resident memory so far."""
    import resource

    parameters = _parameters(algorithm)
    settings = {"resource": "epochs"} if algorithm in ("asha", "bohb", "hyperband", "pbt") else {}
    experiment = make_experiment("latency", parameters, algorithm, settings, trials=20_000)
    drawer = make_experiment("latency", parameters, "random", {}, trials=20_000)
    most = max(trials + pending for trials, pending in cases)
    points = [s.assignments for s in suggest(drawer, [], issued=0, count=most).suggestions]
    chance = random.Random(1)
    finished = [_trial(i, point, bool(settings), chance) for i, point in enumerate(points)]
    running = [Trial(t.name, t.assignments, TrialCondition.RUNNING) for t in finished]
    suggest(experiment, finished[:60], count=1)  # imports
    for trials, pending in cases:
        history = [*finished[:trials], *running[trials : trials + pending]]
        started = time.process_time()
        proposal = suggest(experiment, history, count=COUNT)
        seconds = time.process_time() - started
        assert len(proposal.suggestions) == COUNT
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        yield {
            "trials": trials, "pending": pending, "cpu_seconds": round(seconds, 3),
            "memory_mib": round(memory),
        }  # fmt: skip


def _parameters(algorithm: str) -> list[dict[str, Any]]:
    parameters = [
        *(
            parameter(f"x{i}", "double", min="1e-5", max="1", distribution="logUniform")
            for i in range(3)
        ),
        parameter("units", "int", min="8", max="512", step="8"),
        parameter("dropout", "discrete", list=[str(i / 10) for i in range(1, 10)]),
        parameter("kind", "categorical", list=["a", "b", "c"]),
        parameter("share", "double", min="0", max="1"),
        parameter("epochs", "int", min="1", max="81"),
    ]
    if algorithm == "grid":
        for one in parameters:
            if one["parameterType"] == "double":
                one["feasibleSpace"]["step"] = "0.05"
    return parameters


def _trial(
    number: int, point: Mapping[str, str], is_budgeted: bool, chance: random.Random
) -> Trial:
    """Return a finished trial; with a budget, most are cheap ones."""
    assignments = dict(point)
    if is_budgeted:
        assignments["epochs"] = chance.choice(["1", "1", "1", "3", "9", "27", "81"])
    name = f"latency-{number:04d}-m{number % 10}-g{number // 10}"
    metrics = {"loss": chance.gauss(0, 1) + float(point["share"])}
    return Trial(name, assignments, TrialCondition.SUCCEEDED, metrics)


def report() -> str:
    rows = {tuple(row[key] for key in KEYS): row for row in Cache("latency", KEYS).rows}
    lines = []
    for algorithm in ALGORITHMS:
        found = [rows.get((algorithm, *case)) for case in CASES]
        known = [row for row in found if row]
        if known:
            cells = [f"{row['cpu_seconds']:.3f}" if row else "" for row in found]
            lines.append((algorithm, *cells, max(row["memory_mib"] for row in known)))
    header = ("algorithm", *(f"{trials} + {pending}, s" for trials, pending in CASES), "MiB")
    return markdown(header, lines)


if __name__ == "__main__":
    asked = [tuple(map(int, word.split("+"))) for word in sys.argv[2:]]
    for row in measure(sys.argv[1], [(trials, pending) for trials, pending in asked]):
        print(json.dumps(row), flush=True)
