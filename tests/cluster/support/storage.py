"""The S3 server of the test cluster, from outside of it."""

from __future__ import annotations

from typing import Any

from .commands import get

CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "test-access",
    "AWS_SECRET_ACCESS_KEY": "test-secret-key",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ENDPOINT_URL_S3": "http://s3.storage.svc:9000",
}


def storage() -> Any:
    """Return a client; the node's services have addresses that this machine reaches."""
    import boto3
    from botocore.config import Config

    return boto3.client(
        "s3", endpoint_url=f"http://{address()}", region_name="us-east-1",
        aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        config=Config(s3={"addressing_style": "path"}),
    )  # fmt: skip


def address() -> str:
    """Return host and port of the server."""
    return f"{get('service', 's3', '-n', 'storage')['spec']['clusterIP']}:9000"


def bucket(name: str) -> str:
    """Make a bucket where there is none; return its name."""
    client = storage()
    if name not in [each["Name"] for each in client.list_buckets()["Buckets"]]:
        client.create_bucket(Bucket=name)
    return name


def keys(name: str, prefix: str) -> set[str]:
    """Return what lies below a prefix, without the prefix."""
    listed = storage().list_objects_v2(Bucket=name, Prefix=f"{prefix}/").get("Contents", [])
    return {each["Key"].removeprefix(f"{prefix}/") for each in listed}


def text(name: str, key: str) -> str:
    """Return an object's text."""
    return str(storage().get_object(Bucket=name, Key=key)["Body"].read().decode())
