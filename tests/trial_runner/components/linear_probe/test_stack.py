from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
import torch

from trial_runner.components.linear_probe.model import Shape
from trial_runner.components.linear_probe.settings import Settings
from trial_runner.components.linear_probe.stack import StackTrainer
from trial_runner.components.linear_probe.training_data import TrainingData, standardise

torch.set_num_threads(1)
SETTINGS = Settings(
    learning_rate=0.01,
    weight_decay=0.01,
    optimizer="adamw",
    scheduler="cosine",
    warmup_steps=5,
    gradient_clip=1.0,
    label_smoothing=0.1,
    mixup_alpha=0.2,
    cutmix_prob=0.2,
    use_class_weights=True,
    focal_loss_gamma=1.0,
    batch_size=16,
    max_epochs=6,
    schedule_epochs=6,
    patience=5,
)
SHAPE = Shape(features=6, classes=2, hidden=8, batch_norm=True, dropout_rate=0.3)
SIZES = (70, 49, 33)  # ragged: 5, 4 and 3 batches, the last of one row


def _data(sizes: tuple[int, ...] = SIZES) -> TrainingData:
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, 90)
    features = rng.normal(size=(90, 6)) + labels[:, None] * np.linspace(0, 1, 6)
    training = [rng.permutation(90)[:size] for size in sizes]
    repeated = np.broadcast_to(features.astype(np.float32), (len(sizes), 90, 6))
    return TrainingData(standardise(repeated, training), labels, training, 2)


def _train(data: TrainingData, settings: Settings, names: list[int], epochs: int = 6) -> Any:
    trainer = StackTrainer(data, SHAPE, settings, seed=7, names=names)
    losses = [trainer.train_epoch() for _ in range(epochs)]
    return trainer, np.array(losses)


@pytest.mark.parametrize("optimizer", ["adamw", "sgd", "lamb"])
def test_a_fold_in_a_stack_is_trained_as_it_would_be_alone(optimizer: Any) -> None:
    settings = dataclasses.replace(SETTINGS, optimizer=optimizer)
    data = _data()
    stacked, losses = _train(data, settings, [0, 1, 2])
    everything = torch.from_numpy(data.features)
    together = stacked.probabilities(everything)
    for fold in range(3):
        one = TrainingData(
            data.features[fold : fold + 1], data.labels, data.training[fold : fold + 1], 2
        )
        alone, own_losses = _train(one, settings, [fold])
        np.testing.assert_allclose(losses[:, fold], own_losses[:, 0], rtol=1e-4)
        np.testing.assert_allclose(
            together[fold], alone.probabilities(everything[fold : fold + 1])[0], atol=1e-4
        )


CHANGES: dict[str, Any] = {
    "learning_rate": 0.02,
    "weight_decay": 0.5,
    "optimizer": "sgd",
    "scheduler": "step",
    "warmup_steps": 0,
    "gradient_clip": 0.01,
    "label_smoothing": 0.0,
    "mixup_alpha": 0.0,
    "cutmix_prob": 0.0,
    "use_class_weights": False,
    "focal_loss_gamma": 0.0,
    "batch_size": 32,
    "schedule_epochs": 12,
}


@pytest.mark.parametrize("name", list(CHANGES))
def test_every_setting_changes_what_is_learnt(name: str) -> None:
    data = _data()
    features = torch.from_numpy(data.features)
    before = _train(data, SETTINGS, [0, 1, 2])[0].probabilities(features)
    changed = dataclasses.replace(SETTINGS, **{name: CHANGES[name]})
    after = _train(data, changed, [0, 1, 2])[0].probabilities(features)
    assert np.abs(after - before).max() > 1e-4


def test_training_learns() -> None:
    settings = dataclasses.replace(
        SETTINGS, mixup_alpha=0.0, cutmix_prob=0.0, max_epochs=60, schedule_epochs=60
    )
    data = _data()
    trainer, losses = _train(data, settings, [0, 1, 2], epochs=60)
    assert (losses[-1] < 0.8 * losses[0]).all()
    probabilities = trainer.probabilities(torch.from_numpy(data.features))
    for fold, rows in enumerate(data.training):
        accuracy = (probabilities[fold, rows].argmax(1) == data.labels[rows]).mean()
        assert accuracy > 0.75


def test_a_batch_of_one_row_does_no_harm() -> None:
    _, losses = _train(_data((17, 33, 49)), SETTINGS, [0, 1, 2])
    assert np.isfinite(losses).all()
