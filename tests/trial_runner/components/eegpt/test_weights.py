"""Encoder weights from a file, from S3 and from a hub."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from trial_runner.components.eegpt.architecture import Architecture, build_encoder
from trial_runner.components.eegpt.safetensors_file import read_safetensors
from trial_runner.components.eegpt.weights import load_into, read_weights, write_weights
from trial_runner.errors import DataError, TrialError

SHAPE = Architecture(16, 16, 2, 2.0, 1, 1)
PUBLISHED = Architecture(16, 64, 1, 2.0, 1, 1)  # 64 dimensions a head, as published


def _encoder(shape: Architecture = SHAPE) -> Any:
    torch.manual_seed(0)
    return build_encoder(shape, ("Fz", "Cz"), shape.patch_size).target_encoder


def _write_safetensors(tensors: dict[str, Tensor], path: Path) -> None:
    header, body = {"__metadata__": {"format": "pt"}}, b""
    for name, tensor in tensors.items():
        raw = tensor.contiguous().numpy().tobytes()
        header[name] = {
            "dtype": {torch.float32: "F32", torch.int64: "I64"}[tensor.dtype],
            "shape": list(tensor.shape), "data_offsets": [len(body), len(body) + len(raw)],
        }  # fmt: skip
        body += raw
    text = json.dumps(header).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + body)


def test_what_was_written_is_read(tmp_path: Path) -> None:
    encoder = _encoder()
    write_weights(encoder, SHAPE, tmp_path / "w.pt")
    weights = read_weights(str(tmp_path / "w.pt"), None)
    assert weights.architecture == SHAPE
    other = build_encoder(SHAPE, ("Fz", "Cz"), 16).target_encoder
    count = len(other.state_dict())
    assert f"{count} of the encoder's {count} tensors matched" in load_into(other, weights, False)
    for name, tensor in encoder.state_dict().items():
        assert torch.equal(other.state_dict()[name], tensor)


def test_a_partial_load_is_refused_unless_asked_for(tmp_path: Path) -> None:
    write_weights(_encoder(), SHAPE, tmp_path / "w.pt")
    weights = read_weights(str(tmp_path / "w.pt"), None)
    deeper = _encoder(Architecture(16, 16, 2, 2.0, 2, 1))
    with pytest.raises(TrialError, match="--partial_weights=true to take what fits"):
        load_into(deeper, weights, may_be_partial=False)
    assert "tensors matched" in load_into(deeper, weights, may_be_partial=True)


def test_safetensors(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    tensors = {"a": torch.arange(6.0).reshape(2, 3), "b": torch.tensor(7), "c": torch.zeros(0, 2)}
    _write_safetensors(tensors, path)
    found = read_safetensors(path)
    assert found.keys() == tensors.keys()
    for name, tensor in tensors.items():
        assert torch.equal(found[name], tensor)
        assert found[name].dtype == tensor.dtype
    whole = path.read_bytes()
    for end in (0, 7, 20, len(whole) - 1):
        path.write_bytes(whole[:end])
        with pytest.raises(ValueError, match=r"."):
            read_safetensors(path)
        with pytest.raises(DataError, match="it may be cut short"):
            read_weights(str(path), None)


def test_weights_of_s3_are_fetched_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    moto, boto3 = pytest.importorskip("moto"), pytest.importorskip("boto3")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"):
        monkeypatch.delenv(name, raising=False)
    write_weights(_encoder(), SHAPE, tmp_path / "w.pt")
    with moto.mock_aws():
        client = boto3.client("s3")
        client.create_bucket(Bucket="lab")
        client.upload_file(str(tmp_path / "w.pt"), "lab", "eegpt/w.pt")
        first = read_weights("s3://lab/eegpt/w.pt", tmp_path / "cache")
        (kept,) = (tmp_path / "cache" / "weights").iterdir()
        written = kept.stat().st_mtime_ns
        again = read_weights("s3://lab/eegpt/w.pt", tmp_path / "cache")
        assert kept.stat().st_mtime_ns == written
        with pytest.raises(DataError, match="nothing.pt"):
            read_weights("s3://lab/eegpt/nothing.pt", tmp_path / "cache")
    assert first.architecture == again.architecture == SHAPE


def test_weights_of_a_hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hub's client is a package of its own; here one that looks into a folder."""
    monkeypatch.delitem(sys.modules, "huggingface_hub", raising=False)
    (tmp_path / "huggingface_hub.py").write_text(
        "from pathlib import Path\n"
        "def hf_hub_download(name, file):\n"
        "    path = Path(__file__).parent / name / file\n"
        "    if not path.is_file():\n"
        "        raise FileNotFoundError(f'no repository {name}')\n"
        "    return str(path)\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    folder = tmp_path / "lab" / "eegpt"
    folder.mkdir(parents=True)
    state = {f"target_encoder.{k}": v for k, v in _encoder(PUBLISHED).state_dict().items()}
    _write_safetensors(state, folder / "model.safetensors")
    assert read_weights("hub:lab/eegpt", None).architecture == PUBLISHED
    with pytest.raises(DataError, match="--weights=hub:lab/other: no repository lab/other"):
        read_weights("hub:lab/other", None)
    monkeypatch.delitem(sys.modules, "huggingface_hub")


def test_without_the_hub_s_package_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(TrialError, match="needs the package huggingface_hub"):
        read_weights("hub:lab/eegpt", None)
