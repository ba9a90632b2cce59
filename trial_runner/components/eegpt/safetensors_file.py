"""Reader of the safetensors format, in which hubs keep weights: numbers only, no code.

A little-endian length of 8 bytes, a header of JSON with type, shape and place of each tensor, and
their bytes. Reference: https://github.com/huggingface/safetensors (README, format).
"""

from __future__ import annotations

import json
from math import prod
from pathlib import Path

import torch
from torch import Tensor

_KINDS = {
    "F64": torch.float64,
    "F32": torch.float32,
    "F16": torch.float16,
    "BF16": torch.bfloat16,
    "I64": torch.int64,
    "I32": torch.int32,
    "I16": torch.int16,
    "I8": torch.int8,
    "U8": torch.uint8,
    "BOOL": torch.bool,
}
_LARGEST_HEADER_BYTES = 100 * 2**20


def read_safetensors(path: Path) -> dict[str, Tensor]:
    """Return the tensors of a file by name.

    Raises:
        ValueError: The file is cut short, or not of this format.
    """
    content = path.read_bytes()
    length = int.from_bytes(content[:8], "little")
    if len(content) < 8 or not 2 <= length <= min(len(content) - 8, _LARGEST_HEADER_BYTES):
        raise ValueError("no header of safetensors")
    header = json.loads(content[8 : 8 + length])
    header.pop("__metadata__", None)
    body = memoryview(content)[8 + length :]
    return {name: _tensor(name, facts, body) for name, facts in header.items()}


def _tensor(name: str, facts: dict[str, object], body: memoryview) -> Tensor:
    kind, shape, place = facts.get("dtype"), facts.get("shape"), facts.get("data_offsets")
    if kind not in _KINDS or not isinstance(shape, list) or not isinstance(place, list):
        raise ValueError(f"tensor {name} is of the unknown type {kind}")
    start, end = map(int, place)
    dtype = _KINDS[str(kind)]
    if end > len(body):
        raise ValueError(f"the bytes of tensor {name} end at {end}, the file at {len(body)}")
    if end - start != prod(shape) * dtype.itemsize:
        raise ValueError(f"tensor {name} has {end - start} bytes for the shape {shape}")
    if start == end:
        return torch.zeros(shape, dtype=dtype)
    return torch.frombuffer(bytearray(body[start:end]), dtype=dtype).reshape(shape)
