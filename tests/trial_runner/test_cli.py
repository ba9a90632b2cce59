from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from trial_runner.cli import main

LOOKS_LIKE_A_METRIC = re.compile(r"(?<![\w|-])[\w|][\w|-]*\s*=")


def _run(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "trial_runner", *words],
        capture_output=True,
        text=True,
        env=os.environ | {"OMP_NUM_THREADS": "1"} | environment,
    )


def test_help_lists_the_components(capsys: pytest.CaptureFixture[str]) -> None:
    for words in ([], ["--help"], ["-h"]):
        assert main(words) == 0
        out = capsys.readouterr().out
        assert "linear_probe  Train a small classifier" in out
        assert max(map(len, out.splitlines())) <= 99


def test_help_of_a_component_shows_every_argument(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["linear-probe", "--help"]) == 0
    out = capsys.readouterr().out
    assert re.search(
        r"--learning_rate +highest learning rate\n +default 0\.001; searched 1e-05", out
    )
    assert re.search(r"--split .*\n.*\n +default validation; validation or test", out)
    assert max(map(len, out.splitlines())) <= 99


@pytest.mark.parametrize("words", [["--format", "json"], ["--format=json"]])
def test_the_declaration_as_json(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["describe", "linear_probe", *words]) == 0
    declaration = json.loads(capsys.readouterr().out)
    rate = next(h for h in declaration["hyperparameters"] if h["name"] == "learning_rate")
    assert rate == {
        "name": "learning_rate",
        "kind": "double",
        "default": 0.001,
        "help": "highest learning rate",
        "low": 1e-05,
        "high": 0.01,
        "at_least": 1e-08,
        "at_most": 10.0,
        "log": True,
        "may_change_on_resume": True,
    }
    assert declaration["objective_metric"] == "val_auroc"
    data = next(option for option in declaration["options"] if option["name"] == "data")
    assert data["default"] is None


def test_the_declaration_as_text_is_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    main(["describe", "linear_probe"])
    described = capsys.readouterr().out
    main(["linear_probe", "--help"])
    assert described == capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["lienar_probe"], "no component 'lienar_probe'; there are linear_probe"),
        (["describe"], "write trial-runner describe COMPONENT"),
        (["describe", "linear_probe", "--format=xml"], "write trial-runner describe COMPONENT"),
        (["linear_probe"], "linear_probe needs --data"),
        (["linear_probe", "--data=x", "--val_auroc=0.9"], "has no argument --val_auroc"),
        (["linear_probe", "--data=val_auroc=0.9"], "--data is 'val_auroc: 0.9'"),
        (["linear_probe", "--data=/nowhere"], "no such file or folder"),
        (
            [
                "linear_probe",
                "--data=selfregulationscp1",
                "--max_epochs=20",
                "--schedule_epochs=9",
            ],
            "--schedule_epochs is 9, below --max_epochs 20",
        ),
    ],
)
def test_mistakes_end_in_one_line_and_exit_code_2(
    words: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert len(captured.err.splitlines()) == 1
    assert message in captured.err
    assert not LOOKS_LIKE_A_METRIC.search(captured.err)


def test_a_fault_of_ours_shows_where_but_no_metric(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], edf_data_set: Path
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("val_auroc=1")

    monkeypatch.setattr("trial_runner.components.linear_probe.trial.find_data", fail)
    assert main(["linear_probe", f"--data={edf_data_set}"]) == 1
    err = capsys.readouterr().err
    assert "ZeroDivisionError: val_auroc: 1" in err
    assert not LOOKS_LIKE_A_METRIC.search(err)


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (KeyboardInterrupt(), 130, "interrupted"),
        (MemoryError(), 1, "not enough memory"),
        (OSError(28, "No space left on device", "/artefacts/x"), 1, "No space left on device"),
    ],
)
def test_what_the_machine_does_to_a_trial(
    error: BaseException,
    code: int,
    message: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr("trial_runner.components.linear_probe.trial.find_data", fail)
    assert main(["linear_probe", "--data=x"]) == code
    assert message in capsys.readouterr().err


def test_a_reader_that_has_gone_away_is_no_traceback() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "trial_runner", "describe", "linear_probe", "--format=json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    process.stdout.close()  # long before the interpreter has started
    _, err = process.communicate()
    assert (process.returncode, err) == (1, "")


def test_a_trial_as_a_process_of_its_own(edf_data_set: Path) -> None:
    result = _run(
        "linear_probe", f"--data={edf_data_set}", "--folds=4", "--max-epochs", "3", "--cache=none"
    )
    assert result.returncode == 0, result.stderr
    lines = result.stdout.splitlines()
    stamp = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z"
    number = r"\d+(\.\d+)?(e-\d+)?"
    for epoch, line in enumerate(lines[:-1], start=1):
        assert re.fullmatch(
            rf"{stamp} epoch={epoch} val_auroc={number} val_accuracy={number} val_loss={number}",
            line,
        )
    assert len(lines) == 4
    assert re.fullmatch(rf"{stamp} best_epoch=\d val_auroc={number}( \w+={number})+", lines[-1])
    assert not LOOKS_LIKE_A_METRIC.search(result.stderr)
    assert "4 subjects" in result.stderr


def test_data_sets_that_lie_elsewhere_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["data", "ls"]) == 0
    assert "s3://physionet-open/eegmmidb" in capsys.readouterr().out
    assert main(["data", "fetch"]) == 2
    assert "fetch" in capsys.readouterr().err
