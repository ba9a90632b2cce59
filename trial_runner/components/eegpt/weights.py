"""Encoder weights from a file, from S3 or from a hub: all that match, or none."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from trial_runner.components.eegpt.architecture import Architecture
from trial_runner.components.eegpt.safetensors_file import read_safetensors
from trial_runner.errors import DataError, DataNotFoundError, TrialError

_PREFIXES = ("state_dict.", "model.", "module.", "_orig_mod.", "target_encoder.")
_PUBLISHED_HEAD_WIDTH = 64
_MATTERS = ("patch_embed.", "chan_embed.", "blocks.", "norm.", "summary_token")


class Weights(NamedTuple):
    """Tensors of an encoder.

    Attributes:
        tensors: By the names that braindecode's `target_encoder` has.
        architecture: Of the encoder they are from.
        name: Where they are from.
    """

    tensors: dict[str, Tensor]
    architecture: Architecture
    name: str


def read_weights(address: str, cache: Path | None) -> Weights:
    """Read encoder weights.

    Args:
        address: A file, `s3://bucket/key`, or `hub:owner/name`.
        cache: Folder for what is downloaded.

    Raises:
        DataError: They cannot be read, or are of no EEGPT encoder.
    """
    path = _local(address, cache)
    try:
        if path.suffix == ".safetensors":
            stored: Any = read_safetensors(path)
        else:
            stored = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # the unpickler of damaged files fails in all ways
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise DataError(
            f"--weights: {address} cannot be read, it may be cut short ({reason[:200]}); fetch "
            "it again"
        ) from None
    shape = stored.get("architecture") if isinstance(stored, dict) else None
    tensors = _tensors(stored)
    if "summary_token" not in tensors or "patch_embed.proj.weight" not in tensors:
        raise DataError(f"--weights: {address} has no tensors of an EEGPT encoder")
    return Weights(tensors, _architecture(tensors, shape), address)


def load_into(encoder: nn.Module, weights: Weights, may_be_partial: bool) -> str:
    """Put weights into an encoder (braindecode's `target_encoder`); return what was done.

    Raises:
        TrialError: Not all tensors match, and that is not allowed.
    """
    own = encoder.state_dict()
    fitting = {
        name: tensor
        for name, tensor in weights.tensors.items()
        if name in own and own[name].shape == tensor.shape
    }
    told = f"weights: {len(fitting)} of the encoder's {len(own)} tensors matched ({weights.name})"
    if len(fitting) < len(own) and not may_be_partial:
        missing = [name for name in own if name not in fitting]
        shapes = ", ".join(
            f"{name} {tuple(own[name].shape)} against "
            f"{tuple(weights.tensors[name].shape) if name in weights.tensors else 'none'}"
            for name in missing[:3]
        )
        raise TrialError(
            f"{told}; these do not: {shapes}{' …' if len(missing) > 3 else ''}. Give the "
            "architecture of the weights, or --partial_weights=true to take what fits"
        )
    if not fitting:
        raise TrialError(f"{told}: there is nothing to take")
    encoder.load_state_dict(fitting, strict=False)
    return told


def write_weights(encoder: nn.Module, shape: Architecture, path: Path) -> None:
    """Write an encoder's weights with its architecture."""
    tensors = {name: tensor.detach().cpu() for name, tensor in encoder.state_dict().items()}
    torch.save({"state_dict": tensors, "architecture": shape.as_numbers()}, path)


def _local(address: str, cache: Path | None) -> Path:
    if address.startswith("s3://"):
        return _from_s3(address, cache)
    if address.startswith("hub:"):
        return _from_hub(address.removeprefix("hub:"))
    path = Path(address).expanduser()
    if not path.is_file():
        raise DataNotFoundError(f"--weights: there is no file {path}")
    return path


def _from_s3(address: str, cache: Path | None) -> Path:
    import tempfile

    from trial_runner.cache import content_key
    from trial_runner.data.s3 import connect, open_object, parse_s3
    from trial_runner.data.transfer import TransferSettings, download

    folder = (cache or Path(tempfile.mkdtemp())) / "weights"
    folder.mkdir(parents=True, exist_ok=True)
    place, _, name = address.rpartition("/")
    found = open_object(connect(), parse_s3(place), name)
    path = folder / f"{content_key(address, found.etag)}{Path(address).suffix}"
    if not path.is_file():
        partial = path.with_name(f"{path.name}.part")
        download(found, partial, TransferSettings())
        partial.replace(path)
    return path


def _from_hub(name: str) -> Path:
    try:
        hub: Any = import_module("huggingface_hub")
    except ModuleNotFoundError:
        raise TrialError(
            f"--weights=hub:{name} needs the package huggingface_hub; install it, or download "
            "the file and give its path"
        ) from None
    try:
        return Path(hub.hf_hub_download(name, "model.safetensors"))
    except Exception as error:  # of the hub and of the network, of many kinds
        raise DataError(f"--weights=hub:{name}: {str(error).splitlines()[0]}") from None


def _tensors(stored: Any) -> dict[str, Tensor]:
    if isinstance(stored, dict) and isinstance(stored.get("state_dict"), dict):
        stored = stored["state_dict"]
    found = {}
    for name, tensor in stored.items() if isinstance(stored, dict) else ():
        short = name
        for prefix in _PREFIXES:
            short = short.removeprefix(prefix)
        if isinstance(tensor, Tensor) and short.startswith(_MATTERS):
            found[short] = tensor
    return found


def _architecture(tensors: dict[str, Tensor], stored: Any) -> Architecture:
    """Return the architecture that a file names, or that its tensors' shapes tell."""
    if isinstance(stored, dict):
        return Architecture(**stored)
    width, _, _, patch = tensors["patch_embed.proj.weight"].shape
    layers = {int(name.split(".")[1]) for name in tensors if name.startswith("blocks.")}
    hidden = tensors["blocks.0.mlp.fc1.weight"].shape[0]
    return Architecture(
        patch_size=patch,
        embed_dim=width,
        num_heads=max(1, width // _PUBLISHED_HEAD_WIDTH),  # shapes do not tell; as published
        mlp_ratio=hidden / width,
        depth=len(layers),
        embed_num=tensors["summary_token"].shape[1],
    )
