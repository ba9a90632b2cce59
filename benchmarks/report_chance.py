"""Is the report's chance that the winner is the best right? Made-up searches whose truth is known.

python benchmarks/report_chance.py [--rounds 20]
"""

from __future__ import annotations

import argparse
import json
import math
import random
import sys
import time
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
# Trials, deviation of the noise, deviation of each configuration's own over that, kind of surface.
CASES = ((30, 0.01, 0.0, "bowl"), (40, 0.02, 0.3, "bowl"), (50, 0.02, 0.0, "ridge"),
         (40, 0.04, 0.0, "bowl"))  # fmt: skip
_PARAMETERS = 3


class Seen(NamedTuple):
    """One of a run's five best configurations: what the report says of it, and what is so."""

    stated: float
    is_best: bool
    is_inside: bool


def main() -> None:
    """Print stated chances against how often it was so, and how often intervals held the truth."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=20)
    options = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    begun = time.process_time()
    runs = [one_run(seed, *case) for seed in range(options.rounds) for case in CASES]
    found = {
        "runs": len(runs),
        "winner": _summed([run[0] for run in runs]),
        "best five": _summed([each for run in runs for each in run]),
        "stated above .4": _summed([each for run in runs for each in run if each.stated > 0.4]),
        "cpu_seconds": round(time.process_time() - begun),
    }
    print(json.dumps(found, indent=2))


def one_run(seed: int, trials: int, noise: float, own: float, kind: str) -> list[Seen]:
    """Search at random, then near what looks best; return what the report says of the best."""
    from eegtune.report.analysis.belief import believe
    from eegtune.report.analysis.winner import standings
    from tests.eegtune.report.runs import experiment, record

    rng = random.Random(f"{seed} {kind} {noise}")
    points = [[rng.random() for _ in range(_PARAMETERS)] for _ in range(trials)]
    for late in range(trials // 2, trials):
        near = max(points[:late], key=lambda point: worth(point, kind) + noise * rng.gauss(0, 1))
        points[late] = [min(1.0, max(0.0, at + 0.12 * rng.gauss(0, 1))) for at in near]
    truth = [worth(point, kind) + own * noise * rng.gauss(0, 1) for point in points]
    records = [
        record(n, {f"x{i}": f"{at:.4f}" for i, at in enumerate(point)},
               truth[n] + noise * rng.gauss(0, 1))
        for n, point in enumerate(points)
    ]  # fmt: skip
    between = {"min": "0", "max": "1"}
    space = tuple(
        {"name": f"x{i}", "parameterType": "double", "feasibleSpace": between}
        for i in range(_PARAMETERS)
    )
    best = max(range(trials), key=truth.__getitem__)
    return [
        Seen(each.chance, (n := each.record.number) == best, each.low <= truth[n] <= each.high)
        for each in standings(believe(experiment(space), records), most=5)
    ]


def worth(point: list[float], kind: str) -> float:
    """Return the true score of a configuration."""
    if kind == "ridge":
        return 0.8 - 0.4 * (point[0] - 0.4) ** 2 + 0.03 * math.sin(9 * point[1])
    middle = (0.3, 0.6, 0.5)
    return 0.9 - 0.5 * sum((at - best) ** 2 for at, best in zip(point, middle, strict=True))


def _summed(seen: list[Seen]) -> dict[str, float]:
    count = max(1, len(seen))
    return {
        "count": len(seen),
        "stated": round(sum(each.stated for each in seen) / count, 3),
        "true": round(sum(each.is_best for each in seen) / count, 3),
        "intervals that hold the truth": round(sum(each.is_inside for each in seen) / count, 3),
    }


if __name__ == "__main__":
    main()
