"""`eegtune.tune` with the class of a LightningModule."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import eegtune
from eegtune.tuned_module import is_lightning_module

pytorch_lightning = pytest.importorskip("pytorch_lightning")
torch = pytest.importorskip("torch")


class Line(pytorch_lightning.LightningModule):  # type: ignore[misc, name-defined]
    """Learns y = 3 x; one weight."""

    def __init__(self, lr: float) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros(1))
        self.lr = lr

    def training_step(self, batch: Any, batch_idx: int) -> Any:
        return ((self.weight * batch[0] - batch[1]) ** 2).mean()

    def validation_step(self, batch: Any, batch_idx: int) -> None:
        self.log("val_loss", ((self.weight * batch[0] - batch[1]) ** 2).mean())

    def configure_optimizers(self) -> Any:
        return torch.optim.SGD(self.parameters(), lr=self.lr)


def loaders(batch_size: int) -> tuple[Any, Any]:
    x = torch.linspace(-1, 1, 64)
    made = torch.utils.data.TensorDataset(x, 3 * x)
    return torch.utils.data.DataLoader(made, batch_size), torch.utils.data.DataLoader(made, 64)


@pytest.mark.slow
def test_a_module_is_trained_with_what_it_and_its_data_take(tmp_path: Path) -> None:
    run = eegtune.tune(
        Line, {"lr": [0.001, 0.5], "batch_size": [8, 64]}, data=loaders, max_epochs=3,
        metric="val_loss", direction="minimize", algorithm="grid", trials=4,
        folder=tmp_path / "run", progress=False,
    )  # fmt: skip
    frame = run.trials()
    assert list(frame["status"]) == ["Succeeded"] * 4
    assert run.best == {"lr": 0.5, "batch_size": 8}
    curve = run.curve(frame["name"][0])
    assert list(curve[curve["metric"] == "val_loss"]["report"])[:3] == [1, 2, 3]


@pytest.mark.parametrize(
    ("space", "more", "message"),
    [
        ({}, {"data": loaders}, "the space is empty"),
        ({"lr": "0.0..1.0"}, {}, "Line is a LightningModule; give data="),
        ({"depth": "1..3"}, {"data": loaders}, "'depth', which neither Line nor its data take"),
    ],
)
def test_what_cannot_be_trained_is_refused(
    space: Any, more: dict[str, Any], message: str, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match=message):
        eegtune.tune(Line, space, folder=tmp_path / "run", **more)


def test_data_is_for_modules_only(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="data is for a LightningModule"):
        eegtune.tune(lambda x: x, {"x": "0..1"}, data=loaders, folder=tmp_path / "run")


def test_classes_and_functions_are_told_apart() -> None:
    assert is_lightning_module(Line)
    assert not is_lightning_module(loaders)
    assert not is_lightning_module(dict)
