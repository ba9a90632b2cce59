from __future__ import annotations

from pathlib import Path

import pytest

from eegtune.cli import main

EXPERIMENT = Path(__file__).parents[3] / "manifests/experiments/linear_probe/random.yaml"


@pytest.fixture(autouse=True)
def no_cluster(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Stay away from a cluster that the developer's environment may name."""
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "absent"))
    monkeypatch.chdir(tmp_path)


def call(*words: str) -> int:
    try:
        return main(["run", str(EXPERIMENT), *words])
    except SystemExit as error:
        return int(error.code or 0)


@pytest.mark.parametrize(
    "words",
    [
        ["--detach"],
        ["--on", "katib", "--detach"],
        ["--on", "kubernetes", "--to", "s3://results/x"],
    ],
)
def test_what_cannot_be_meant_together_is_refused(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(*words) == 2
    assert "--detach goes with --on kubernetes" in capsys.readouterr().err


def test_a_place_that_is_no_s3_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("--on", "kubernetes", "--detach", "--to", "results/x") == 2
    assert "write s3://bucket/prefix" in capsys.readouterr().err


def test_without_a_cluster_the_way_to_one_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("kubernetes", reason="kubernetes is not installed (extra `cluster`)")
    assert call("--on", "kubernetes") == 1
    assert "Set KUBECONFIG to a kubeconfig file" in capsys.readouterr().err
    assert not Path("runs").exists()
