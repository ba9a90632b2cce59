"""Trees in the place of the Gaussian process, beside scikit-optimize's."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import median

import numpy as np
import pytest
from search_problems import MIXED, finished, make_experiment, parameter, run_search

from eegtune.search import suggest
from eegtune.search.ensembles import Ensemble, encode
from eegtune.spec.trial import Trial, TrialCondition

POINTS = np.array([[((7 * i) % 16 + 0.5) / 16, ((5 * i) % 16 + 0.5) / 16] for i in range(16)])
ASKED = np.array([[0.1, 0.1], [0.3, 0.6], [0.55, 0.4], [0.9, 0.9]])
# What scikit-optimize 0.10.2 predicts there with random_state 7: mean and deviation.
RECORDED = {
    "RF": (
        [-0.440677, -0.812127, -0.539526, 1.163178],
        [0.529585, 0.389993, 0.568085, 0.692225],
    ),
    "ET": (
        [-0.266252, -0.617337, -0.265605, 0.949781],
        [0.718997, 0.669081, 0.789272, 0.998317],
    ),
    "GBRT": (
        [-0.366112, -0.874786, -0.81996, 1.094361],
        [0.676893, 0.596047, 0.4411, 1.137311],
    ),
}


def grown(kind: str) -> Ensemble:
    losses = (POINTS[:, 0] - 0.3) ** 2 + 0.5 * (POINTS[:, 1] - 0.6) ** 2
    standardized = (losses - losses.mean()) / losses.std()
    return Ensemble(POINTS, standardized, np.ones(16), (0, 0), kind, 7)


@pytest.mark.parametrize("kind", sorted(RECORDED))
def test_mean_and_deviation_are_those_of_scikit_optimize(kind: str) -> None:
    mean, variance = grown(kind).posterior(ASKED)
    expected_mean, expected_deviation = RECORDED[kind]
    assert mean == pytest.approx(expected_mean, abs=2e-6)
    assert np.sqrt(variance) == pytest.approx(expected_deviation, abs=2e-6)


def test_a_result_of_little_weight_counts_little() -> None:
    flat = Ensemble(POINTS, np.zeros(16), np.ones(16), (0, 0), "ET", 0)
    values = np.array([*np.zeros(15), 50.0])
    weights = np.array([*np.ones(15), 0.001])
    light = Ensemble(POINTS, values, weights, (0, 0), "ET", 0)
    heavy = Ensemble(POINTS, values, np.ones(16), (0, 0), "ET", 0)
    asked = POINTS[-1:]
    assert flat.posterior(asked)[0][0] == 0.0
    assert 0 <= light.posterior(asked)[0][0] < 0.1 < heavy.posterior(asked)[0][0]


def test_names_have_a_column_each() -> None:
    units = np.array([[0.25, 1 / 6], [0.75, 0.5], [0.5, 5 / 6]])
    assert encode(units, (0, 3)).tolist() == [[0.25, 1, 0, 0], [0.75, 0, 1, 0], [0.5, 0, 0, 1]]


def test_pending_points_are_believed() -> None:
    seen = grown("ET")
    believed = seen.believing(ASKED[:2])
    assert len(believed.points) == 18
    assert believed.values[-2:] == pytest.approx(seen.posterior(ASKED[:2])[0])
    assert seen.believing(ASKED[:0]) is seen


@pytest.mark.parametrize("kind", ["RF", "ET", "GBRT"])
def test_every_kind_goes_where_results_are_good(kind: str) -> None:
    space = [parameter(f"x{i}", "double", min="0", max="1") for i in range(3)]

    def evaluate(a: Mapping[str, str]) -> dict[str, float]:
        return {"loss": sum((float(v) - 0.3) ** 2 for v in a.values())}

    def usual(algorithm: str, settings: Mapping[str, str]) -> float:
        experiment = make_experiment(algorithm, space, settings=settings)
        trials = run_search(experiment, evaluate, 20)
        return median(trial.metrics["loss"] for trial in trials[10:])

    found = usual("bayesianoptimization", {"base_estimator": kind})
    assert found < usual("random", {}) / 2


@pytest.mark.parametrize(
    ("kind", "acquisition"), [("RF", "EI"), ("ET", "LCB"), ("GBRT", "PI"), ("ET", "gp_hedge")]
)
def test_batches_are_new_and_reproducible(kind: str, acquisition: str) -> None:
    settings = {
        "base_estimator": kind,
        "acq_func": acquisition,
        "n_initial_points": "4",
        "outcome_constraints": "memory <= 3",
    }
    experiment = make_experiment(
        "bayesianoptimization", MIXED, settings=settings, metrics=("loss", "memory")
    )
    trials: list[Trial] = []
    for number in range(6):
        assignments = suggest(experiment, trials).suggestions[0].assignments
        condition = TrialCondition.FAILED if number == 3 else TrialCondition.SUCCEEDED
        metrics = {} if number == 3 else {"loss": float(number % 3), "memory": float(number)}
        trials.append(finished(number, assignments, metrics, condition))
    answer = suggest(experiment, trials, count=3)
    assert answer == suggest(experiment, trials, count=3)
    points = [tuple(s.assignments.items()) for s in answer.suggestions]
    known = {tuple(trial.assignments.items()) for trial in trials}
    assert len({*points} - known) == 3
