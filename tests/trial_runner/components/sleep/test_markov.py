from __future__ import annotations

import itertools

import numpy as np
import pytest

from trial_runner.components.sleep.markov import GIVEN_TRANSITIONS, learn_transitions, smooth

RNG = np.random.default_rng(0)


def _by_enumeration(
    probabilities: np.ndarray, transitions: np.ndarray, frequencies: np.ndarray, weight: float
) -> np.ndarray:
    """Sum over every path: what forward-backward must equal."""
    epochs, stages = probabilities.shape
    result = np.zeros_like(probabilities)
    for path in itertools.product(range(stages), repeat=epochs):
        p = frequencies[path[0]] ** weight
        for epoch, stage in enumerate(path):
            p *= probabilities[epoch, stage] / frequencies[stage] ** weight
            if epoch:
                p *= transitions[path[epoch - 1], stage] ** weight
        for epoch, stage in enumerate(path):
            result[epoch, stage] += p
    return result / result.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("weight", [0.0, 0.4, 1.0])
def test_it_is_the_sum_over_all_paths(weight: float) -> None:
    probabilities = RNG.dirichlet(np.ones(3), 6)
    transitions = RNG.dirichlet(np.ones(3), 3)
    frequencies = np.array([0.5, 0.3, 0.2])
    np.testing.assert_allclose(
        smooth(probabilities, transitions, frequencies, weight),
        _by_enumeration(probabilities, transitions, frequencies, weight),
        rtol=1e-6,
    )


def test_weight_zero_changes_nothing() -> None:
    probabilities = RNG.dirichlet(np.ones(5), 50)
    smoothed = smooth(probabilities, GIVEN_TRANSITIONS, np.full(5, 0.2), 0.0)
    np.testing.assert_allclose(smoothed, probabilities, rtol=1e-3, atol=1e-5)


def test_a_lone_doubtful_epoch_follows_its_neighbours() -> None:
    probabilities = np.tile([0.02, 0.02, 0.9, 0.04, 0.02], (9, 1))
    probabilities[4] = [0.02, 0.45, 0.40, 0.11, 0.02]
    smoothed = smooth(probabilities, GIVEN_TRANSITIONS, np.full(5, 0.2), 1.0)
    assert (smoothed.argmax(axis=1) == 2).all()


def test_transitions_are_counted_within_a_night() -> None:
    learned = learn_transitions([np.array([0, 0, 1]), np.array([1, -1, 0])], 2)
    np.testing.assert_allclose(learned, [[2 / 4, 2 / 4], [1 / 2, 1 / 2]])


def test_given_transitions_sum_to_one() -> None:
    np.testing.assert_allclose(GIVEN_TRANSITIONS.sum(axis=1), 1.0)


def test_a_long_night_stays_finite() -> None:
    probabilities = RNG.dirichlet(np.full(5, 0.01), 5000)
    smoothed = smooth(probabilities, GIVEN_TRANSITIONS, np.full(5, 0.2), 1.0)
    assert np.isfinite(smoothed).all()
