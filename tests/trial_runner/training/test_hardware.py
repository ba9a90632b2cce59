from __future__ import annotations

import pytest
import torch

from trial_runner.errors import UsageError
from trial_runner.training.hardware import Hardware, choose_hardware


@pytest.mark.parametrize(
    ("device", "precision", "has_gpu", "has_bf16", "expected"),
    [
        ("auto", "auto", False, False, ("cpu", "32-true")),
        ("auto", "bf16", False, False, ("cpu", "bf16-mixed")),
        ("auto", "auto", True, True, ("cuda", "bf16-mixed")),
        ("auto", "auto", True, False, ("cuda", "16-mixed")),
        ("cuda", "32", True, True, ("cuda", "32-true")),
        ("cpu", "auto", True, True, ("cpu", "32-true")),
    ],
)
def test_the_hardware_decides(
    device: str, precision: str, has_gpu: bool, has_bf16: bool, expected: tuple[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(torch.cuda, "is_available", lambda: has_gpu)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda: has_bf16)
    assert choose_hardware(device, precision) == Hardware(*expected)


def test_sixteen_bits_need_a_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(UsageError, match="--precision is '16', which a CPU cannot train in"):
        choose_hardware("auto", "16")
