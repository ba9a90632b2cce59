"""EEGPT on a GPU: windows/s of fine-tuning and of frozen features, and the share of its peak.

    python benchmarks/torch_gpu.py

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

CHANNELS, SAMPLES, PATCH, WIDTH, DEPTH, SUMMARY, MLP = 19, 1024, 64, 512, 8, 4, 4
PATCHES, TOKENS = SAMPLES // PATCH, CHANNELS + SUMMARY


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--batch", type=int, default=256)
    parser.add_argument("--steps", type=int, default=50)
    options = parser.parse_args()
    import torch

    if not torch.cuda.is_available():
        raise SystemExit("there is no GPU that torch can use here")
    print(f"{torch.cuda.get_device_name()}, torch {torch.__version__}")
    reachable = matmul_flops(options.batch)
    print(f"matrix multiplications of these shapes, bf16: {reachable / 1e12:.0f} TFLOP/s")
    for is_compiled in (False, True):
        rate = fine_tuning(options.batch, options.steps, is_compiled)
        share = 3 * flops_a_window() * rate / reachable
        print(f"fine-tuning, compiled {is_compiled}: {rate:.0f} windows/s, {share:.0%} of it")
    print(f"frozen features: {frozen(options.batch, options.steps):.0f} windows/s")
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        rates = pool.starmap(fine_tuning, [(options.batch, options.steps, False)] * 2)
    print(f"two trials at once: {rates[0]:.0f} and {rates[1]:.0f} windows/s")


def flops_a_window() -> float:
    """Return multiplications and additions of a forward pass of one window."""
    tokens = PATCHES * TOKENS
    per_layer = tokens * 2 * WIDTH * WIDTH * (4 + 2 * MLP) + PATCHES * 4 * TOKENS**2 * WIDTH
    return DEPTH * per_layer + PATCHES * CHANNELS * 2 * PATCH * WIDTH


def matmul_flops(batch: int) -> float:
    """Return what the encoder's own matrix multiplications reach, weighed as it does them."""
    import torch

    rows = batch * PATCHES * TOKENS
    work = spent = 0.0
    for inputs, outputs in ((WIDTH, 3 * WIDTH), (WIDTH, WIDTH), (WIDTH, MLP * WIDTH),
                            (MLP * WIDTH, WIDTH)):  # fmt: skip
        a = torch.randn(rows, inputs, device="cuda", dtype=torch.bfloat16)
        b = torch.randn(inputs, outputs, device="cuda", dtype=torch.bfloat16)
        spent += _seconds(lambda a=a, b=b: a @ b, 20)
        work += 2 * rows * inputs * outputs
    return work / spent


def fine_tuning(batch: int, steps: int, is_compiled: bool) -> float:
    """Return windows/s of training steps as the component takes them."""
    import torch

    from trial_runner.components.eegpt.network import Classifier, LossWeights, layers_of
    from trial_runner.training.fit_settings import FitSettings
    from trial_runner.training.network_optimizers import build_optimizer, parameter_groups

    settings = FitSettings(optimizer="adamw", layer_decay=0.75, weight_decay=0.05)
    network = Classifier(_encoder(), 2, LossWeights()).cuda()
    optimizer = build_optimizer(parameter_groups(layers_of(network), settings), settings)
    forward = torch.compile(network) if is_compiled else network
    x = torch.randn(4 * batch, CHANNELS, SAMPLES, device="cuda")
    y = torch.randint(2, (4 * batch,), device="cuda")

    def step() -> None:
        rows = torch.randint(len(x), (batch,), device="cuda")
        with torch.autocast("cuda", dtype=torch.bfloat16):
            logits, extra = forward(x[rows])
        loss = torch.nn.functional.cross_entropy(logits.float(), y[rows]) + extra
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)

    return batch / _seconds(step, steps)


def frozen(batch: int, steps: int) -> float:
    """Return windows/s of the frozen encoder."""
    import torch

    encoder = _encoder().cuda().eval()
    x = torch.randn(batch, CHANNELS, SAMPLES, device="cuda")

    def step() -> None:
        with torch.no_grad(), torch.autocast("cuda", dtype=torch.bfloat16):
            encoder(x)

    return batch / _seconds(step, steps)


def _encoder() -> object:
    from trial_runner.components.eegpt.architecture import Architecture, build_encoder
    from trial_runner.simulation import CHANNELS_1020

    shape = Architecture(PATCH, WIDTH, 8, float(MLP), DEPTH, SUMMARY)
    return build_encoder(shape, CHANNELS_1020, SAMPLES)


def _seconds(step: Callable[[], object], steps: int) -> float:
    import torch

    for _ in range(5):
        step()
    torch.cuda.synchronize()
    start = time.perf_counter()
    for _ in range(steps):
        step()
    torch.cuda.synchronize()
    return (time.perf_counter() - start) / steps


if __name__ == "__main__":
    main()
