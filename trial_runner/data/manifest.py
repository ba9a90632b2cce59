"""The manifest of a data set: which files it has, how large, with which SHA-256.

It is read before anything else, so that wrong bytes are noticed wherever they come from. Where
there is none, `SHA256SUMS.txt` as PhysioNet publishes it serves, which says no sizes.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path, PurePosixPath
from typing import Any

from trial_runner.errors import DataError

MANIFEST_NAME = "manifest.json"
CHECKSUMS_NAME = "SHA256SUMS.txt"
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class ManifestFile:
    """One file.

    Attributes:
        path: Below the data set, with slashes.
        sha256: Of its content, in hexadecimal.
        size: In bytes; None where the manifest does not say.
    """

    path: str
    sha256: str
    size: int | None = None


@dataclass(frozen=True, slots=True)
class Manifest:
    """All files of a data set, sorted by path."""

    files: tuple[ManifestFile, ...]

    @property
    def total_bytes(self) -> int:
        """The sum of the sizes that are known."""
        return sum(file.size or 0 for file in self.files)

    def to_json(self) -> str:
        """Return the text of `manifest.json`."""
        files = [
            {"path": file.path, "size": file.size, "sha256": file.sha256} for file in self.files
        ]
        return json.dumps({"version": 1, "files": files}, indent=1) + "\n"


def parse_manifest(text: str, where: str) -> Manifest:
    """Read a `manifest.json`.

    Raises:
        DataError: It is no manifest, or a path leads out of the data set.
    """
    try:
        files = [_file(one, where) for one in json.loads(text)["files"]]
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(f"{where} is no manifest: {error}") from None
    return _checked(files, where)


def parse_checksums(text: str, where: str) -> Manifest:
    """Read a `SHA256SUMS.txt`: a digest and a path a line.

    Raises:
        DataError: A line is neither.
    """
    files = []
    for number, line in enumerate(filter(str.strip, text.splitlines()), start=1):
        digest, _, path = line.strip().partition(" ")
        if not _DIGEST.fullmatch(digest) or not path.strip():
            raise DataError(f"{where}, line {number}: expected a SHA-256 and a path, got {line!r}")
        files.append(ManifestFile(path.strip().lstrip("*"), digest))
    return _checked(files, where)


def make_manifest(folder: Path) -> Manifest:
    """Read every file of a folder but hidden ones and an old manifest.

    Raises:
        DataError: There is none.
    """
    paths = [
        path for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != MANIFEST_NAME
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    ]  # fmt: skip
    if not paths:
        raise DataError(f"{folder} has no files")
    return Manifest(
        tuple(
            ManifestFile(path.relative_to(folder).as_posix(), digest_of(path), path.stat().st_size)
            for path in paths
        )
    )


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def differences(manifest: Manifest, folder: Path) -> list[str]:
    """Return one line for each file that is missing or differs from the manifest."""
    problems = []
    for file in manifest.files:
        path = folder / file.path
        if not path.is_file():
            problems.append(f"{file.path}: missing")
        elif file.size is not None and path.stat().st_size != file.size:
            problems.append(f"{file.path}: {path.stat().st_size} bytes, expected {file.size}")
        elif (found := digest_of(path)) != file.sha256:
            problems.append(f"{file.path}: sha256 {found}, expected {file.sha256}")
    return problems


def _file(fields: Any, where: str) -> ManifestFile:
    path, digest, size = str(fields["path"]), str(fields["sha256"]), fields.get("size")
    if not _DIGEST.fullmatch(digest):
        raise DataError(f"{where}: sha256 of {path} is {digest!r}; expected 64 hexadecimal digits")
    if size is not None and (not isinstance(size, int) or size < 0):
        raise DataError(f"{where}: size of {path} is {size!r}; expected a number of bytes")
    return ManifestFile(path, digest, size)


def _checked(files: Iterable[ManifestFile], where: str) -> Manifest:
    ordered = tuple(sorted(files, key=lambda file: file.path))
    if not ordered:
        raise DataError(f"{where} lists no files")
    for file in ordered:
        path = PurePosixPath(file.path)
        if path.is_absolute() or ".." in path.parts or "\\" in file.path:
            raise DataError(f"{where}: {file.path!r} leads out of the data set")
    twice = [a.path for a, b in pairwise(ordered) if a.path == b.path]
    if twice:
        raise DataError(f"{where} lists {twice[0]} twice")
    return Manifest(ordered)
