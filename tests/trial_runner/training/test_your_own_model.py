"""docs/your-own-model.md, on a network that was not written here."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import pytorch_lightning
import torch
from torch.utils.data import DataLoader, TensorDataset

from trial_runner.simulation.evoked import EvokedPlan, simulate_evoked
from trial_runner.training.lightning_fit import FitOptions, fit


class Mine(pytorch_lightning.LightningModule):
    def __init__(self, lr: float) -> None:
        super().__init__()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from braindecode.models import ShallowFBCSPNet

            self.network = ShallowFBCSPNet(
                n_chans=19, n_outputs=2, n_times=128, final_conv_length="auto",
                filter_time_length=13, pool_time_length=25, pool_time_stride=10,
            )  # fmt: skip
        self.lr = lr

    def training_step(self, batch: Any, batch_idx: int) -> torch.Tensor:
        return torch.nn.functional.cross_entropy(self.network(batch[0]), batch[1])

    def validation_step(self, batch: Any, batch_idx: int) -> None:
        logits = self.network(batch[0])
        self.log("val_loss", torch.nn.functional.cross_entropy(logits, batch[1]))
        self.log("val_accuracy", (logits.argmax(dim=1) == batch[1]).float().mean())

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.AdamW(self.parameters(), lr=self.lr)


def test_a_network_of_braindecode_is_tuned_and_gone_on_with(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    windows = simulate_evoked(
        EvokedPlan(subjects=8, windows=20, window_seconds=1, evoked_microvolts=25)
    )
    x = torch.from_numpy(windows.signal * np.float32(1e5))
    y = torch.from_numpy(windows.targets.labels)
    known = torch.from_numpy(np.isin(windows.targets.subjects, ["S001", "S002"]))
    training = DataLoader(TensorDataset(x[~known], y[~known]), 20, shuffle=True)
    validation = DataLoader(TensorDataset(x[known], y[known]), 40)

    def train(epochs: int, name: str) -> list[str]:
        torch.manual_seed(0)
        options = FitOptions(epochs, "val_loss", checkpoint=tmp_path / name, device="cpu")
        fit(Mine(lr=2e-3), training, validation, options)
        return [line.split(maxsplit=1)[1] for line in capsys.readouterr().out.splitlines()]

    whole = train(4, "whole.ckpt")
    assert [line.split()[0] for line in whole] == ["epoch=1", "epoch=2", "epoch=3", "epoch=4"]
    accuracy = float(whole[-1].split("val_accuracy=")[1])
    assert accuracy > 0.65  # 40 trials of two unseen persons: chance scatters by 0.08
    train(2, "cut.ckpt")
    assert train(4, "cut.ckpt") == whole
