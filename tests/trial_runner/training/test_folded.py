from __future__ import annotations

import math

import numpy as np
import pytest
import pytorch_lightning
import torch
from pytorch_lightning.plugins.precision import MixedPrecision
from torch import nn

from trial_runner.errors import TrialError
from trial_runner.scoring.metrics import accuracy
from trial_runner.training.fit_settings import FitSettings, OptimizerName
from trial_runner.training.folded import FoldedClassifier, Samples
from trial_runner.training.lightning_fit import FitOptions, fit


def _samples(rows: int = 60) -> Samples:
    rng = np.random.default_rng(0)
    labels = np.arange(rows) % 2
    inputs = rng.standard_normal((rows, 2, 5)).astype(np.float32)
    inputs[:, 0] += labels[:, None]
    return Samples(inputs, labels, 2)


def _module(
    training: list[np.ndarray], settings: FitSettings, samples: Samples | None = None
) -> FoldedClassifier:
    networks = []
    for fold in range(len(training)):
        torch.manual_seed(fold)
        networks.append(nn.Sequential(nn.Flatten(), nn.Linear(10, 2)))
    return FoldedClassifier(
        networks, lambda one: [one], samples or _samples(), training, training, settings,
        lambda labels, said: {"accuracy": accuracy(labels, said)}, 7,
    )  # fmt: skip


def _train(module: FoldedClassifier, epochs: int = 2) -> None:
    options = FitOptions(epochs, "val_accuracy", "maximize", device="cpu")
    fit(module, module.batches(), [0], options, lambda _: None)


def test_folds_side_by_side_train_as_each_would_alone() -> None:
    first, second = np.arange(0, 40), np.arange(20, 60)
    settings = FitSettings(batch_size=16, learning_rate=0.05)
    both, alone = _module([first, second], settings), _module([first], settings)
    _train(both)
    _train(alone)
    for one, other in zip(
        both.networks[0].parameters(), alone.networks[0].parameters(), strict=True
    ):
        assert torch.equal(one, other)


def test_it_takes_the_steps_of_a_plain_loop() -> None:
    rows, samples = np.arange(60), _samples()
    settings = FitSettings(
        batch_size=20, learning_rate=0.05, weight_decay=0.1, scheduler="constant",
        label_smoothing=0.1, gradient_clip=0.5, device="cpu",
    )  # fmt: skip
    module = _module([rows], settings)
    batches = module.batches()
    torch.manual_seed(0)
    plain = nn.Sequential(nn.Flatten(), nn.Linear(10, 2))
    linear = plain[1]
    optimizer = torch.optim.AdamW(
        [{"params": [linear.weight], "weight_decay": 0.1},
         {"params": [linear.bias], "weight_decay": 0.0}], lr=0.05
    )  # fmt: skip
    x, y = torch.from_numpy(samples.inputs), torch.from_numpy(samples.labels)
    for epoch in range(2):
        batches.set_epoch(epoch)
        for (chosen,) in (step for block in batches for step in block):
            loss = nn.functional.cross_entropy(plain(x[chosen]), y[chosen], label_smoothing=0.1)
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(plain.parameters(), 0.5)
            optimizer.step()
    _train(module)
    assert torch.allclose(module.networks[0][1].weight, linear.weight, atol=1e-6)


@pytest.mark.parametrize("optimizer", ["adamw", "sgd", "rmsprop", "lamb"])
def test_gradients_of_16_bits_are_clipped_at_their_true_size(optimizer: OptimizerName) -> None:
    rows = np.arange(60)
    settings = FitSettings(
        batch_size=20, learning_rate=0.01, optimizer=optimizer, gradient_clip=0.05, device="cpu"
    )
    exact, scaled = _module([rows], settings), _module([rows], settings)
    scaler = torch.amp.GradScaler("cpu", init_scale=4096.0)
    for module, plugins in ((exact, None), (scaled, MixedPrecision("16-mixed", "cpu", scaler))):
        pytorch_lightning.Trainer(
            accelerator="cpu", max_epochs=2, plugins=plugins, logger=False,
            enable_checkpointing=False, enable_progress_bar=False, enable_model_summary=False,
        ).fit(module, module.batches())  # fmt: skip
    weights = [module.networks[0][1].weight for module in (exact, scaled)]
    assert torch.allclose(*weights, atol=1e-3)


def test_gathered_gradients_make_one_step_of_all() -> None:
    rows = np.arange(60)
    whole = _module([rows], FitSettings(batch_size=60, learning_rate=0.05))
    parts = _module([rows], FitSettings(batch_size=20, accumulate=3, learning_rate=0.05))
    _train(whole)
    _train(parts)
    weights = [module.networks[0][1].weight for module in (whole, parts)]
    assert torch.allclose(*weights, atol=1e-5)


def test_the_mean_of_the_weights_is_what_is_scored() -> None:
    rows, samples, seen = np.arange(60), _samples(), []
    module = _module([rows], FitSettings(batch_size=20, learning_rate=0.05, ema_decay=0.8))
    own = module.networks[0][1]
    original = type(module)._step
    module._step = lambda: (original(module), seen.append(own.weight.detach().clone()))  # type: ignore[method-assign,assignment,return-value]
    _train(module)
    mean = seen[0]  # the first step's weights are the first mean
    for weight in seen[1:]:
        mean = 0.8 * mean + 0.2 * weight
    (scored,) = module.averages
    assert torch.allclose(scored.module[1].weight, mean, atol=1e-6)
    logits = scored(torch.from_numpy(samples.inputs))
    expected = torch.softmax(logits, dim=1).detach().double().numpy()
    assert np.allclose(module.probabilities(rows)[0], expected)


def test_only_algorithms_that_repeat_exactly_where_it_is_asked_for() -> None:
    seen = []
    module = _module([np.arange(60)], FitSettings(batch_size=30))
    module.on_train_epoch_end = lambda: seen.append(  # type: ignore[method-assign]
        torch.are_deterministic_algorithms_enabled()
    )
    try:
        for is_asked in (False, True):
            options = FitOptions(
                1, "val_accuracy", "maximize", device="cpu", is_deterministic=is_asked
            )
            fit(module, module.batches(), [0], options, lambda _: None)
    finally:
        torch.use_deterministic_algorithms(False)
    assert seen == [False, True]


def test_a_loss_that_is_no_number_names_its_step_within_a_block() -> None:
    class Failing(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.linear, self.calls = nn.Linear(10, 2), 0

        def forward(self, signal: torch.Tensor) -> torch.Tensor:
            self.calls += self.training
            return self.linear(signal.flatten(1)) * (math.nan if self.calls == 47 else 1.0)

    rows = np.arange(60)
    settings = FitSettings(batch_size=2, learning_rate=0.5, scheduler="linear", schedule_epochs=2)
    module = FoldedClassifier(
        [Failing()], lambda one: [one], _samples(), [rows], [rows], settings,
        lambda labels, said: {"accuracy": accuracy(labels, said)}, 7,
    )  # fmt: skip
    with pytest.raises(TrialError, match=r"loss of step 47 \(epoch 2\).* learning rate 0.117;"):
        _train(module)


@pytest.mark.parametrize(
    ("samples", "message"),
    [
        (Samples(np.zeros((4, 1, 2), np.float32), np.array([0, 1, 2, 1]), 2), "labels are 0 to 2"),
        (Samples(np.zeros((4, 2), np.float32), np.array([0, 1, 0, 1]), 2), "inputs have shape"),
        (Samples(np.full((2, 1, 2), np.nan, np.float32), np.array([0, 1]), 2), "no finite number"),
    ],
)
def test_inputs_that_cannot_be_used(samples: Samples, message: str) -> None:
    with pytest.raises(TrialError, match=message):
        _module([np.arange(2)], FitSettings(batch_size=2), samples)


def test_a_diverging_training_is_told_without_a_nan() -> None:
    settings = FitSettings(batch_size=30, learning_rate=1e38, optimizer="sgd", gradient_clip=0)
    with pytest.raises(TrialError, match=r"diverged.* learning rate 9.94e\+37") as told:
        _train(_module([np.arange(60)], settings), epochs=3)
    assert "nan" not in str(told.value)
