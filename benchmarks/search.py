"""Benchmarks of the search engine: `python benchmarks/search.py NAME [OPTIONS]`.

Every benchmark appends what it has measured to `benchmarks/search_results/NAME.jsonl` and skips
what is there, so that it can be stopped and continued; `report` prints all tables and `plot` draws
medians with quartiles (the number of seeds in brackets) as `benchmarks/search_results/NAME.png`.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from pathlib import Path

BENCHMARKS = {
    "tables": "chosen configuration's rank on real tables: auto against random, TPE, GP",
    "spaces": "constrained, conditional and mixed spaces against Optuna with penalties",
    "rungs": "asha and bohb against random search with full trainings",
    "objectives": "hypervolume on ZDT and a recorded table against Optuna's default",
    "population": "pbt against the best constant schedule",
    "latency": "seconds of one call for 8 points, and memory",
}


def main() -> None:
    sys.path.insert(0, str(Path(__file__).parent))
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("name", choices=[*BENCHMARKS, "report", "plot"])
    parser.add_argument("--seeds", default="0:10", help="first:last, the last not included")
    parser.add_argument("--only", default="", help="comma-separated rivals or tables to run")
    parser.add_argument("--held-out", action="store_true", help="tables: those kept for the end")
    arguments = parser.parse_args()
    if arguments.name == "plot":
        print("\n".join(importlib.import_module("search_plot").run()))
        return
    first, last = (int(part) for part in arguments.seeds.split(":"))
    only = {part for part in arguments.only.split(",") if part}
    names = list(BENCHMARKS) if arguments.name == "report" else [arguments.name]
    for name in names:
        module = importlib.import_module(f"search_{name}")
        if arguments.name != "report":
            held_out = (module.HELD_OUT,) if arguments.held_out else ()
            module.run(range(first, last), only, *held_out)
        print(f"\n## {name}: {BENCHMARKS[name]}\n\n{module.report()}", flush=True)


if __name__ == "__main__":
    main()
