from __future__ import annotations

import numpy as np
import pytest

from trial_runner.components.sleep.markov import GIVEN_TRANSITIONS
from trial_runner.components.sleep.postprocess import (
    Learned,
    SmoothingSettings,
    learn,
    postprocess,
)
from trial_runner.data.windows import Targets

NIGHTS = np.repeat(["a", "b"], 60)
PROBABILITIES = np.random.default_rng(0).dirichlet(np.full(5, 0.5), 120)
LEARNED = Learned(GIVEN_TRANSITIONS, np.full(5, 0.2))
NOTHING = SmoothingSettings(0, "off", 1.0, (1, 1, 1, 1, 1), GIVEN_TRANSITIONS)


def test_nothing_to_do_changes_nothing() -> None:
    np.testing.assert_array_equal(
        postprocess(PROBABILITIES, NIGHTS, LEARNED, NOTHING), PROBABILITIES
    )


@pytest.mark.parametrize(
    "settings",
    [
        NOTHING._replace(smoothing_epochs=2),
        NOTHING._replace(hmm="learned"),
        NOTHING._replace(hmm="given", hmm_weight=0.5),
        NOTHING._replace(shortest=(2, 2, 2, 2, 2)),
    ],
)
def test_nights_do_not_touch_each_other(settings: SmoothingSettings) -> None:
    both = postprocess(PROBABILITIES, NIGHTS, LEARNED, settings)
    alone = postprocess(PROBABILITIES[:60], NIGHTS[:60], LEARNED, settings)
    np.testing.assert_allclose(both[:60], alone)
    np.testing.assert_allclose(both.sum(axis=1), 1.0)
    assert (both != PROBABILITIES).any()


def test_the_likeliest_stage_obeys_the_rules() -> None:
    settings = NOTHING._replace(shortest=(3, 3, 3, 3, 3))
    stages = postprocess(PROBABILITIES, NIGHTS, LEARNED, settings)[:60].argmax(axis=1)
    starts = np.flatnonzero(np.r_[True, np.diff(stages) != 0])
    assert np.diff(np.r_[starts, 60]).min() >= 3


def test_only_training_rows_teach() -> None:
    labels = np.r_[np.zeros(60, np.int64), np.ones(60, np.int64)]
    targets = Targets(labels, NIGHTS, NIGHTS, ("W", "N1"))
    learned = learn(targets, np.arange(60))
    np.testing.assert_allclose(learned.frequencies, [1.0, 0.0])
    np.testing.assert_allclose(learned.transitions, [[60 / 61, 1 / 61], [0.5, 0.5]])
