"""What a run was made with: code, packages, data, machine, seeds, command; never a secret."""

from __future__ import annotations

import hashlib
import os
import platform
import sys
from collections.abc import Iterator, Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

from eegtune import __version__
from eegtune.report.command import ComponentCommand
from eegtune.report.exports.identity import experiment_hash
from eegtune.report.exports.repository import repository_state
from eegtune.report.material import Material
from eegtune.report.redaction import redacted_words, secrets_of

FORMAT = 1
_MOST_BYTES_HASHED = 2 * 2**30
_CHUNK_BYTES = 2**20
_VARIABLES = (
    "CUBLAS_WORKSPACE_CONFIG", "CUDA_VISIBLE_DEVICES", "LANG", "LC_ALL", "MKL_NUM_THREADS",
    "NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "PYTHONHASHSEED", "TZ",
)  # fmt: skip


def collect_provenance(
    material: Material,
    command: ComponentCommand | None,
    when: str,
    argv: Sequence[str],
    data_sha256: str = "",
) -> dict[str, Any]:
    """Return the record of this process and machine.

    Args:
        material: The run.
        command: What its trials run, where that is one of our components.
        when: `run` where this process has run the trials, `rebuilt` where it only reports.
        argv: This process's command line.
        data_sha256: Of the files that the trials read, as one of them told it.
    """
    return {
        "format": FORMAT,
        "recorded": when,
        "experiment": material.experiment.name,
        "experiment_hash": experiment_hash(material.experiment),
        "command": " ".join(redacted_words(_program(argv), secrets_of(os.environ))),
        "code": code_version(),
        "packages": package_versions(),
        "data": data_hashes(command, data_sha256),
        "seeds": _seeds(material, command),
        "machine": machine(),
        "environment": environment(os.environ),
        "images": images(material),
    }


def environment(variables: Mapping[str, str]) -> dict[str, str]:
    """Return the few variables that decide about results; all others stay unrecorded."""
    return {name: variables[name] for name in _VARIABLES if name in variables}


def images(material: Material) -> list[dict[str, Any]]:
    """Return the images of a trial's containers with their digests.

    The digest is part of the name where the Experiment pins it; a tag alone says nothing certain
    and gets None. Trials that run as processes of this machine use none of them.
    """
    template = material.experiment.spec.trial_template
    found = []
    for name in dict.fromkeys(_image_names(template.trial_spec)):
        _, _, digest = name.partition("@")
        found.append({"image": name, "digest": digest or None})
    return found


def _image_names(node: Any) -> Iterator[str]:
    """Return the `image` of every container of a template, whatever object it is."""
    if isinstance(node, Mapping):
        for key in ("initContainers", "containers"):
            for container in node.get(key) or ():
                if isinstance(container, Mapping) and container.get("image"):
                    yield str(container["image"])
        for value in node.values():
            yield from _image_names(value)
    elif isinstance(node, list | tuple):
        for each in node:
            yield from _image_names(each)


def code_version() -> dict[str, Any]:
    """Return eegtune's version, its commit where it runs from a checkout, and the user's own."""
    own, users = Path(__file__).parent, Path.cwd()
    found: dict[str, Any] = {"version": __version__, **repository_state(own)}
    here = repository_state(users)
    if here and here.get("commit") != found.get("commit"):
        found["working_directory"] = here
    return found


def package_versions() -> dict[str, str]:
    """Return the version of every installed distribution, by name."""
    found = {
        distribution.metadata["Name"]: distribution.version
        for distribution in metadata.distributions()
        if distribution.metadata["Name"]
    }
    return dict(sorted(found.items(), key=lambda item: item[0].lower()))


def machine() -> dict[str, Any]:
    """Return what the trials ran on; no name or address of it."""
    return {
        "system": f"{platform.system()} {platform.release()}",
        "architecture": platform.machine(),
        "processor": _processor(),
        "cpu_count": os.cpu_count(),
        "memory_gib": _memory_gib(),
        "gpus": _gpus(),
        "python": platform.python_version(),
    }


def data_hashes(command: ComponentCommand | None, told: str = "") -> list[dict[str, Any]]:
    """Return the data argument of the trials with a hash.

    Of the file or folder where it is one here; else what a trial told of the files it read.
    """
    if command is None or not command.arguments.get("data"):
        return []
    name = command.arguments["data"]
    found: dict[str, Any] = {"name": name}
    for place in (Path(name), Path(command.arguments.get("data_root") or "")):
        if str(place) not in ("", ".") and place.exists():
            found |= hash_of(place)
    if told and "sha256" not in found:
        found |= {"sha256": told, "of": "contents of the files that trials read"}
    return [found]


def hash_of(path: Path) -> dict[str, str]:
    """Return the SHA-256 of a file, or of the names and contents of a folder's files.

    Of folders over two gibibytes only names and sizes are hashed, and the result says so.
    """
    files = sorted(each for each in path.rglob("*") if each.is_file()) if path.is_dir() else [path]
    is_large = sum(each.stat().st_size for each in files) > _MOST_BYTES_HASHED
    digest = hashlib.sha256()
    for each in files:
        name = each.relative_to(path).as_posix() if path.is_dir() else ""
        digest.update(f"{name}\0{each.stat().st_size}\0".encode())
        if not is_large:
            _add(digest, each)
    return {"sha256": digest.hexdigest(), "of": "names and sizes" if is_large else "contents"}


def _add(digest: Any, path: Path) -> None:
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            digest.update(chunk)


def _seeds(material: Material, command: ComponentCommand | None) -> dict[str, Any]:
    settings = material.experiment.spec.algorithm.settings
    seeds: dict[str, Any] = {"search": settings.get("random_state", "from the Experiment’s name")}
    if command is not None:
        declared = {option.name: option.default for option in command.component.options}
        seeds["trials"] = command.arguments.get("seed", declared.get("seed"))
    return seeds


def _program(argv: Sequence[str]) -> list[str]:
    return [Path(argv[0]).name, *argv[1:]] if argv else []


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8", "replace").splitlines()
    except OSError:
        return platform.processor()
    return next((x.partition(":")[2].strip() for x in lines if x.startswith("model name")), "")


def _memory_gib() -> float | None:
    try:
        total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError, AttributeError):
        return None
    return round(total / 2**30, 1)


def _gpus() -> list[str]:
    found = []
    for path in sorted(Path("/proc/driver/nvidia/gpus").glob("*/information")):
        try:
            lines = path.read_text("utf-8", "replace").splitlines()
        except OSError:
            continue
        found += [line.partition(":")[2].strip() for line in lines if line.startswith("Model")]
    return found


def merged(earlier: Mapping[str, Any] | None, found: Mapping[str, Any]) -> dict[str, Any]:
    """Return the record to keep: the newest of a run, with the different ones before it.

    A rebuilt report says nothing new about the run: the record of the run stays.
    """
    if earlier is None or not isinstance(earlier.get("recorded"), str):
        return dict(found)
    if found["recorded"] != "run" and earlier["recorded"] == "run":
        return dict(earlier)
    history = [each for each in earlier.get("earlier", ()) if isinstance(each, Mapping)]
    last = {name: value for name, value in earlier.items() if name != "earlier"}
    if {**last, "command": ""} != {**found, "command": ""} and earlier["recorded"] == "run":
        history.append(last)
    return {**found, "earlier": history} if history else dict(found)


def this_process() -> list[str]:
    """Return this process's command line."""
    return list(sys.argv)
