"""Train a tiny encoder as one process and as two that share each batch; print both as JSON.

A program of its own: autograd does not survive a fork of a process that has used it.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import socket
import sys
from pathlib import Path

import numpy as np
import torch

from trial_runner.components.eegpt.architecture import Architecture, build_encoder
from trial_runner.components.eegpt.network import Classifier, LossWeights, layers_of
from trial_runner.components.eegpt.pretraining import Pretraining, RowBatches
from trial_runner.scoring.metrics import classification_scores
from trial_runner.training.fit_settings import Augmentation, FitSettings
from trial_runner.training.folded import FoldedClassifier, Samples
from trial_runner.training.lightning_fit import FitOptions, fit
from trial_runner.training.processes import joined_processes

ROWS, BATCH = 37, 9  # batches whose rows do not halve evenly, and a last one of a single row
SETTINGS = FitSettings(
    learning_rate=0.02, weight_decay=0.1, optimizer="sgd", batch_size=BATCH, accumulate=2,
    label_smoothing=0.1, use_class_weights=True, focal_loss_gamma=1.0, ema_decay=0.5,
    layer_decay=0.7, device="cpu",
    augmentation=Augmentation(mixup_alpha=0.4, noise_level=0.1, channel_mask_ratio=0.2),
)  # fmt: skip
WEIGHTS = LossWeights(1.0, 0.7, 0.4)


def main() -> None:
    folder = Path(sys.argv[1])
    context = multiprocessing.get_context("fork")
    for size in (1, 2):
        port = _free_port()
        started = [
            context.Process(target=_train, args=(rank, size, port, folder)) for rank in range(size)
        ]
        for process in started:
            process.start()
        for process in started:
            process.join()
            if process.exitcode:
                raise SystemExit(f"process of {size} ended with {process.exitcode}")


def _train(rank: int, size: int, port: int, folder: Path) -> None:
    torch.set_num_threads(1)
    os.environ.update(
        RANK=str(rank), WORLD_SIZE=str(size), MASTER_ADDR="127.0.0.1", MASTER_PORT=str(port)
    )
    with joined_processes("cpu"):
        found = {"finetune": _finetune(), "pretrain": _pretrain()}
    (folder / f"{size}-{rank}.json").write_text(json.dumps(found))


def _encoder() -> object:
    torch.manual_seed(3)
    shape = Architecture(16, 8, 2, 2.0, 1, 2, drop_rate=0.2)
    return build_encoder(shape, ("Fz", "Cz", "Pz"), 64)


def _signal() -> np.ndarray:
    return np.random.default_rng(0).standard_normal((ROWS, 3, 64)).astype(np.float32)


def _finetune() -> list[float]:
    labels = np.arange(ROWS) % 3 // 2
    rows, some = np.arange(ROWS), np.arange(0, ROWS, 2)
    module = FoldedClassifier(
        [Classifier(_encoder(), 2, WEIGHTS) for _ in range(2)], layers_of,
        Samples(_signal(), labels, 2), [rows, some], [rows, rows], SETTINGS,
        classification_scores, 5,
    )  # fmt: skip
    progress = fit(module, module.batches(), [0], FitOptions(2, device="cpu"), lambda _: None)
    return _numbers(module, progress.epochs)


def _pretrain() -> list[float]:
    module = Pretraining(
        _encoder(), _signal(), (ROWS // BATCH, BATCH), SETTINGS, WEIGHTS, 5
    )  # fmt: skip
    batches = RowBatches(np.arange(ROWS), BATCH, 5)
    options = FitOptions(2, device="cpu", accumulate=2)
    progress = fit(module, batches, [torch.arange(ROWS)], options, lambda _: None)
    return _numbers(module, progress.epochs)


def _numbers(module: torch.nn.Module, epochs: list[dict[str, float]]) -> list[float]:
    told = [value for epoch in epochs for _, value in sorted(epoch.items())]
    weights = torch.cat([one.detach().flatten() for one in module.parameters()])
    return told + weights.tolist()


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


if __name__ == "__main__":
    main()
