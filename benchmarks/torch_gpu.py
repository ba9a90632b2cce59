"""EEGPT on a GPU: windows/s of fine-tuning and of frozen features, and the share of its peak.

    python benchmarks/torch_gpu.py
    python benchmarks/torch_gpu.py --try-on-cpu     # the same code, tiny: is it ready to run?

The network is the published one (25 million parameters: width 512, 8 heads, 8 layers), on 19
channels and 1,024 samples in patches of 64. Fine-tuning: bf16, fused AdamW, torch.compile, all
data on the GPU, no DataLoader. The peak that counts is what matrix multiplications of the
network's own shapes reach, measured here. Two processes at once on one GPU are timed, too.
"""

from __future__ import annotations

import argparse
import multiprocessing
import time
from collections.abc import Callable
from typing import NamedTuple

CHANNELS, SUMMARY, MLP = 19, 4, 4


class Case(NamedTuple):
    """What is trained, and where."""

    device: str = "cuda"
    samples: int = 1024
    patch: int = 64
    width: int = 512
    heads: int = 8
    depth: int = 8
    batch: int = 256
    steps: int = 50

    @property
    def patches(self) -> int:
        """Patches of a window."""
        return self.samples // self.patch


TINY = Case("cpu", samples=64, patch=16, width=16, heads=2, depth=1, batch=4, steps=2)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--batch", type=int, default=256)
    parser.add_argument("--steps", type=int, default=50)
    parser.add_argument("--try-on-cpu", action="store_true", help="tiny, and not compiled")
    options = parser.parse_args()
    import torch

    case = TINY if options.try_on_cpu else Case(batch=options.batch, steps=options.steps)
    if case.device == "cuda" and not torch.cuda.is_available():
        raise SystemExit("there is no GPU that torch can use here; --try-on-cpu runs the code")
    name = torch.cuda.get_device_name() if case.device == "cuda" else "CPU, tiny: no figures"
    print(f"{name}, torch {torch.__version__}")
    report(case, compiled=(False,) if options.try_on_cpu else (False, True))


def report(case: Case, compiled: tuple[bool, ...]) -> None:
    """Measure and print everything."""
    reachable = matmul_flops(case)
    print(f"matrix multiplications of these shapes, bf16: {reachable / 1e12:.3g} TFLOP/s")
    for is_compiled in compiled:
        rate = fine_tuning(case, is_compiled)
        share = 3 * flops_a_window(case) * rate / reachable
        print(f"fine-tuning, compiled {is_compiled}: {rate:.0f} windows/s, {share:.0%} of it")
    print(f"frozen features: {frozen(case):.0f} windows/s")
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        rates = pool.starmap(fine_tuning, [(case, False)] * 2)
    print(f"two trials at once: {rates[0]:.0f} and {rates[1]:.0f} windows/s")


def flops_a_window(case: Case) -> float:
    """Return multiplications and additions of a forward pass of one window."""
    of_patch = CHANNELS + SUMMARY
    tokens, width = case.patches * of_patch, case.width
    attention = case.patches * 4 * of_patch**2 * width
    per_layer = tokens * 2 * width * width * (4 + 2 * MLP) + attention
    return case.depth * per_layer + case.patches * CHANNELS * 2 * case.patch * width


def matmul_flops(case: Case) -> float:
    """Return what the encoder's own matrix multiplications reach, weighed as it does them."""
    import torch

    rows, width = case.batch * case.patches * (CHANNELS + SUMMARY), case.width
    work = spent = 0.0
    for inputs, outputs in ((width, 3 * width), (width, width), (width, MLP * width),
                            (MLP * width, width)):  # fmt: skip
        a = torch.randn(rows, inputs, device=case.device, dtype=torch.bfloat16)
        b = torch.randn(inputs, outputs, device=case.device, dtype=torch.bfloat16)
        spent += _seconds(lambda a=a, b=b: a @ b, case, 20)
        work += 2 * rows * inputs * outputs
    return work / spent


def fine_tuning(case: Case, is_compiled: bool) -> float:
    """Return windows/s of training steps as the component takes them."""
    import torch

    from trial_runner.components.eegpt.network import Classifier, LossWeights, layers_of
    from trial_runner.training.fit_settings import FitSettings
    from trial_runner.training.network_optimizers import build_optimizer, parameter_groups

    settings = FitSettings(
        optimizer="adamw", layer_decay=0.75, weight_decay=0.05, device=case.device
    )
    network = Classifier(_encoder(case), 2, LossWeights()).to(case.device)
    optimizer = build_optimizer(parameter_groups(layers_of(network), settings), settings)
    forward = torch.compile(network) if is_compiled else network
    x = torch.randn(4 * case.batch, CHANNELS, case.samples, device=case.device)
    y = torch.randint(2, (len(x),), device=case.device)

    def step() -> None:
        rows = torch.randint(len(x), (case.batch,), device=case.device)
        with torch.autocast(case.device, dtype=torch.bfloat16):
            logits, extra = forward(x[rows])
        loss = torch.nn.functional.cross_entropy(logits.float(), y[rows]) + extra
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)

    return case.batch / _seconds(step, case, case.steps)


def frozen(case: Case) -> float:
    """Return windows/s of the frozen encoder."""
    import torch

    encoder = _encoder(case).to(case.device).eval()
    x = torch.randn(case.batch, CHANNELS, case.samples, device=case.device)

    def step() -> None:
        with torch.no_grad(), torch.autocast(case.device, dtype=torch.bfloat16):
            encoder(x)

    return case.batch / _seconds(step, case, case.steps)


def _encoder(case: Case) -> object:
    from trial_runner.components.eegpt.architecture import Architecture, build_encoder
    from trial_runner.simulation import CHANNELS_1020

    shape = Architecture(case.patch, case.width, case.heads, float(MLP), case.depth, SUMMARY)
    return build_encoder(shape, CHANNELS_1020, case.samples)


def _seconds(step: Callable[[], object], case: Case, steps: int) -> float:
    import torch

    wait = torch.cuda.synchronize if case.device == "cuda" else lambda: None
    for _ in range(5):
        step()
    wait()
    start = time.perf_counter()
    for _ in range(steps):
        step()
    wait()
    return (time.perf_counter() - start) / steps


if __name__ == "__main__":
    main()
