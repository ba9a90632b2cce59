"""What holds for all tests: how hypothesis judges, and a server that speaks S3."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
from hypothesis import HealthCheck, settings

# It looks for errors, it does not judge a busy machine.
settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy")


@pytest.fixture
def s3_server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[str]:
    """The address of an empty S3 server of this process, which the environment names too."""
    pytest.importorskip("boto3", reason="boto3 is not installed (extra `cluster`)")
    server = pytest.importorskip("moto.server", reason="moto is not installed (extra `dev`)")
    running = server.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    running.start()
    host, port = running.get_host_and_port()
    address = f"http://{host}:{port}"
    for name, value in (
        ("AWS_ENDPOINT_URL", address), ("AWS_ACCESS_KEY_ID", "key"),
        ("AWS_SECRET_ACCESS_KEY", "secret"), ("AWS_DEFAULT_REGION", "us-east-1"),
        ("AWS_CONFIG_FILE", str(tmp_path / "none")),
    ):  # fmt: skip
        monkeypatch.setenv(name, value)
    # All of these servers of a process share what they hold.
    urlopen(Request(f"{address}/moto-api/reset", method="POST")).close()
    monkeypatch.delenv("AWS_ENDPOINT_URL_S3", raising=False)
    yield address
    running.stop()
