"""Constrained, conditional and mixed spaces: ours against Optuna without constraints, penalized.

The spaces are those of eegpt and of the linear probe. What a configuration scores is a surrogate:
smooth losses about plausible optima, terms for names, terms of inactive parameters left out, and
noise of the size that trials of these components have. Optuna draws from the whole box; where a
point breaks a constraint it is told the penalty 1, as users do, and the evaluation is spent.
Measured: the noise-free loss of the chosen configuration above the best one there is.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
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

BUDGETS = (30, 60)
PENALTY, NOISE = 1.0, 0.01
OURS = ("auto", "tpe")
RIVALS = ("optuna tpe", "optuna random")
Values = Mapping[str, str]

EEGPT = (
    parameter("patch_size", "discrete", list=["32", "64", "128"]),
    parameter("embed_dim", "discrete", list=["512", "768", "1024"]),
    parameter("num_heads", "discrete", list=["8", "12", "16"]),
    parameter("mlp_ratio", "int", min="2", max="8"),
    parameter("drop_rate", "double", min="0", max="0.3"),
    parameter("learning_rate", "double", min="1e-5", max="1e-2", distribution="logUniform"),
    parameter("weight_decay", "double", min="1e-6", max="1e-1", distribution="logUniform"),
    parameter("batch_size", "discrete", list=["16", "32", "64"]),
    parameter("accumulate", "discrete", list=["1", "2", "4", "8"]),
)
PROBE = (
    parameter("use_hidden", "categorical", list=["false", "true"]),
    parameter("hidden_dim", "int", min="128", max="512", step="64"),
    parameter("dropout_rate", "double", min="0", max="0.7"),
    parameter("activation", "categorical", list=["relu", "gelu", "swish"]),
    parameter("optimizer", "categorical", list=["adamw", "sgd", "lamb"]),
    parameter("learning_rate", "double", min="1e-5", max="1e-2", distribution="logUniform"),
    parameter("mix", "categorical", list=["none", "mixup", "cutmix"]),
    parameter("mix_strength", "double", min="0", max="1"),
    parameter("focal_loss_gamma", "double", min="0", max="2"),
)


def eegpt(a: Values) -> float:
    """Return the noise-free loss; constraints: heads divide the width, 64 to 128 a step."""
    rate, decay = math.log10(float(a["learning_rate"])), math.log10(float(a["weight_decay"]))
    batch = int(a["batch_size"]) * int(a["accumulate"])
    width = {"512": 0.04, "768": 0.0, "1024": 0.02}[a["embed_dim"]]
    heads = {"8": 0.02, "12": 0.0, "16": 0.015}[a["num_heads"]]
    patch = {"32": 0.02, "64": 0.0, "128": 0.03}[a["patch_size"]]
    step = 0.02 * (rate + 3.3 - 0.5 * math.log2(batch / 64)) ** 2
    drop = 0.3 * (float(a["drop_rate"]) - 0.1) ** 2 + 0.003 * (int(a["mlp_ratio"]) - 4) ** 2
    return width + heads + patch + step + drop + 0.006 * (decay + 2.5) ** 2


def probe(a: Values) -> float:
    """Return the noise-free loss; hidden_dim and mix_strength matter in part of the space."""
    rate = math.log10(float(a["learning_rate"]))
    best_rate = {"adamw": -3.2, "sgd": -2.2, "lamb": -2.6}[a["optimizer"]]
    loss = {"adamw": 0.0, "sgd": 0.03, "lamb": 0.01}[a["optimizer"]]
    loss += 0.03 * (rate - best_rate) ** 2 + 0.2 * (float(a["dropout_rate"]) - 0.45) ** 2
    loss += 0.01 * (float(a["focal_loss_gamma"]) - 0.5) ** 2
    if a["use_hidden"] == "true":
        loss += {"relu": 0.01, "gelu": 0.0, "swish": 0.004}[a["activation"]]
        loss += 0.04 * ((int(a["hidden_dim"]) - 320) / 192) ** 2
    else:
        loss += 0.03
    strength = float(a["mix_strength"])
    return loss + {"none": 0.02, "mixup": 0.15 * (strength - 0.3) ** 2,
                   "cutmix": 0.01 + 0.15 * (strength - 0.7) ** 2}[a["mix"]]  # fmt: skip


def _fits(a: Values) -> bool:
    batch = int(a["batch_size"]) * int(a["accumulate"])
    return int(a["embed_dim"]) % int(a["num_heads"]) == 0 and 64 <= batch <= 128


SPACES: dict[str, tuple[Any, Callable[[Values], float], Callable[[Values], bool], dict[str, str]]]
SPACES = {
    "eegpt": (
        EEGPT, eegpt, _fits,
        {"constraints": "embed_dim % num_heads == 0; batch_size * accumulate >= 64; "
         "batch_size * accumulate <= 128"},
    ),
    "linear probe": (
        PROBE, probe, lambda a: True,
        {"conditions": "hidden_dim: use_hidden; activation: use_hidden; "
         "mix_strength: mix != 'none'"},
    ),
}  # fmt: skip


def run(seeds: Iterable[int], only: set[str]) -> None:
    cache = Cache("spaces", ("space", "algorithm", "seed"))
    for seed in seeds:
        for space in SPACES:
            for algorithm in (*RIVALS, *reversed(OURS)):
                key = {"space": space, "algorithm": algorithm, "seed": seed}
                wanted = is_wanted(only, (space, SPACES), (algorithm, (*OURS, *RIVALS)))
                if wanted and not cache.has(**key):
                    search = _ours if algorithm in OURS else _optuna
                    cache.add(**key, **search(space, algorithm, seed))


def _ours(space: str, algorithm: str, seed: int) -> dict[str, float]:
    from eegtune.search.leader import choose_best

    parameters, loss, fits, settings = SPACES[space]
    noise = np.random.default_rng([seed, 1])
    experiment = make_experiment(
        f"space-{seed}", parameters, algorithm, {**settings, "random_state": str(seed)},
        trials=max(BUDGETS),
    )  # fmt: skip

    def evaluate(a: Values) -> dict[str, float]:
        assert fits(a)
        return {"loss": loss(a) + noise.normal(0, NOISE)}

    trials = run_search(experiment, evaluate, max(BUDGETS))
    found = {}
    for budget in BUDGETS:
        choice = choose_best(experiment, trials[:budget])
        assert choice is not None
        found[str(budget)] = loss(choice.trial.assignments)
    return found


def _optuna(space: str, algorithm: str, seed: int) -> dict[str, float]:
    import warnings

    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    warnings.simplefilter("ignore")
    samplers: dict[str, Callable[[], Any]] = {
        "optuna tpe": lambda: optuna.samplers.TPESampler(seed=seed),
        "optuna random": lambda: optuna.samplers.RandomSampler(seed=seed),
    }
    parameters, loss, fits, _ = SPACES[space]
    noise = np.random.default_rng([seed, 1])
    study = optuna.create_study(sampler=samplers[algorithm]())
    truths, seen = [], []
    for _ in range(max(BUDGETS)):
        trial = study.ask()
        a = {p["name"]: _suggest(trial, p) for p in parameters}
        truths.append(loss(a) if fits(a) else PENALTY)
        seen.append(loss(a) + noise.normal(0, NOISE) if fits(a) else PENALTY)
        study.tell(trial, seen[-1])
    return {str(b): truths[int(np.argmin(seen[:b]))] for b in BUDGETS}


def _suggest(trial: Any, p: Mapping[str, Any]) -> str:
    name, space = p["name"], p["feasibleSpace"]
    if p["parameterType"] == "categorical":
        return str(trial.suggest_categorical(name, space["list"]))
    if p["parameterType"] == "discrete":
        return str(space["list"][trial.suggest_int(name, 0, len(space["list"]) - 1)])
    low, high = float(space["min"]), float(space["max"])
    if p["parameterType"] == "int":
        return str(trial.suggest_int(name, int(low), int(high), step=int(space.get("step", 1))))
    return repr(trial.suggest_float(name, low, high, log="distribution" in space))


def report() -> str:
    rows = Cache("spaces", ("space", "algorithm", "seed")).rows
    lines = []
    for space in SPACES:
        for budget in BUDGETS:
            found = {
                algorithm: [
                    r[str(budget)]
                    for r in rows
                    if (r["space"], r["algorithm"]) == (space, algorithm)
                ]
                for algorithm in (*OURS, *RIVALS)
            }
            cells = [quartiles(values, 2) if values else "" for values in found.values()]
            lines.append((space, budget, *cells, max(map(len, found.values()))))
    return markdown(("space", "trials", *OURS, *RIVALS, "seeds"), lines)
