"""S3 as everything here reaches it: which settings, which endpoint, which addresses.

Light, so that what decides about trials may use it too; boto3 is imported when it is needed.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

_ENDPOINTS = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL")
_MOST_CONNECTIONS = 32


@dataclass(frozen=True, slots=True)
class S3Location:
    """`s3://bucket/prefix`; the prefix has no slash at its ends."""

    bucket: str
    prefix: str

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.prefix}".rstrip("/")

    def key(self, path: str) -> str:
        """Return the key of a path below the prefix."""
        return f"{self.prefix}/{path}" if self.prefix else path


def s3_location(text: str) -> S3Location:
    """Read `s3://bucket/prefix`.

    Raises:
        ValueError: It is not of this form.
    """
    scheme, _, rest = text.partition("://")
    bucket, _, prefix = rest.partition("/")
    if scheme != "s3" or not bucket:
        raise ValueError(f"{text!r} is no S3 location; write s3://bucket/prefix")
    return S3Location(bucket, prefix.strip("/"))


def s3_client(
    endpoint_url: str | None = None,
    *,
    unsigned: bool = False,
    attempts: int = 1,
    connect_seconds: float = 10.0,
    read_seconds: float = 60.0,
) -> Any:
    """Return a boto3 client: credentials from the standard chain, none where `unsigned`.

    With an endpoint of its own (given, or in boto3's environment variables), buckets are in the
    path, as MinIO and others want it.

    Raises:
        ModuleNotFoundError: boto3 is not installed.
        ValueError: The endpoint is no address.
        BotoCoreError: The settings of this machine cannot be used.
    """
    import boto3
    from botocore import UNSIGNED
    from botocore.config import Config

    endpoint_url = endpoint_url or next(filter(None, map(os.environ.get, _ENDPOINTS)), None)
    more: dict[str, Any] = {"signature_version": UNSIGNED} if unsigned else {}
    config = Config(
        connect_timeout=connect_seconds,
        read_timeout=read_seconds,
        retries={"mode": "standard", "total_max_attempts": attempts},
        max_pool_connections=_MOST_CONNECTIONS,
        s3={"addressing_style": "path" if endpoint_url else "auto"},
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        **more,
    )
    session = boto3.session.Session()
    region = session.region_name or "us-east-1"
    return session.client("s3", endpoint_url=endpoint_url, config=config, region_name=region)
