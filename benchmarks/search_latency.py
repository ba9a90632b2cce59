"""CPU seconds of one call for 8 points with 8 pending, and resident memory, in fresh processes."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable
from typing import Any

from search_common import Cache, make_experiment, markdown, parameter

SIZES = (100, 1000, 3000, 10000)
ALGORITHMS = (
    "random", "grid", "sobol", "tpe", "multivariate-tpe", "bayesianoptimization", "cmaes",
    "hyperband", "asha", "bohb", "pbt", "nsga2", "auto",
)  # fmt: skip


def run(seeds: Iterable[int], only: set[str]) -> None:
    cache = Cache("latency", ("algorithm", "trials"))
    for algorithm in ALGORITHMS:
        for size in SIZES:
            wanted = not only or algorithm in only
            if wanted and not cache.has(algorithm=algorithm, trials=size):
                done = subprocess.run(
                    [sys.executable, __file__, algorithm, str(size)],
                    capture_output=True, text=True, check=True,
                )  # fmt: skip
                cache.add(algorithm=algorithm, trials=size, **json.loads(done.stdout))


def measure(algorithm: str, size: int) -> dict[str, Any]:
    """Return the CPU seconds of a second call and the largest resident memory."""
    import random
    import resource
    import time

    from eegtune.search import suggest
    from eegtune.spec.trial import Trial, TrialCondition

    levels = [str(i / 10) for i in range(1, 10)]
    parameters = [
        *(
            parameter(f"x{i}", "double", min="1e-5", max="1", distribution="logUniform")
            for i in range(3)
        ),
        parameter("units", "int", min="8", max="512", step="8"),
        parameter("dropout", "discrete", list=levels),
        parameter("kind", "categorical", list=["a", "b", "c"]),
        parameter("share", "double", min="0", max="1"),
        parameter("epochs", "int", min="1", max="81"),
    ]
    if algorithm == "grid":
        for p in parameters:
            p["feasibleSpace"].setdefault("step", "0.05") if p[
                "parameterType"
            ] == "double" else None
    settings = {"resource": "epochs"} if algorithm in ("asha", "bohb", "hyperband", "pbt") else {}
    experiment = make_experiment("latency", parameters, algorithm, settings, trials=20_000)
    drawer = make_experiment("latency", parameters, "random", {}, trials=20_000)
    chance = random.Random(1)
    points = suggest(drawer, [], issued=0, count=size + 8).suggestions
    trials = []
    for number, s in enumerate(points):
        assignments = dict(s.assignments)
        if settings:
            assignments["epochs"] = chance.choice(["1", "1", "1", "3", "9", "27", "81"])
        name = f"latency-{number:04d}-m{number % 10}-g{number // 10}"
        is_done = number < size
        metrics = {"loss": chance.gauss(0, 1) + float(assignments["share"])} if is_done else {}
        condition = TrialCondition.SUCCEEDED if is_done else TrialCondition.RUNNING
        trials.append(Trial(name, assignments, condition, metrics))
    suggest(experiment, trials[:60], count=1)  # imports
    started = time.process_time()
    proposal = suggest(experiment, trials, count=8)
    seconds = time.process_time() - started
    assert len(proposal.suggestions) == 8
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"cpu_seconds": round(seconds, 3), "memory_mib": round(memory)}


def report() -> str:
    rows = {
        (r["algorithm"], r["trials"]): r for r in Cache("latency", ("algorithm", "trials")).rows
    }
    lines = []
    for algorithm in ALGORITHMS:
        found = [rows.get((algorithm, size)) for size in SIZES]
        if any(found):
            cells = [f"{row['cpu_seconds']:.2f}" if row else "" for row in found]
            lines.append((algorithm, *cells, max(row["memory_mib"] for row in found if row)))
    return markdown(("algorithm", *(f"{size} trials, s" for size in SIZES), "MiB"), lines)


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1], int(sys.argv[2]))))
