"""The Gaussian process, its scale of losses, and what one more result is worth."""

from __future__ import annotations

import numpy as np
import pytest
from search_problems import finished, make_experiment, parameter

from eegtune.search.engine import compile_problem
from eegtune.search.gaussian_process.averaging import average
from eegtune.search.gaussian_process.candidates import search
from eegtune.search.gaussian_process.estimates import Beliefs, estimate, estimate_with
from eegtune.search.gaussian_process.kernel import (
    INACTIVE,
    matern,
    scaled_distances,
    squared_differences,
)
from eegtune.search.gaussian_process.likelihood import Observations, loss_with_gradient
from eegtune.search.gaussian_process.regression import GaussianProcess, Hyperparameters, fit
from eegtune.search.gaussian_process.snapping import allowed, decode, positions, settle
from eegtune.search.gaussian_process.warping import LARGEST_OFFSET, LEAST_OFFSET, distances, warp
from eegtune.search.history import read_history

NAMES = np.array([False, False, True])


def cloud(count: int, seed: int = 0) -> np.ndarray:
    units = np.random.default_rng(seed).random((count, 3))
    units[:, 2] = np.round(units[:, 2] * 2) / 2
    return units


@pytest.mark.parametrize("is_warped", [True, False])
def test_the_gradient_is_that_of_the_loss(is_warped: bool) -> None:
    units = cloud(25)
    losses = ((units - 0.4) ** 2).sum(axis=1)
    values = distances(losses) if is_warped else (losses - losses.mean()) / losses.std()
    squared = squared_differences(units, units, NAMES).reshape(3, -1)
    seen = Observations(squared, values, np.linspace(0.5, 2, 25), is_warped)
    at = np.array([0.3, -0.5, 0.1, 0.4, -2.0, -0.7])
    _, gradient = loss_with_gradient(at, seen)
    numeric = [
        (loss_with_gradient(at + step, seen)[0] - loss_with_gradient(at - step, seen)[0]) / 2e-5
        for step in 1e-5 * np.eye(6)
    ]
    assert gradient == pytest.approx(np.array(numeric), rel=1e-5, abs=1e-6)


def test_distances_by_products_are_those_by_differences() -> None:
    first, second = cloud(7), cloud(5, seed=1)
    precisions = np.array([0.5, 3.0, 2.0])
    expected = np.tensordot(precisions, squared_differences(first, second, NAMES), axes=1)
    assert scaled_distances(first, second, precisions, NAMES) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("losses", "expected"),
    [
        ([1.0, 2.0, 3.0, float("nan")], [0.0, 1.0, 2.0, 2.0]),
        ([5.0, 5.0, 5.0], [0.0, 0.0, 0.0]),
        ([0.0, 0.0, 4.0], [0.0, 0.0, 1.0]),
        ([float("nan")], [0.0]),
    ],
)
def test_distances_from_the_best(losses: list[float], expected: list[float]) -> None:
    assert distances(np.array(losses)).tolist() == expected


def test_the_scale_keeps_the_order_and_bears_the_largest_numbers() -> None:
    above = distances(np.array([0.0, 1.0, 2.0, 1e308, -1e308]))
    for offset in (LEAST_OFFSET, 0.0, LARGEST_OFFSET):
        values = warp(above, offset).values
        assert np.isfinite(values).all()
        assert (np.argsort(values, kind="stable") == np.argsort(above, kind="stable")).all()


def cost_of_offset(losses: np.ndarray, log_offset: float) -> float:
    """Return the negative log posterior with plausible lengthscales."""
    units = cloud(len(losses))[:, :2]
    squared = squared_differences(units, units, NAMES[:2]).reshape(2, -1)
    seen = Observations(squared, distances(losses), np.ones(len(losses)), True)
    return loss_with_gradient(np.array([0.7, 0.7, 0.0, -3.0, log_offset]), seen)[0]


def test_ratios_ask_for_a_small_offset_and_even_noise_for_a_large_one() -> None:
    units = cloud(60)[:, :2]
    smooth = 3.0 * ((units - 0.4) ** 2).sum(axis=1)
    noise = np.random.default_rng(3).normal(0.0, 0.1, 60)
    ratios, even = np.exp(4 * smooth), smooth + noise
    assert cost_of_offset(ratios, LEAST_OFFSET) < cost_of_offset(ratios, LARGEST_OFFSET)
    assert cost_of_offset(even, LARGEST_OFFSET) < cost_of_offset(even, LEAST_OFFSET)


def small_beliefs() -> Beliefs:
    known = Hyperparameters(np.array([4.0]), 1.5, 0.2)
    positions = np.array([[0.1], [0.35], [0.9]])
    counts = np.array([1.0, 3.0, 2.0])
    results = np.array([0.3, -0.5, 0.4])
    process = GaussianProcess(positions, results, counts, np.array([False]), known)
    return Beliefs(process, positions, results, counts, np.array([True, True, True]))


def test_beliefs_are_those_of_all_results_one_by_one() -> None:
    beliefs = small_beliefs()
    rows = [0, 1, 1, 1, 2, 2]
    # Results whose means are those of the configurations.
    values = np.array([0.3, -0.9, -0.5, -0.1, 0.2, 0.6])
    distance = 4.0 * (beliefs.positions - beliefs.positions.T) ** 2
    prior = 1.5 * matern(distance) + 0.25 * 0.2 * np.eye(3)
    seen = prior[np.ix_(rows, rows)] + 0.2 * np.eye(6)
    weights = np.linalg.solve(seen, prior[rows]).T
    assert beliefs.means == pytest.approx(weights @ values)
    assert beliefs.covariance == pytest.approx(prior - weights @ prior[rows])


def test_the_value_of_a_result_is_what_choosing_after_it_gains() -> None:
    """Draw the truth and one more result many times; choose before and after."""
    beliefs, generator = small_beliefs(), np.random.default_rng(0)
    truth = generator.multivariate_normal(beliefs.means, beliefs.covariance, 200_000)
    for place, gain in enumerate(beliefs.gains_of_repeating()):
        variance = beliefs.covariance[place, place] + beliefs.noise
        result = truth[:, place] + generator.normal(0, np.sqrt(beliefs.noise), len(truth))
        step = np.outer(result - beliefs.means[place], beliefs.covariance[place] / variance)
        chosen = np.argmin(beliefs.means + step, axis=1)
        after = truth[np.arange(len(truth)), chosen].mean()
        assert gain == pytest.approx(beliefs.means.min() - after, abs=0.006)


def test_a_new_configuration_at_a_known_place_is_worth_more_than_its_repeat() -> None:
    """It has a deviation of its own; far from all results there is more to be found."""
    beliefs = small_beliefs()
    near, far = beliefs.gains_of_new(np.array([[0.35], [0.62]]))
    assert far > near > 0


def test_failed_and_forbidden_configurations_are_not_chosen() -> None:
    space = [parameter("x", "double", min="0", max="1")]
    experiment = make_experiment(
        "auto", space, settings={"outcome_constraints": "memory <= 3"}, metrics=("loss", "memory")
    )
    problem = compile_problem(experiment)
    trials = [
        finished(i, {"x": str(i / 10)}, {"loss": abs(i - 3.0), "memory": float(i % 5)})
        for i in range(10)
    ]
    estimates = estimate(problem, read_history(problem, trials).completed)
    assert ("0.4",) not in estimates.points
    assert len(estimates.points) == 8
    assert estimates.best_point == ("0.3",)


def test_pending_repeats_make_surer_and_change_no_mean() -> None:
    space = [parameter("x", "double", min="0", max="1")]
    problem = compile_problem(make_experiment("auto", space))
    trials = [finished(i, {"x": str(i / 10)}, {"loss": abs(i - 3.3)}) for i in range(8)]
    records = read_history(problem, trials).completed
    before = estimate(problem, records)
    after = estimate_with(problem, before.model, (records[3],))
    assert after.means == pytest.approx(before.means, abs=1e-8)
    assert after.variances[3] < before.variances[3]


def test_only_allowed_places_are_candidates() -> None:
    space = [
        parameter("width", "discrete", list=["512", "768", "1024"]),
        parameter("heads", "discrete", list=["8", "12", "16"]),
        parameter("hidden", "categorical", list=["false", "true"]),
        parameter("units", "int", min="1", max="9"),
        parameter("rate", "double", min="0", max="1"),
    ]
    rules = {
        "constraints": "width % heads == 0; rate * 10.0 < double(units)",
        "conditions": "units: hidden",
    }
    problem = compile_problem(make_experiment("auto", space, settings=rules))
    generator = np.random.default_rng(0)
    leaders = settle(problem, generator.random((3, 5)))
    found = search(problem, lambda units: units[:, 4], leaders, generator)
    assert len(found) > 100
    assert allowed(problem, found).all()
    for row in found[:200]:
        point, active = problem.rules.settle(decode(problem, row))
        assert problem.rules.allows(point)
        encoded = problem.space.encode(point)
        assert np.where(active, encoded, INACTIVE) == pytest.approx(row)


def test_a_parameter_that_begins_to_matter_is_tried_everywhere() -> None:
    space = [
        parameter("hidden", "categorical", list=["false", "true"]),
        parameter("units", "int", min="1", max="8"),
    ]
    problem = compile_problem(
        make_experiment("auto", space, settings={"conditions": "units: hidden"})
    )
    leader = settle(problem, np.array([[0.25, 0.9]]))
    assert leader.tolist() == [[0.25, INACTIVE]]
    found = search(problem, lambda units: units[:, 0], leader, np.random.default_rng(0))
    tried = {decode(problem, row) for row in found}
    assert tried == {("false", "1"), *(("true", str(units)) for units in range(1, 9))}


def test_candidates_found_one_by_one_are_settled_too() -> None:
    space = [
        parameter("hidden", "categorical", list=["false", "true"]),
        parameter("units", "int", min="1", max="8"),
        parameter("rate", "double", min="0", max="1"),
    ]
    rules = {"conditions": "units: hidden", "constraints": "rate < 0.001"}
    problem = compile_problem(make_experiment("auto", space, settings=rules))
    nowhere = np.empty((0, 3))
    found = search(problem, lambda units: units[:, 0], nowhere, np.random.default_rng(0))
    assert len(found) >= 100
    is_hidden = found[:, 0] > 0.5
    assert (found[~is_hidden, 1] == INACTIVE).all()
    assert (found[is_hidden, 1] != INACTIVE).all()


def test_where_a_parameter_does_not_matter_none_of_its_values_is_nearer() -> None:
    is_name = np.array([False, True])
    nowhere, here = np.array([[INACTIVE, INACTIVE]]), np.array([[0.0, 0.25], [1.0, 0.75]])
    squared = squared_differences(nowhere, here, is_name)
    assert squared.tolist() == [[[0.25, 0.25]], [[1.0, 1.0]]]
    assert squared_differences(nowhere, nowhere, is_name).tolist() == [[[0.0]], [[0.0]]]
    scaled = scaled_distances(nowhere, here, np.array([2.0, 3.0]), is_name)
    assert scaled == pytest.approx(np.array([[3.5, 3.5]]))


def test_results_of_other_branches_say_nothing_about_where_it_does_not_matter() -> None:
    space = [
        parameter("hidden", "categorical", list=["false", "true"]),
        parameter("units", "int", min="1", max="8"),
    ]
    experiment = make_experiment("auto", space, settings={"conditions": "units: hidden"})
    problem = compile_problem(experiment)
    given = [{"hidden": "false", "units": "5"}, {"hidden": "true", "units": "5"}]
    trials = [finished(i, values, {"loss": 1.0}) for i, values in enumerate(given)]
    records = read_history(problem, trials).completed
    units = problem.space.axes[1].unit("5")
    assert positions(problem, records).tolist() == [[0.25, INACTIVE], [0.75, units]]


def test_averaging_is_over_the_curvature_of_the_posterior() -> None:
    units = cloud(25)
    losses = ((units - 0.4) ** 2).sum(axis=1)
    process = fit(units, (losses - losses.mean()) / losses.std(), NAMES)
    averaged = average(process, np.random.default_rng(0))
    assert averaged.parts[0] is process
    logs = np.log(
        [[*p.hyperparameters.precisions, p.hyperparameters.scale] for p in averaged.parts]
    )
    # Pairs lie on both sides of the maximum, at most as far as the priors alone allow.
    pairs = (logs[1:5] + logs[5:9]) / 2
    inside = (np.abs(logs[1:]) < 6).all(axis=1)
    both = inside[:4] & inside[4:]
    assert both.any()
    assert pairs[both] == pytest.approx(np.broadcast_to(logs[0], pairs[both].shape))
    mean, variance = averaged.posterior(cloud(5, seed=2))
    parts = [part.posterior(cloud(5, seed=2)) for part in averaged.parts]
    assert mean == pytest.approx(np.mean([m for m, _ in parts], axis=0))
    second_moment = np.mean([v + m * m for m, v in parts], axis=0)
    assert variance == pytest.approx(second_moment - mean * mean)


@pytest.mark.parametrize(("count", "least", "most"), [(6, 1.05, 3.0), (80, 0.95, 1.15)])
def test_averaging_makes_less_sure_where_results_are_few(
    count: int, least: float, most: float
) -> None:
    units = cloud(count)
    losses = np.sin(3 * units[:, 0]) + units[:, 1]
    process = fit(units, (losses - losses.mean()) / losses.std(), NAMES)
    averaged = average(process, np.random.default_rng(1))
    places = cloud(200, seed=3)
    ratio = averaged.posterior(places)[1].mean() / process.posterior(places)[1].mean()
    assert least < ratio < most


def test_many_results_are_not_averaged() -> None:
    units = cloud(151)
    process = fit(units, units[:, 0] - units[:, 0].mean(), NAMES)
    assert average(process, np.random.default_rng(0)).parts == (process,)
