"""Does the 95 % interval cover the true score of the chosen configuration as often as it says?

    python benchmarks/signal_coverage.py

200 simulated experiments. In each, 40 configurations have true scores that are known; tuning sees
them through few subjects, chooses the best-looking one, and an evaluation scores it once on other
subjects with a bootstrap interval over subjects. Counted: how often the interval holds the true
score (judged by a binomial bound), and how far the tuning score of the winner overstates it.

The truth: a configuration separates two classes by d standard deviations, and each subject's d
varies. Its true accuracy is the expectation over all subjects, the mean of Φ(d_subject / 2).
"""

from __future__ import annotations

import argparse
import time

import numpy as np
from scipy.stats import binom, norm

from trial_runner.scoring.intervals import score_intervals
from trial_runner.scoring.predictions import make_predictions

CONFIGURATIONS, TUNING_SUBJECTS, TRIALS = 40, 12, 40
SUBJECT_SPREAD, QUALITY_SPREAD = 0.5, 0.15


def true_accuracy(quality: np.ndarray) -> np.ndarray:
    """Return the expectation of Φ(d / 2) over d ~ N(quality, SUBJECT_SPREAD²), in closed form."""
    return norm.cdf(quality / 2 / np.sqrt(1 + (SUBJECT_SPREAD / 2) ** 2))


def probabilities(
    rng: np.random.Generator, quality: float, subjects: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return labels, P(class 1) and subjects of trials that a configuration predicts."""
    subject = np.repeat(np.arange(subjects), TRIALS)
    labels = np.tile(np.arange(TRIALS) % 2, subjects)
    separation = (quality + SUBJECT_SPREAD * rng.standard_normal(subjects))[subject]
    evidence = separation * (labels - 0.5) + rng.standard_normal(len(labels))
    return labels, norm.cdf(evidence), subject


def tuning_scores(rng: np.random.Generator, quality: np.ndarray) -> np.ndarray:
    """Return the accuracy of every configuration on the tuning subjects."""
    scores = np.empty(len(quality))
    for index, one in enumerate(quality):
        labels, probability, _ = probabilities(rng, float(one), TUNING_SUBJECTS)
        scores[index] = ((probability > 0.5) == labels).mean()
    return scores


def experiment(rng: np.random.Generator, test_subjects: int) -> tuple[float, float, float, float]:
    """Return the winner's true score, its tuning score, and the interval of its test score."""
    quality = 1.5 + QUALITY_SPREAD * rng.standard_normal(CONFIGURATIONS)
    tuned = tuning_scores(rng, quality)
    winner = int(tuned.argmax())
    labels, probability, subject = probabilities(rng, float(quality[winner]), test_subjects)
    predictions = make_predictions(
        labels, np.stack([1 - probability, probability], axis=1)[None], subject,
        ("a", "b"), "subject", test_subjects,
    )  # fmt: skip
    seed = int(rng.integers(2**31))
    interval = score_intervals(predictions, ["accuracy"], resamples=1000, seed=seed)["accuracy"]
    truth = float(true_accuracy(quality[winner]))
    return truth, float(tuned[winner]), interval.interval.low, interval.interval.high


def main() -> None:
    """Run the study and print one line for each number of test subjects."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--experiments", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    least, most = (int(binom.ppf(q, given.experiments, 0.95)) for q in (0.005, 0.995))
    print(f"{given.experiments} experiments of {CONFIGURATIONS} configurations; a 95 % interval "
          f"covers {least} to {most} times (99 % binomial bound)")  # fmt: skip
    for subjects in (8, 15, 30):
        started = time.time()
        rng = np.random.default_rng((given.seed, subjects))
        results = np.array([experiment(rng, subjects) for _ in range(given.experiments)])
        truth, tuned, low, high = results.T
        covered = int(((low <= truth) & (truth <= high)).sum())
        verdict = "as said" if least <= covered <= most else "NOT as said"
        gap = (tuned - truth).mean()
        print(f"{subjects:3d} test subjects: covers {covered} times ({verdict}), mean width "
              f"{(high - low).mean():.3f}; the winner's tuning score is {gap:+.4f} "
              f"from the truth, above it in {(tuned > truth).mean():.0%}; "
              f"{time.time() - started:.0f} s", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
