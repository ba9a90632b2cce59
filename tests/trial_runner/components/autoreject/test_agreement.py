from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, cohen_kappa_score, recall_score

from trial_runner.components.autoreject import agreement
from trial_runner.components.autoreject.agreement import (
    agreement_grid,
    agreement_with,
    peak_to_peak_microvolts,
    rejected,
)

RNG = np.random.default_rng(0)
EXPERT = RNG.random(80) < 0.3
MICROVOLTS = RNG.uniform(50, 400, (80, 19))


def test_amplitudes_are_in_microvolts() -> None:
    signal = np.array([[[1e-6, -2e-6, 4e-6], [0.0, 0.0, 5e-6]]])
    np.testing.assert_allclose(peak_to_peak_microvolts(signal), [[6.0, 5.0]])


@pytest.mark.parametrize(
    ("consensus", "bad"),
    [(0.0, [True] * 3), (0.5, [False, True, True]), (1.0, [False, False, True])],
)
def test_the_consensus_is_reached_from_its_share_on(consensus: float, bad: list[bool]) -> None:
    channels = np.array([[0, 0, 0, 0], [1, 1, 0, 0], [1, 1, 1, 1]], dtype=bool)
    assert rejected(channels, consensus).tolist() == bad


def test_scores_are_those_of_scikit_learn() -> None:
    said = RNG.random(80) < 0.4
    scores = agreement_with(EXPERT, said)
    assert scores.agreement == pytest.approx(accuracy_score(EXPERT, said))
    assert scores.kappa == pytest.approx(cohen_kappa_score(EXPERT, said))
    assert scores.sensitivity == pytest.approx(recall_score(EXPERT, said))
    assert scores.specificity == pytest.approx(recall_score(~EXPERT, ~said))


def test_the_grid_is_the_single_configurations() -> None:
    thresholds, consensus = np.array([150.0, 222.2, 300.0]), np.array([0.0, 0.1, 0.35, 0.5, 1.0])
    grid = agreement_grid(MICROVOLTS, EXPERT, thresholds, consensus)
    for row, threshold in enumerate(thresholds):
        for column, share in enumerate(consensus):
            said = rejected(threshold < MICROVOLTS, share)
            assert grid[row, column] == pytest.approx(agreement_with(EXPERT, said).kappa)


def test_a_grid_that_needs_several_passes_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    thresholds, consensus = np.linspace(100.0, 350.0, 7), np.linspace(0.1, 1.0, 4)
    whole = agreement_grid(MICROVOLTS, EXPERT, thresholds, consensus)
    monkeypatch.setattr(agreement, "_CELLS_AT_ONCE", 2 * 80 * 4)
    np.testing.assert_array_equal(agreement_grid(MICROVOLTS, EXPERT, thresholds, consensus), whole)


def test_an_amplitude_at_the_threshold_is_good() -> None:
    grid = agreement_grid(
        np.array([[200.0], [100.0]]), np.array([True, False]), np.array([200.0, 199.0]), np.ones(1)
    )
    assert grid[:, 0].tolist() == [0.0, 1.0]


@pytest.mark.parametrize(
    ("expert", "word"), [(np.zeros(5, bool), "good"), (np.ones(5, bool), "bad")]
)
def test_an_expert_of_one_opinion_is_named(expert: np.ndarray, word: str) -> None:
    with pytest.raises(ValueError, match=f"all 5 epochs {word}"):
        agreement_with(expert, expert)
