"""Lightning against a plain torch loop, frozen features shared by windows, fork to first batch.

    python benchmarks/torch_throughput.py [--rounds 5] [--base] [--only steps,frozen,fork]

Both loops train the same network on the same batches by turns; the difference of their times for a
step is what Lightning and one module for all folds cost. All are CPU seconds of one thread, the
least of many epochs and beside them the ratio of medians: a busy machine, whose caches are shared,
makes CPU seconds longer, too. From the fork to the first batch wall seconds stand beside them.
"""

from __future__ import annotations

import argparse
import gc
import os
import statistics
import tempfile
import time
from collections.abc import Callable

import numpy as np


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--base", action="store_true", help="eegpt of base size, too (minutes)")
    parser.add_argument("--only", default="steps,frozen,fork")
    parser.add_argument("--network", default="", help="only those whose name has this text")
    options = parser.parse_args()
    import torch

    torch.set_num_threads(1)
    os.environ.setdefault("ARTEFACTS", tempfile.mkdtemp())
    parts = options.only.split(",")
    if "fork" in parts:  # first: autograd does not survive a fork of a process that has used it
        for component in ("emotion", "eegpt", "activity", "efficiency"):
            pairs = [_first_batch(component) for _ in range(options.rounds)]
            wall, spent = (min(values) for values in zip(*pairs, strict=True))
            print(f"{component}: fork to first batch {wall:.3f} s, {spent:.3f} CPU s")
    if "steps" in parts:
        print("| network | plain, ms a step | ours | more | ratio | of medians | ms a fit |")
        print("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
        for name, build in _networks(options.base).items():
            if options.network in name:
                _print_row(name, build, options.rounds)
    if "frozen" in parts:
        ratio = _frozen_ratio(options.base, options.rounds)
        print(f"frozen features of windows that overlap by 75 %: {ratio:.2f} x")


def _frozen_ratio(is_base: bool, rounds: int) -> float:
    """Return how much cheaper patches that are shared make the features of overlapping windows."""
    from trial_runner.components.eegpt.architecture import Architecture, build_encoder
    from trial_runner.components.eegpt.patch_features import Store, encode, frozen_features
    from trial_runner.simulation import CHANNELS_1020

    shape = Architecture(64, 512, 8, 4.0, 8, 4) if is_base else Architecture(64, 128, 4, 4.0, 4, 4)
    encoder = build_encoder(shape, CHANNELS_1020, 64)
    recording = np.random.default_rng(0).standard_normal((19, 64 * 256)).astype(np.float32)
    starts = range(0, recording.shape[1] - 1024 + 1, 256)
    windows = np.stack([recording[:, start : start + 1024] for start in starts])
    patches = windows.reshape(len(windows), 19, 16, 64).transpose(0, 2, 1, 3).reshape(-1, 19, 64)
    encode(encoder, patches[:64])  # the first pass settles memory
    apart_seconds, shared_seconds = [], []
    for _ in range(rounds):
        begun = time.process_time()
        apart = encode(encoder, patches)
        middle = time.process_time()
        shared = frozen_features(encoder, windows, Store(None))
        shared_seconds.append(time.process_time() - middle)
        apart_seconds.append(middle - begun)
        assert np.array_equal(apart.reshape(shared.shape), shared)  # bit by bit
    return min(apart_seconds) / min(shared_seconds)


def _networks(with_base: bool) -> dict[str, Callable[[], object]]:
    import torch

    from trial_runner.components.eegpt.architecture import Architecture, build_encoder
    from trial_runner.components.eegpt.network import Classifier, LossWeights
    from trial_runner.components.emotion.network import Architecture as Emotion
    from trial_runner.components.emotion.network import EmotionNetwork
    from trial_runner.simulation import CHANNELS_1020

    shape = Emotion((64, 64), (3, 3), "max", 0.2, 64, 0.1, (128,), 0.3, 2)

    def encoder(architecture: Architecture) -> Classifier:
        return Classifier(build_encoder(architecture, CHANNELS_1020, 256), 2, LossWeights())

    networks: dict[str, Callable[[], object]] = {
        "two dense layers": lambda: torch.nn.Sequential(
            torch.nn.Flatten(), torch.nn.Linear(167, 64), torch.nn.ReLU(), torch.nn.Linear(64, 2)
        ),
        "emotion": lambda: EmotionNetwork(shape, torch.zeros(167), torch.ones(167)),
        "eegpt, width 64": lambda: encoder(Architecture(64, 64, 4, 4.0, 4, 4)),
    }
    if with_base:
        networks["eegpt, base"] = lambda: encoder(Architecture(64, 512, 8, 4.0, 8, 4))
    return networks


def _print_row(name: str, build: Callable[[], object], rounds: int) -> None:
    plain, ours, fits = [], [], []
    for _ in range(rounds):  # by turns, so that a busy machine is fair to both
        plain += _plain_steps(build, name)
        steps, fit_seconds = _our_steps(build, name)
        ours += steps
        fits.append(fit_seconds)
    a, b, fit_ms = (1e3 * min(values) for values in (plain, ours, fits))
    # Where epochs take long, their differences hide what is beside them.
    fit = f"{fit_ms:.0f}" if a * _STEPS < 1000 else "—"
    ratio = statistics.median(plain) / statistics.median(ours)
    cells = f"{a:.2f} | {b:.2f} | {b - a:.2f} | {a / b:.2f} | {ratio:.2f} | {fit}"
    print(f"| {name} | {cells} |", flush=True)


_STEPS, _ROWS, _EPOCHS = 20, 32, 6


def _data(name: str) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    shape = (19, 256) if name.startswith("eegpt") else (1, 167)
    x = rng.standard_normal((_STEPS * _ROWS, *shape)).astype(np.float32)
    return x, np.arange(len(x)) % 2


def _plain_steps(build: Callable[[], object], name: str) -> list[float]:
    """Return seconds a step of each epoch but the first, in which memory settles."""
    import torch

    x, y = (torch.from_numpy(one) for one in _data(name))
    network = build()
    optimizer = torch.optim.AdamW(network.parameters(), lr=1e-3)
    marks = [time.process_time()]
    for _ in range(_EPOCHS):
        for rows in torch.randperm(len(x)).split(_ROWS):
            said = network(x[rows])
            logits = said[0] if isinstance(said, tuple) else said
            loss = torch.nn.functional.cross_entropy(logits, y[rows])
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
        marks.append(time.process_time())
    return (np.diff(marks)[1:] / _STEPS).tolist()


def _our_steps(build: Callable[[], object], name: str) -> tuple[list[float], float]:
    """Return the same of our loop, with scoring 32 rows an epoch; and seconds beside the steps."""
    from trial_runner.training.fit_settings import FitSettings
    from trial_runner.training.folded import FoldedClassifier, Samples
    from trial_runner.training.lightning_fit import FitOptions, fit

    x, y = _data(name)
    rows = np.arange(len(x))
    settings = FitSettings(
        batch_size=_ROWS, max_epochs=_EPOCHS, schedule_epochs=_EPOCHS, device="cpu"
    )
    module = FoldedClassifier(
        [build()], lambda network: [network], Samples(x, y, 2), [rows], [rows[:1]], settings,
        lambda labels, said: {"loss": 0.0}, 0,
    )  # fmt: skip
    marks: list[float] = []
    start = time.process_time()
    fit(module, module.batches(), [0], FitOptions(_EPOCHS, "val_loss", device="cpu"),
        lambda _: marks.append(time.process_time()))  # fmt: skip
    epochs = np.diff(marks)
    beside = time.process_time() - start - float(epochs.min()) * _EPOCHS
    return (epochs / _STEPS).tolist(), beside - float((epochs - epochs.min()).sum())


_SHORT = {
    "emotion": ("--dummy-data", "--folds=2"),
    "eegpt": ("--data=simulation:subjects=6,windows=16", "--embed_dim=32", "--num_heads=4",
              "--depth=1", "--folds=2", "--batch_size=16", "--cache=none"),
    "activity": ("--data=simulation:seconds=24", "--folds=2", "--hidden_dim=32"),
    "efficiency": ("--data=simulation:subjects=6,windows=16", "--shrink=16", "--depth=1",
                   "--folds=2", "--batch_size=16", "--model_size=small", "--cache=none"),
}  # fmt: skip


def _first_batch(name: str) -> tuple[float, float]:
    """Return wall and CPU seconds from a fork of a process that has imported all to a loss."""
    from importlib import import_module

    from trial_runner.arguments import parse_arguments
    from trial_runner.components import get_component
    from trial_runner.training.folded import FoldedClassifier

    component = get_component(name)
    for module in (*component.preload, component.entry.partition(":")[0]):
        import_module(module)
    arguments = parse_arguments(component, (*_SHORT[name], "--max_epochs=1"))
    gc.collect()
    gc.freeze()  # as the fork server does
    reader, writer = os.pipe()
    start = time.perf_counter()
    if os.fork() == 0:
        original = FoldedClassifier._gather

        def told(self: FoldedClassifier, number: int, step: list) -> object:
            loss = original(self, number, step)
            os.write(writer, f"{time.perf_counter()!r} {time.process_time()!r}".encode())
            os._exit(0)
            return loss

        FoldedClassifier._gather = told
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        import_module(component.entry.partition(":")[0]).run(arguments)
        os._exit(1)
    os.close(writer)
    with os.fdopen(reader, "rb") as stream:
        end, spent = map(float, stream.read().split())
    os.wait()
    return end - start, spent


if __name__ == "__main__":
    main()
