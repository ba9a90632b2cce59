"""The benchmark for GPUs runs its code here too, tiny and on the CPU; its figures are none."""

from __future__ import annotations

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

PATH = Path(__file__).parents[3] / "benchmarks" / "torch_gpu.py"


@pytest.fixture(scope="module")
def benchmark() -> ModuleType:
    spec = spec_from_file_location("torch_gpu", PATH)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules["torch_gpu"] = module
    spec.loader.exec_module(module)
    return module


def test_every_part_runs(benchmark: ModuleType) -> None:
    tiny = benchmark.TINY
    assert benchmark.fine_tuning(tiny, False) > 0
    assert benchmark.frozen(tiny) > 0
    assert benchmark.matmul_flops(tiny) > 0


def test_what_is_counted_is_what_the_network_multiplies(benchmark: ModuleType) -> None:
    from torch import no_grad, randn
    from torch.utils.flop_counter import FlopCounterMode

    case = benchmark.TINY._replace(width=64, depth=2)
    encoder = benchmark._encoder(case).eval()
    with no_grad(), FlopCounterMode(display=False) as counter:
        encoder(randn(1, benchmark.CHANNELS, case.samples))
    assert benchmark.flops_a_window(case) == pytest.approx(counter.get_total_flops(), rel=0.1)


def test_the_network_has_the_published_size(benchmark: ModuleType) -> None:
    encoder = benchmark._encoder(benchmark.Case())
    count = sum(one.numel() for one in encoder.target_encoder.parameters())
    assert count == pytest.approx(25.3e6, rel=0.01)
