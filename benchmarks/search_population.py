"""pbt against the best constant schedule of equal cost, where the best learning rate changes.

Training is a quadratic bowl with a narrow and a wide direction and gradient noise: large rates
are best at first and never settle, small ones settle and never arrive. 100 epochs of 20 steps.
A constant schedule is chosen from 40 full trainings; pbt has 40 trainings' worth of epochs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from search_common import Cache, make_experiment, markdown, parameter, quartiles

from eegtune.search import suggest
from eegtune.spec.experiment import Experiment
from eegtune.spec.trial import Trial, TrialCondition

EPOCHS, STEPS, TRAININGS = 100, 20, 40
CURVATURES = np.array([1.0, 0.003])
State = np.ndarray[Any, Any]


def train(state: State, rate: float, epochs: int, generator: np.random.Generator) -> State:
    """Continue training by noisy gradient descent."""
    for _ in range(epochs * STEPS):
        gradient = CURVATURES * state + generator.normal(0, 0.3, 2)
        state = np.clip(state - rate * gradient, -1e3, 1e3)
    return state


def loss(state: State) -> float:
    return float(np.log10(0.5 * (CURVATURES * state**2).sum() + 1e-9))


def run(seeds: Iterable[int], only: set[str]) -> None:
    cache = Cache("population", ("algorithm", "seed"))
    for seed in seeds:
        if not cache.has(algorithm="constant", seed=seed):
            cache.add(algorithm="constant", seed=seed, loss=_constant(seed))
        if not cache.has(algorithm="pbt", seed=seed):
            cache.add(algorithm="pbt", seed=seed, loss=_pbt(seed))


def _constant(seed: int) -> float:
    generator = np.random.default_rng([seed, 0])
    rates = np.logspace(-3, 0.2, TRAININGS)
    start = np.array([10.0, 10.0])
    return min(loss(train(start, rate, EPOCHS, generator)) for rate in rates)


def _pbt(seed: int) -> float:
    experiment = _experiment(seed)
    generator = np.random.default_rng([seed, 1])
    states: dict[str, State] = {"": np.array([10.0, 10.0])}
    trained: dict[str, int] = {"": 0}
    trials: list[Trial] = []
    spent = 0
    while spent < TRAININGS * EPOCHS:
        for s in suggest(experiment, trials).suggestions:
            name, parent = s.name or "", s.labels.get("eegtune.dev/parent", "")
            trained[name] = int(s.assignments["epochs"])
            epochs = trained[name] - trained[parent]
            rate = float(s.assignments["rate"])
            states[name] = train(states[parent], rate, epochs, generator)
            metrics = {"loss": loss(states[name])}
            trials.append(Trial(name, s.assignments, TrialCondition.SUCCEEDED, metrics, s.labels))
            spent += epochs
    return min(_last_losses(trials))


def _experiment(seed: int) -> Experiment:
    parameters = [
        parameter("rate", "double", min="0.001", max="1.6", distribution="logUniform"),
        parameter("epochs", "int", min="1", max=str(EPOCHS)),
    ]
    settings = {
        "resource": "epochs", "resource_step": "10", "n_population": str(TRAININGS),
        "truncation_threshold": "0.25", "random_state": str(seed),
    }  # fmt: skip
    return make_experiment("population", parameters, "pbt", settings, trials=1000)


def _last_losses(trials: list[Trial]) -> list[float]:
    return [t.metrics["loss"] for t in trials if t.assignments["epochs"] == str(EPOCHS)]


def report() -> str:
    rows: Mapping[str, dict[int, float]] = {"constant": {}, "pbt": {}}
    for row in Cache("population", ("algorithm", "seed")).rows:
        rows[row["algorithm"]][row["seed"]] = row["loss"]
    lines = [(name, quartiles(list(v.values())), len(v)) for name, v in rows.items() if v]
    table = markdown(("schedule", "log10 loss at the end", "seeds"), lines)
    seeds = sorted(rows["constant"].keys() & rows["pbt"].keys())
    if len(seeds) < 2:
        return table
    gains = np.array([rows["pbt"][seed] - rows["constant"][seed] for seed in seeds])
    draws = np.random.default_rng(0).integers(0, len(gains), (4000, len(gains)))
    low, high = np.quantile(gains[draws].mean(axis=1), [0.025, 0.975])
    return (
        f"{table}\n\npbt less constant, by seed: mean {gains.mean():.2f} decades "
        f"(95 % interval {low:.2f} to {high:.2f}); pbt is better in {(gains < 0).sum()} of "
        f"{len(gains)}."
    )
