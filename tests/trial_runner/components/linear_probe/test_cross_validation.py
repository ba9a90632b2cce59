from __future__ import annotations

import numpy as np
import pytest
import torch

from trial_runner.components.linear_probe.cross_validation import Best, Metrics, cross_validate
from trial_runner.components.linear_probe.model import Shape
from trial_runner.components.linear_probe.settings import Settings
from trial_runner.data.splits import Fold
from trial_runner.errors import TrialError
from trial_runner.scoring.metrics import auroc

torch.set_num_threads(1)


def _settings(**changes: float | str) -> Settings:
    values = {
        "learning_rate": 0.01, "weight_decay": 0.0, "optimizer": "adamw", "scheduler": "cosine",
        "warmup_steps": 0, "gradient_clip": 1.0, "label_smoothing": 0.0, "mixup_alpha": 0.0,
        "cutmix_prob": 0.0, "use_class_weights": False, "focal_loss_gamma": 0.0,
        "batch_size": 16, "max_epochs": 12, "schedule_epochs": 12, "patience": 50,
    }  # fmt: skip
    return Settings(**(values | changes))  # type: ignore[arg-type]


def _run(settings: Settings, informative: float = 1.0) -> tuple[Best, list[Metrics]]:
    rng = np.random.default_rng(0)
    labels = np.tile([0, 1], 45)
    signal = rng.normal(size=(90, 4)) + informative * labels[:, None]
    rows = np.arange(90)
    folds = [Fold(rows[rows % 3 != i], rows[rows % 3 == i]) for i in range(3)]
    folds[0] = Fold(folds[0].training, folds[0].validation[:20])  # ragged
    lines: list[Metrics] = []
    features = np.broadcast_to(signal.astype(np.float32), (3, 90, 4))
    best = cross_validate(features, labels, folds, Shape(4, 2), settings, 1, lines.append)
    return best, lines


def test_one_line_an_epoch_and_the_best_of_them() -> None:
    best, lines = _run(_settings(), informative=2.0)
    assert [line["epoch"] for line in lines] == list(range(1, 13))
    assert all(list(line) == ["epoch", "val_auroc", "val_accuracy", "val_loss"] for line in lines)
    aurocs = [line["val_auroc"] for line in lines]
    assert best.auroc == max(aurocs) == best.metrics["val_auroc"]
    assert best.epoch == aurocs.index(max(aurocs)) + 1
    for name in ("val_accuracy", "val_loss"):
        assert best.metrics[name] == pytest.approx(lines[best.epoch - 1][name])
    assert best.metrics["val_auroc_min"] <= best.auroc <= best.metrics["val_auroc_max"]
    assert best.auroc > 0.95


def test_it_stops_when_patience_is_at_an_end() -> None:
    best, lines = _run(_settings(max_epochs=200, schedule_epochs=200, patience=4))
    assert len(lines) == best.epoch + 4 < 200


def test_a_longer_run_repeats_the_shorter_one_where_the_schedule_is_the_same() -> None:
    """Rungs of Hyperband differ in max_epochs only."""
    short = _run(_settings(max_epochs=4, schedule_epochs=12))[1]
    long = _run(_settings(max_epochs=12, schedule_epochs=12))[1]
    assert short == long[:4]


def test_a_training_that_diverges_says_so() -> None:
    """Weight decay of 1 at a learning rate of 10 multiplies weights by -9 each step."""
    settings = _settings(
        optimizer="sgd", learning_rate=10.0, weight_decay=1.0, max_epochs=99, schedule_epochs=99,
        patience=99,
    )  # fmt: skip
    with pytest.raises(TrialError, match=r"the training diverged: .* lower --learning_rate"):
        _run(settings)


def test_nothing_is_learnt_where_there_is_nothing() -> None:
    best, lines = _run(_settings(), informative=0.0)
    assert abs(np.mean([line["val_auroc"] for line in lines]) - 0.5) < 0.15
    assert best.auroc < 0.75


def test_its_auroc_is_that_of_its_probabilities() -> None:
    labels, score = np.array([0, 1, 1, 0]), np.array([0.2, 0.3, 0.9, 0.4])
    assert auroc(labels, np.stack([1 - score, score], axis=1)) == 0.75
