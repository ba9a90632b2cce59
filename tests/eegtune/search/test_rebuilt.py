"""Each algorithm rebuilt from the history against its stateful original, on final quality.

Medians over seeds; a rebuilt one that has lost its state is as good as random search, far from
the limits here.
"""

from __future__ import annotations

import itertools
import math
import warnings
from collections.abc import Callable, Mapping, Sequence
from statistics import median
from typing import Any

import numpy as np
import optuna
import pytest
from search_problems import finished, make_experiment, parameter, run_search

from eegtune.search import suggest
from eegtune.search.pareto import crowding, front_mask, hypervolume, select_elite
from eegtune.spec.trial import Trial

optuna.logging.set_verbosity(optuna.logging.ERROR)
SEEDS = range(3)


def cube(dimensions: int, low: str = "-5", high: str = "10") -> list[dict[str, Any]]:
    return [parameter(f"x{i}", "double", min=low, max=high) for i in range(dimensions)]


def rosenbrock(x: Sequence[float]) -> float:
    return sum(100 * (b - a * a) ** 2 + (1 - a) ** 2 for a, b in itertools.pairwise(x))


def ellipsoid(x: Sequence[float]) -> float:
    return sum(10**i * (value - 2.0) ** 2 for i, value in enumerate(x))


def ours(
    algorithm: str, function: Callable[[Sequence[float]], float], count: int, seed: int
) -> float:
    experiment = make_experiment(
        algorithm, cube(4), settings={"random_state": str(seed)}, trials=count
    )

    def evaluate(a: Mapping[str, str]) -> dict[str, float]:
        return {"loss": function([float(v) for v in a.values()])}

    return min(trial.metrics["loss"] for trial in run_search(experiment, evaluate, count))


def theirs(sampler: Any, function: Callable[[Sequence[float]], float], count: int) -> float:
    study = optuna.create_study(sampler=sampler)
    for _ in range(count):
        trial = study.ask()
        study.tell(trial, function([trial.suggest_float(f"x{i}", -5, 10) for i in range(4)]))
    return float(study.best_value)


def test_cmaes_replays_its_tells() -> None:
    from cmaes import CMA

    def original(seed: int) -> float:
        optimizer = CMA(
            mean=np.full(4, 0.5), sigma=1 / 6, bounds=np.tile([0.0, 1.0], (4, 1)), seed=seed
        )
        best = math.inf
        for _ in range(160 // optimizer.population_size):
            told = []
            for _ in range(optimizer.population_size):
                x = optimizer.ask()
                told.append((x, ellipsoid([float(15 * u - 5) for u in x])))
            optimizer.tell(told)
            best = min(best, *(value for _, value in told))
        return best

    rebuilt = median(ours("cmaes", ellipsoid, 160, seed) for seed in SEEDS)
    stateful = median(original(seed) for seed in SEEDS)
    by_chance = median(ours("random", ellipsoid, 160, seed) for seed in SEEDS)
    assert math.log10(rebuilt) < math.log10(stateful) + 1.0
    assert rebuilt < by_chance / 10


@pytest.mark.parametrize(
    ("algorithm", "multivariate"), [("tpe", False), ("multivariate-tpe", True)]
)
def test_tpe(algorithm: str, multivariate: bool) -> None:
    warnings.simplefilter("ignore")
    rebuilt = median(ours(algorithm, ellipsoid, 50, seed) for seed in SEEDS)
    stateful = median(
        theirs(optuna.samplers.TPESampler(seed=s, multivariate=multivariate), ellipsoid, 50)
        for s in SEEDS
    )
    assert rebuilt < 2 * stateful


def test_gaussian_process_is_as_good_as_optunas() -> None:
    """Compare the own process on numpy with the original on torch, whose results are recorded.

    Optuna's GPSampler (5.0.0, seeds 0 to 4, 30 evaluations) found 138, 246, 410, 1507 and 2155;
    it is not run here because it needs torch.
    """
    rebuilt = median(ours("bayesianoptimization", rosenbrock, 30, seed) for seed in range(3))
    assert rebuilt < 410


def test_sobol_is_the_sequence() -> None:
    from scipy.stats import qmc

    experiment = make_experiment("sobol", cube(3, "0", "1"))
    trials: list[Trial] = []
    for number in range(64):
        for s in suggest(experiment, trials).suggestions:
            trials.append(finished(number, s.assignments, {"loss": 1.0}))
    points = np.array([[float(v) for v in trial.assignments.values()] for trial in trials])
    random = np.random.default_rng(0).random((64, 3))
    assert len(np.unique(points, axis=0)) == 64
    assert qmc.discrepancy(points) < qmc.discrepancy(random) / 4


def zdt1(x: Sequence[float]) -> tuple[float, float]:
    g = 1 + 9 * sum(x[1:]) / (len(x) - 1)
    return x[0], g * (1 - math.sqrt(x[0] / g))


def volume(values: Sequence[Sequence[float]]) -> float:
    return hypervolume(np.array(values), np.array([1.1, 6.0]))


def test_nsga2_breeds_as_well_as_with_generations() -> None:
    settings = {"objectives": "f:min,g:min", "population_size": "20"}

    def rebuilt(algorithm: str, seed: int) -> float:
        own = {**settings, "random_state": str(seed)}
        if algorithm == "random":
            own.pop("population_size")
        experiment = make_experiment(
            algorithm, cube(6, "0", "1"), settings=own, metrics=("f", "g"), trials=200
        )

        def evaluate(a: Mapping[str, str]) -> dict[str, float]:
            return dict(zip("fg", zdt1([float(v) for v in a.values()]), strict=True))

        trials = run_search(experiment, evaluate, 200)
        return volume([list(trial.metrics.values()) for trial in trials])

    def original(seed: int) -> float:
        sampler = optuna.samplers.NSGAIISampler(seed=seed, population_size=20)
        study = optuna.create_study(directions=["minimize"] * 2, sampler=sampler)
        for _ in range(200):
            trial = study.ask()
            study.tell(trial, zdt1([trial.suggest_float(f"x{i}", 0, 1) for i in range(6)]))
        return volume([trial.values for trial in study.trials])

    bred = median(rebuilt("nsga2", seed) for seed in range(3))
    assert bred > median(original(seed) for seed in range(3)) - 0.1
    assert bred > median(rebuilt("random", seed) for seed in range(3)) + 0.3


@pytest.mark.parametrize(
    ("trials", "settings", "size"),
    [
        (60, {}, 10),
        (300, {}, 20),
        (3000, {}, 50),
        (None, {}, 50),
        (60, {"population_size": "7"}, 7),
    ],
)
def test_an_elite_fits_the_number_of_trials(
    trials: int | None, settings: dict[str, str], size: int
) -> None:
    own = {"objectives": "f:min,g:min", **settings}
    experiment = make_experiment(
        "nsga2", cube(3, "0", "1"), settings=own, metrics=("f", "g"), trials=trials
    )
    chance = make_experiment("random", cube(3, "0", "1"), name="test")
    drawn = [s.assignments for s in suggest(chance, [], count=size + 1).suggestions]
    history = [
        finished(i, a, {"f": float(a["x0"]), "g": -float(a["x1"])}, name=f"test-{i:04d}")
        for i, a in enumerate(drawn)
    ]
    (last_random,) = suggest(experiment, history[: size - 1]).suggestions
    (first_child,) = suggest(experiment, history[:size]).suggestions
    assert last_random.assignments == drawn[size - 1]
    assert first_child.assignments != drawn[size]


def test_fronts_agree_with_optuna() -> None:
    from optuna._hypervolume import compute_hypervolume
    from optuna.study._multi_objective import _fast_non_domination_rank

    generator = np.random.default_rng(0)
    for goals in (2, 3):
        losses = np.round(generator.random((60, goals)), 1)
        assert (front_mask(losses) == (_fast_non_domination_rank(losses) == 0)).all()
        reference = np.full(goals, 1.1)
        expected = compute_hypervolume(losses, reference)
        assert hypervolume(losses, reference) == pytest.approx(expected)
        elite = select_elite(losses, 20)
        assert len(set(elite.tolist())) == 20
        ranks = _fast_non_domination_rank(losses)
        assert ranks[elite].max() <= np.sort(ranks)[19]


def test_crowding_prefers_the_ends() -> None:
    front = np.array([[0.0, 4.0], [1.0, 3.0], [1.1, 2.9], [4.0, 0.0]])
    room = crowding(front)
    assert np.isinf(room[[0, 3]]).all()
    assert room[2] > room[1]


def test_children_of_parents_at_the_bounds_stay_inside() -> None:
    import numpy as np

    from eegtune.search.algorithms.nsga2 import breed
    from eegtune.search.engine import compile_problem

    problem = compile_problem(
        make_experiment(
            "nsga2",
            [parameter(f"x{i}", "double", min="0", max="1") for i in range(4)],
            settings={"mutation_prob": "1"},
        )
    )
    units = np.array([[0.0, 1.0, 0.0, 1.0], [1.0, 0.0, 0.02, 0.98]])
    generator = np.random.default_rng(0)
    children = np.array(
        [breed(problem, units, np.array([1.0, 2.0]), generator) for _ in range(300)]
    )
    assert ((children >= 0) & (children <= 1)).all()
