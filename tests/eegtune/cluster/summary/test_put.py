from __future__ import annotations

from pathlib import Path

import pytest

from eegtune.cluster.summary.put import main

pytest.importorskip("boto3", reason="boto3 is not installed (extra `cluster`)")


def test_what_cannot_be_reached_is_named_without_a_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "experiment.yaml"
    file.write_text("x")
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "b")
    with pytest.raises(SystemExit, match=r"s3://b/x/experiment.yaml: .*AWS_ENDPOINT_URL_S3"):
        main(["s3://b/x", str(file)])


def test_what_is_no_place_is_said() -> None:
    with pytest.raises(SystemExit, match="write s3://bucket/prefix"):
        main(["b/x"])
