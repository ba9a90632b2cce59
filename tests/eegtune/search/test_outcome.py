"""Limits on metrics, as `metric <= number` and as CEL."""

from __future__ import annotations

import pytest

from eegtune.search.outcome import read_outcome_constraints

METRICS = ("loss", "memory_mb", "val-loss", "train_loss")


@pytest.mark.parametrize(
    ("text", "metrics", "excess"),
    [
        ("memory_mb <= 100", {"memory_mb": 150.0}, 0.5),
        ("memory_mb <= 100", {"memory_mb": 50.0}, -0.5),
        ("val-loss < 2", {"val-loss": 1.0}, -0.5),
        ("memory_mb <= 100", {}, 1.0),
        ("loss - train_loss <= 0.1", {"loss": 0.6, "train_loss": 0.1}, 0.8),
        ("loss - train_loss <= 0.1", {"loss": 0.15, "train_loss": 0.1}, -0.5),
        ("0.1 >= loss - train_loss", {"loss": 0.6, "train_loss": 0.1}, 0.8),
        ("loss <= 2.0 * train_loss", {"loss": 4.0, "train_loss": 1.0}, 0.5),
        ("loss < train_loss", {"loss": 1.0, "train_loss": 1.0}, 1e-12),
        ("loss < 1 || memory_mb < 100", {"loss": 3.0, "memory_mb": 150.0}, 1.0),
        ("loss < 1 || memory_mb < 100", {"loss": 3.0, "memory_mb": 50.0}, -1.0),
        ("loss < 1 ? memory_mb < 100 : memory_mb < 10", {"loss": 0.5, "memory_mb": 50.0}, -1.0),
        ("loss / train_loss < 2", {"loss": 1.0, "train_loss": 0.0}, 1.0),
        ("loss - train_loss <= 0.1", {"loss": 0.6}, 1.0),
    ],
)
def test_how_far_a_trial_is_beyond_a_limit(
    text: str, metrics: dict[str, float], excess: float
) -> None:
    (limit,) = read_outcome_constraints(text, METRICS)
    assert limit.excess(metrics) == pytest.approx(excess)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("memory <= 100", "names the metric 'memory'; allowed are loss, memory_mb"),
        ("memory - loss <= 100", "names memory; known are loss"),
        ("loss <=", "is not CEL"),
        ("1 < 1 + 2", "names no metric"),
    ],
)
def test_what_is_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read_outcome_constraints(text, METRICS)


def test_several_limits() -> None:
    limits = read_outcome_constraints("loss < 1; memory_mb <= 2 * loss", METRICS)
    assert [limit.excess({"loss": 1.0, "memory_mb": 1.0}) > 0 for limit in limits] == [True, False]
