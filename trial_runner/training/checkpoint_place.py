"""Where checkpoints are kept: a folder, or `s3://bucket/prefix`. Files appear whole or not at all.

Both are used alike: small files under paths such as `linear_probe-KEY/00000012-DIGEST.pt`.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

from trial_runner.errors import UsageError
from trial_runner.s3_client import s3_client

_ATTEMPTS = 4
T = TypeVar("T")


class PlaceError(Exception):
    """Checkpoints cannot be read or written just now."""


class Place(Protocol):
    """A place that holds files by path."""

    def names(self, folder: str) -> list[str]:
        """Return the names of the files directly in a folder; none where there is no folder."""

    def read(self, path: str) -> bytes | None:
        """Return a file's content; None where there is no such file."""

    def write(self, path: str, content: bytes | memoryview) -> None:
        """Write a file, whole or not at all."""

    def delete(self, path: str) -> None:
        """Delete a file, if it is there."""


def open_place(location: str) -> Place:
    """Return the place of `$CHECKPOINTS`.

    Raises:
        UsageError: It is neither a folder nor `s3://bucket/prefix`, or boto3 is not installed.
    """
    if "://" not in location:
        return FolderPlace(Path(location))
    scheme, _, rest = location.partition("://")
    bucket, _, prefix = rest.partition("/")
    if scheme != "s3" or not bucket:
        raise UsageError(
            f"CHECKPOINTS is {location!r}; allowed are a folder and s3://bucket/prefix"
        )
    return S3Place(_connect(), bucket, prefix.strip("/"))


@dataclass(frozen=True, slots=True)
class FolderPlace:
    """A folder of this machine, or of a volume that nodes share."""

    root: Path

    def names(self, folder: str) -> list[str]:
        """See `Place`."""
        with _told(self.root / folder):
            try:
                return [entry.name for entry in os.scandir(self.root / folder) if entry.is_file()]
            except FileNotFoundError:
                return []
        raise AssertionError  # for the type checker: `_told` lets no error through

    def read(self, path: str) -> bytes | None:
        """See `Place`."""
        with _told(self.root / path):
            try:
                return (self.root / path).read_bytes()
            except FileNotFoundError:
                return None
        raise AssertionError

    def write(self, path: str, content: bytes | memoryview) -> None:
        """See `Place`. Readers of other nodes never see half of it."""
        target = self.root / path
        temporary = None
        try:
            with _told(target):
                target.parent.mkdir(parents=True, exist_ok=True)
                handle, temporary = tempfile.mkstemp(dir=target.parent, suffix=".part")
                with os.fdopen(handle, "wb") as stream:
                    stream.write(content)
                os.replace(temporary, target)
        except PlaceError:
            if temporary is not None:
                with suppress(OSError):
                    os.unlink(temporary)
            raise

    def delete(self, path: str) -> None:
        """See `Place`."""
        with _told(self.root / path):
            (self.root / path).unlink(missing_ok=True)
            with suppress(OSError):  # a folder that holds something stays
                (self.root / path).parent.rmdir()


@dataclass(frozen=True, slots=True)
class S3Place:
    """A prefix of a bucket; S3 shows an object only when all of it has arrived."""

    client: Any
    bucket: str
    prefix: str

    def names(self, folder: str) -> list[str]:
        """See `Place`."""
        start = f"{self._key(folder)}/"

        def listed() -> list[str]:
            pages = self.client.get_paginator("list_objects_v2").paginate(
                Bucket=self.bucket, Prefix=start, Delimiter="/"
            )
            return [str(each["Key"]) for page in pages for each in page.get("Contents", ())]

        return [key.removeprefix(start) for key in self._ask(folder, listed)]

    def read(self, path: str) -> bytes | None:
        """See `Place`."""
        from botocore.exceptions import ClientError

        def content() -> bytes | None:
            try:
                answer = self.client.get_object(Bucket=self.bucket, Key=self._key(path))
                return bytes(answer["Body"].read())
            except ClientError as error:
                if error.response["Error"]["Code"] in ("NoSuchKey", "404"):
                    return None
                raise

        return self._ask(path, content)

    def write(self, path: str, content: bytes | memoryview) -> None:
        """See `Place`."""
        key, body = self._key(path), bytes(content)
        self._ask(path, lambda: self.client.put_object(Bucket=self.bucket, Key=key, Body=body))

    def delete(self, path: str) -> None:
        """See `Place`."""
        key = self._key(path)
        self._ask(path, lambda: self.client.delete_object(Bucket=self.bucket, Key=key))

    def _key(self, path: str) -> str:
        return f"{self.prefix}/{path}" if self.prefix else path

    def _ask(self, path: str, question: Callable[[], T]) -> T:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            return question()
        except (BotoCoreError, ClientError, OSError) as error:
            where = f"s3://{self.bucket}/{self._key(path)}"
            raise PlaceError(f"{where}: {_in_one_line(error)}") from error


def _connect() -> Any:
    try:
        return s3_client(attempts=_ATTEMPTS)
    except ModuleNotFoundError:
        raise UsageError(
            "CHECKPOINTS is in S3, which needs boto3: pip install boto3, or use a folder"
        ) from None


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise PlaceError(f"{path}: {error.strerror or error}") from error


def _in_one_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
