"""Put files into S3: what lies there already is left alone, what is half there is put again."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from trial_runner.s3_client import S3Location, s3_client, s3_location

_ATTEMPTS = 8


class StorageError(Exception):
    """The object storage cannot be written; the message names the object and the fix."""


def parse_destination(text: str) -> S3Location:
    """Read `s3://bucket/prefix`.

    Raises:
        ValueError: It is not of this form.
    """
    try:
        return s3_location(text)
    except ValueError as error:
        raise ValueError(f"--to {error}") from None


def connect(attempts: int = _ATTEMPTS, connect_seconds: float = 10.0) -> Any:
    """Return a client with the credentials and the endpoint of the environment (AWS_…).

    Args:
        attempts: How often a request is made until it is given up.
        connect_seconds: How long an address is tried each time.

    Raises:
        StorageError: boto3 is not installed.
    """
    try:
        return s3_client(attempts=attempts, connect_seconds=connect_seconds)
    except ModuleNotFoundError:
        raise StorageError(
            "--to needs the package boto3; pip install 'eegtune[cluster]'"
        ) from None


def put_files(client: Any, destination: S3Location, files: Mapping[str, Path]) -> list[str]:
    """Put files under their names; return those that were not there in this form.

    Raises:
        StorageError: One cannot be put.
    """
    from boto3.exceptions import S3UploadFailedError
    from botocore.exceptions import BotoCoreError, ClientError

    new = []
    for name, path in files.items():
        key = destination.key(name)
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        try:
            if _digest_there(client, destination.bucket, key) == digest:
                continue
            client.upload_file(
                str(path), destination.bucket, key, ExtraArgs={"Metadata": {"sha256": digest}}
            )
        except (ClientError, BotoCoreError, S3UploadFailedError) as error:
            where = f"s3://{destination.bucket}/{key}"
            raise StorageError(f"{where}: {_words(error)}. {_fix(error)}") from error
        new.append(name)
    return new


def get_file(client: Any, place: S3Location, name: str, target: Path) -> bool:
    """Bring a file here; return whether it is there.

    Raises:
        StorageError: It cannot be read.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    key = place.key(name)
    try:
        client.download_file(place.bucket, key, str(target))
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
            return False
        raise StorageError(f"s3://{place.bucket}/{key}: {_words(error)}") from error
    except BotoCoreError as error:
        raise StorageError(f"s3://{place.bucket}/{key}: {_words(error)}") from error
    return True


def _digest_there(client: Any, bucket: str, key: str) -> str | None:
    from botocore.exceptions import ClientError

    try:
        metadata = client.head_object(Bucket=bucket, Key=key)["Metadata"]
    except ClientError as error:
        # Whoever may write but not read gets 403 here; what counts is whether writing works.
        if error.response["ResponseMetadata"]["HTTPStatusCode"] in (403, 404):
            return None
        raise
    found = metadata.get("sha256")
    return None if found is None else str(found)


def _words(error: Exception) -> str:
    return str(error).splitlines()[0]


def _fix(error: Exception) -> str:
    text = str(error)
    if "NoSuchBucket" in text:
        return "Make the bucket, or give another --to"
    if any(code in text for code in ("AccessDenied", "Forbidden", "InvalidAccessKeyId",
                                     "SignatureDoesNotMatch", "credentials")):  # fmt: skip
        return (
            "Is the Secret right that gives AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY "
            "(eegtune-s3), and may they write there?"
        )
    return "Is AWS_ENDPOINT_URL_S3 right, and does a NetworkPolicy let this pod out to it?"
