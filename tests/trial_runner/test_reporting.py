from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from trial_runner.errors import TrialError
from trial_runner.reporting import (
    artefacts_folder,
    checkpoints_location,
    metric_line,
    note,
    report,
    without_assignments,
)

TIME = datetime(2026, 1, 31, 12, 0, 0, 123456, tzinfo=UTC)
KATIB_FILTER = re.compile(r"([\w|-]+)\s*=\s*([+-]?\d*(\.\d+)?([Ee][+-]?\d+)?)", re.ASCII)


def test_a_metric_line() -> None:
    line = metric_line({"epoch": 7, "val_auroc": 0.8123, "val_loss": 0.51}, TIME)
    assert line == "2026-01-31T12:00:00.123456Z epoch=7 val_auroc=0.8123 val_loss=0.51"


@pytest.mark.parametrize("value", [0.0, 1e-9, -3.25, 123456.0, 1e20, 7])
def test_katib_reads_the_value_that_was_written(value: float) -> None:
    found = KATIB_FILTER.findall(metric_line({"val_loss": value}, TIME))
    assert [(name, float(number)) for name, number, *_ in found] == [("val_loss", value)]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_what_is_not_finite_is_never_written(
    value: float, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(TrialError, match=r"val_loss is .*the training diverged"):
        report({"val_auroc": 0.5, "val_loss": value})
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("name", ["a b", "a=b", "", "1st", "loss/train"])
def test_names_that_katib_would_not_read_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match="cannot name a metric"):
        metric_line({name: 1.0}, TIME)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("val_auroc=0.9", "val_auroc: 0.9"),
        ("loss = nan here", "loss: nan here"),
        ("write --data=PATH", "write --data=PATH"),
        ("x|y=1, a-b=2", "x|y: 1, a-b: 2"),
        ("|loss=3", "|loss: 3"),
    ],
)
def test_notes_hold_no_assignments(text: str, expected: str) -> None:
    assert without_assignments(text) == expected


def test_notes_go_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    note("val_auroc=1 in words")
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "val_auroc: 1 in words\n")


def test_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARTEFACTS", str(tmp_path / "a" / "b"))
    monkeypatch.delenv("CHECKPOINTS", raising=False)
    assert artefacts_folder() == tmp_path / "a" / "b"
    assert artefacts_folder().is_dir()
    assert checkpoints_location() is None
    monkeypatch.setenv("CHECKPOINTS", str(tmp_path / "c"))
    assert checkpoints_location() == str(tmp_path / "c")
    monkeypatch.setenv("CHECKPOINTS", "s3://bucket/prefix")
    assert checkpoints_location() == "s3://bucket/prefix"
