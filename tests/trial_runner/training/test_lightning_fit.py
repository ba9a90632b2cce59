from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import pytorch_lightning
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from trial_runner.errors import TrialError, UsageError
from trial_runner.training.lightning_fit import FitOptions, fit, lightning_package, metric_lines


class Regression(pytorch_lightning.LightningModule):
    """A module as a user writes it: dropout, momentum, a schedule, shuffled batches."""

    def __init__(self, width: int = 8, explode_at: int | None = None) -> None:
        super().__init__()
        self.net = nn.Sequential(nn.Linear(4, width), nn.Dropout(0.3), nn.Linear(width, 1))
        self.explode_at = explode_at

    def training_step(self, batch: Any, batch_idx: int) -> torch.Tensor:
        loss = nn.functional.mse_loss(self.net(batch[0]), batch[1])
        return loss * math.nan if self.global_step == self.explode_at else loss

    def validation_step(self, batch: Any, batch_idx: int) -> None:
        self.log("val_loss", nn.functional.mse_loss(self.net(batch[0]), batch[1]))

    def configure_optimizers(self) -> Any:
        optimizer = torch.optim.AdamW(self.parameters(), lr=0.01)
        return [optimizer], [torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.8)]


def _data() -> TensorDataset:
    rng = np.random.default_rng(0)
    x = torch.from_numpy(rng.standard_normal((40, 4)).astype(np.float32))
    return TensorDataset(x, x.sum(dim=1, keepdim=True))


def _train(max_epochs: int, **options: Any) -> tuple[list[dict[str, float]], Regression]:
    torch.manual_seed(1)
    module = Regression()
    lines: list[dict[str, float]] = []
    fit(
        module,
        DataLoader(_data(), 8, shuffle=True),
        DataLoader(_data(), 40),
        FitOptions(max_epochs, seed=3, device="cpu", **options),
        lambda line: lines.append(dict(line)),
    )
    return lines, module


def test_a_run_cut_in_two_equals_the_uncut_one(tmp_path: Path) -> None:
    whole, module = _train(5)
    _train(2, checkpoint=tmp_path / "run.ckpt")
    cut, continued = _train(5, checkpoint=tmp_path / "run.ckpt")
    assert cut == whole
    for one, other in zip(module.parameters(), continued.parameters(), strict=True):
        assert torch.equal(one, other)


def test_a_finished_run_tells_its_lines_again(tmp_path: Path) -> None:
    whole, _ = _train(2, checkpoint=tmp_path / "run.ckpt")
    again, _ = _train(2, checkpoint=tmp_path / "run.ckpt")
    assert again == whole


def test_a_damaged_checkpoint_is_not_gone_on_from(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "run.ckpt"
    whole, _ = _train(2, checkpoint=path)
    path.write_bytes(path.read_bytes()[:500])
    assert _train(2, checkpoint=path)[0] == whole
    assert "cannot be read" in capsys.readouterr().err
    path.write_bytes(b"nothing")
    with pytest.raises(TrialError, match="cannot be read"):
        _train(3, resume_from=path)


def test_a_checkpoint_of_another_architecture_is_refused(tmp_path: Path) -> None:
    _train(1, checkpoint=tmp_path / "run.ckpt")
    loader = DataLoader(_data(), 8)
    options = FitOptions(2, device="cpu", resume_from=tmp_path / "run.ckpt")
    with pytest.raises(TrialError, match="another architecture.*size mismatch"):
        fit(Regression(width=9), loader, loader, options, lambda _: None)


def test_a_loss_of_nan_names_the_step_and_the_learning_rate(
    capsys: pytest.CaptureFixture[str],
) -> None:
    loader = DataLoader(_data(), 8)
    with pytest.raises(
        TrialError, match=r"the loss of step 8 \(epoch 2\) is no finite number, at .* rate 0.008"
    ):
        fit(Regression(explode_at=7), loader, loader, FitOptions(3, device="cpu"))
    printed = capsys.readouterr().out
    assert "epoch=1" in printed
    assert "nan" not in printed


def test_patience_ends_the_training() -> None:
    rising = iter(range(100))

    class Worsening(Regression):
        def validation_step(self, batch: Any, batch_idx: int) -> None:
            self.log("val_loss", float(next(rising)))

    loader = DataLoader(_data(), 8)
    options = FitOptions(50, patience=3, device="cpu")
    progress = fit(Worsening(), loader, [torch.zeros(1)], options, lambda _: None)
    assert (len(progress.epochs), progress.best_epoch) == (4, 1)


def test_an_objective_that_is_not_logged() -> None:
    loader = DataLoader(_data(), 8)
    options = FitOptions(1, "val_auroc", "maximize", device="cpu")
    with pytest.raises(TrialError, match="logs no val_auroc; it logs val_loss"):
        fit(Regression(), loader, loader, options, lambda _: None)


def test_nothing_reads_like_a_metric_but_the_lines(capfd: pytest.CaptureFixture[str]) -> None:
    loader = DataLoader(_data(), 8)
    fit(Regression(), loader, loader, FitOptions(2, device="cpu"))
    out, err = capfd.readouterr()
    assert [line.split()[1] for line in out.splitlines()] == ["epoch=1", "epoch=2"]
    assert "=" not in err


def test_the_callback_serves_a_trainer_of_ones_own(capsys: pytest.CaptureFixture[str]) -> None:
    module, loader = Regression(), DataLoader(_data(), 8)
    trainer = pytorch_lightning.Trainer(
        max_epochs=2, accelerator="cpu", logger=False, enable_checkpointing=False,
        enable_progress_bar=False, enable_model_summary=False,
        callbacks=[metric_lines(module, "val_loss")],
    )  # fmt: skip
    trainer.fit(module, loader, loader)
    assert [line.split()[1] for line in capsys.readouterr().out.splitlines()] == [
        "epoch=1", "epoch=2"
    ]  # fmt: skip


def test_what_is_no_lightning_module() -> None:
    with pytest.raises(TypeError, match="Linear is no LightningModule"):
        lightning_package(nn.Linear(1, 1))


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_gpu_that_is_not_there() -> None:
    loader = DataLoader(_data(), 8)
    with pytest.raises(UsageError, match="--device is 'cuda', but there is no GPU"):
        fit(Regression(), loader, loader, FitOptions(1, device="cuda"))


def test_memory_that_runs_out_is_told() -> None:
    class Huge(Regression):
        def training_step(self, batch: Any, batch_idx: int) -> torch.Tensor:
            return torch.empty(2**60)

    loader = DataLoader(_data(), 8)
    with pytest.raises(TrialError, match="not enough memory for batches of 8: lower --batch_size"):
        fit(Huge(), loader, loader, FitOptions(1, device="cpu", batch_size=8))
