"""Simulated predictions with known properties."""

import numpy as np

from trial_runner.scoring.predictions import Predictions, make_predictions


def simulate(
    rng: np.random.Generator,
    *,
    subjects: int = 1,
    trials_each: int = 40,
    seeds: int = 3,
    skill: float = 1.5,
    subject_std: float = 0.7,
    seed_std: float = 0.1,
) -> Predictions:
    """Draw subjects of different difficulty, trials, and models of different luck."""
    trials = subjects * trials_each
    subject = np.repeat(np.arange(subjects), trials_each)
    truth = np.tile([0, 1], trials // 2)
    side = truth * 2 - 1
    separation = skill + subject_std * rng.normal(size=subjects)[subject] * (subjects > 1)
    separation = separation + seed_std * rng.normal(size=(seeds, 1))
    evidence = rng.normal(size=trials) + 0.4 * rng.normal(size=(seeds, trials))
    return from_evidence(truth, evidence + side * separation / 2, subject)


def from_evidence(truth, evidence, subject) -> Predictions:
    """Turn evidence for class 1, shape (seeds, trials), into predictions."""
    probability = 1 / (1 + np.exp(-evidence))
    count = int(subject.max()) + 1
    return make_predictions(
        truth,
        np.stack([1 - probability, probability], -1),
        subject,
        ["rest", "task"],
        "subject" if count > 1 else "trial",
        count,
    )
