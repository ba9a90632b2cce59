"""S3 through boto3: any endpoint, signed or not, with errors that name the object and the fix."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trial_runner.data.transfer import TemporaryTransferError
from trial_runner.errors import DataError, UsageError
from trial_runner.s3_client import S3Location, s3_client, s3_location

_CHUNK_BYTES = 256 * 1024
_PART_BYTES = 16 * 1024 * 1024


def parse_s3(text: str) -> S3Location:
    """Read `s3://bucket/prefix`.

    Raises:
        UsageError: It is not of this form.
    """
    try:
        return s3_location(text)
    except ValueError as error:
        raise UsageError(str(error)) from None


def connect(
    endpoint_url: str | None = None, *, unsigned: bool = False, timeout_seconds: float = 30.0
) -> Any:
    """Return a client, see `s3_client`.

    Raises:
        DataError: The endpoint is no address.
    """
    with _named("the client", endpoint_url):
        # Attempts are counted in one place, in transfer.py.
        return s3_client(
            endpoint_url, unsigned=unsigned, attempts=1,
            connect_seconds=timeout_seconds, read_seconds=timeout_seconds,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class S3Object:
    """One object as a source of ranges; all ranges are of the same version of it."""

    client: Any
    bucket: str
    key: str
    etag: str
    bytes_: int

    @property
    def name(self) -> str:
        """Its address."""
        return f"s3://{self.bucket}/{self.key}"

    def size(self) -> int:
        """Return its size in bytes."""
        return self.bytes_

    def read(self, start: int, stop: int) -> Iterator[bytes]:
        """Yield the bytes of a range.

        Raises:
            TemporaryTransferError: The connection broke, or the server failed.
            DataError: The object cannot be read, or is another by now.
        """
        with _named(self.name, self.client.meta.endpoint_url):
            answer = self.client.get_object(
                Bucket=self.bucket, Key=self.key, Range=f"bytes={start}-{stop - 1}",
                IfMatch=self.etag,
            )  # fmt: skip
            with contextlib.closing(answer["Body"]) as body:
                # What has come, not a full chunk: a trickle must be seen while it trickles.
                read = getattr(body._raw_stream, "read1", body.read)
                yield from iter(lambda: read(_CHUNK_BYTES), b"")


def open_object(client: Any, location: S3Location, path: str) -> S3Object:
    """Look at an object.

    Raises:
        DataError: It is not there, or cannot be read.
    """
    key = location.key(path)
    with _named(f"s3://{location.bucket}/{key}", client.meta.endpoint_url):
        head = client.head_object(Bucket=location.bucket, Key=key)
    return S3Object(client, location.bucket, key, head["ETag"], int(head["ContentLength"]))


def read_text(client: Any, location: S3Location, path: str) -> str | None:
    """Return a small object's text; None where there is no such object."""
    key = location.key(path)
    name = f"s3://{location.bucket}/{key}"
    try:
        with _named(name, client.meta.endpoint_url):
            body = client.get_object(Bucket=location.bucket, Key=key)["Body"].read()
    except ObjectNotFoundError:
        return None
    try:
        return str(body.decode("utf-8"))
    except UnicodeDecodeError:
        raise DataError(f"{name} is no text") from None


def upload(client: Any, path: Path, location: S3Location, name: str, sha256: str) -> None:
    """Push a file, in parts where it is large; S3 checks the SHA-256 of each part.

    The digest of the whole file is kept in the object's metadata.

    Raises:
        DataError: It cannot be written.
    """
    from boto3.s3.transfer import TransferConfig

    key = location.key(name)
    extra = {"Metadata": {"sha256": sha256}, "ChecksumAlgorithm": "SHA256"}
    parts = TransferConfig(multipart_threshold=_PART_BYTES, multipart_chunksize=_PART_BYTES)
    with _named(f"s3://{location.bucket}/{key}", client.meta.endpoint_url):
        client.upload_file(str(path), location.bucket, key, ExtraArgs=extra, Config=parts)


class ObjectNotFoundError(DataError):
    """There is no such object."""


@contextlib.contextmanager
def _named(name: str, endpoint_url: str | None) -> Iterator[None]:
    """Turn boto3's errors into ours, which name the object and the fix."""
    import urllib3.exceptions
    from boto3.exceptions import S3UploadFailedError
    from botocore import exceptions

    try:
        yield
    except exceptions.NoCredentialsError:
        raise DataError(
            f"{name}: no credentials; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY or a "
            "profile, or say --unsigned for a public bucket"
        ) from None
    except exceptions.ClientError as error:
        raise _from_code(name, error) from None
    except (
        exceptions.ConnectionError,
        exceptions.HTTPClientError,
        exceptions.IncompleteReadError,
        urllib3.exceptions.HTTPError,
        ConnectionError,
        TimeoutError,
    ) as error:
        what = type(error).__name__
        raise TemporaryTransferError(f"{name}: {what} at {endpoint_url or 'AWS'}") from None
    except (exceptions.BotoCoreError, S3UploadFailedError, ValueError) as error:
        raise DataError(f"{name}: {error}") from None


def _from_code(name: str, error: Any) -> DataError:
    code = str(error.response.get("Error", {}).get("Code", ""))
    status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    if code == "NoSuchBucket":
        return DataError(f"{name}: there is no such bucket")
    if code in ("NoSuchKey", "404", "NotFound"):
        return ObjectNotFoundError(f"{name}: there is no such object")
    if code in ("ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired"):
        return DataError(f"{name}: the credentials have expired; get new ones")
    if code in ("PreconditionFailed", "412"):
        return DataError(f"{name} was changed while it was read; start again")
    if code in ("InvalidAccessKeyId", "SignatureDoesNotMatch"):
        return DataError(f"{name}: the credentials are wrong ({code})")
    if status in (401, 403):
        return DataError(
            f"{name}: access denied; check the credentials, or say --unsigned for a public bucket"
        )
    if status >= 500 or status == 429 or code in ("SlowDown", "RequestTimeout", "Throttling"):
        return TemporaryTransferError(f"{name}: the server failed ({status} {code})")
    return DataError(
        f"{name}: {code or status} {error.response.get('Error', {}).get('Message', '')}"
    )


def upload_text(client: Any, text: str, location: S3Location, name: str) -> None:
    """Push a small text.

    Raises:
        DataError: It cannot be written.
    """
    key = location.key(name)
    with _named(f"s3://{location.bucket}/{key}", client.meta.endpoint_url):
        client.put_object(Bucket=location.bucket, Key=key, Body=text.encode())
