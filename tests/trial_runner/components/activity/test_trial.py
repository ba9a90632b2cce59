from __future__ import annotations

import json
from pathlib import Path

import pytest

from trial_runner.arguments import parse_arguments
from trial_runner.components.activity import COMPONENT
from trial_runner.components.activity.configuration import configured, detect_environment
from trial_runner.errors import UsageError


def test_environments_are_recognised() -> None:
    assert detect_environment({}) == "laptop"
    assert detect_environment({"SLURM_JOB_ID": "1"}) == "cluster"
    assert detect_environment({"KUBERNETES_SERVICE_HOST": "10.0.0.1"}) == "cluster"


@pytest.mark.parametrize(
    ("words", "variables", "expected"),
    [
        ((), {}, (50, 64, 128)),
        ((), {"SLURM_JOB_ID": "1"}, (200, 128, 128)),
        (("--scenario=quick",), {}, (50, 64, 64)),
        (("--scenario=quick", "--max_epochs=7"), {}, (7, 64, 64)),
        (("--environment=cluster", "--hidden_dim=96"), {}, (200, 128, 96)),
    ],
)
def test_values_are_inherited(
    words: tuple[str, ...], variables: dict[str, str], expected: tuple[int, int, int]
) -> None:
    values = configured(parse_arguments(COMPONENT, words), variables).hyperparameters
    found = (values["max_epochs"], values["batch_size"], values["hidden_dim"])
    assert found == expected


def test_configurations_that_cannot_be_used(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"

    def read(text: str, *words: str) -> None:
        path.write_text(text)
        configured(parse_arguments(COMPONENT, [f"--configuration={path}", *words]), {})

    with pytest.raises(UsageError, match="no hyperparameter 'hiden_dim'; did you mean hidden_dim"):
        read("base: {hiden_dim: 3}")
    with pytest.raises(UsageError, match="--lr is '5'|allowed is"):
        read("base: {lr: 50}")
    with pytest.raises(UsageError, match="has no 'night' in scenarios"):
        read("scenarios: {day: {}}", "--scenario=night")
    with pytest.raises(UsageError, match="may have base, scenarios, environments"):
        read("bases: {}")


def test_a_trial_leaves_a_full_record(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from trial_runner.components.activity.trial import run

    monkeypatch.setenv("ARTEFACTS", str(tmp_path))
    words = ("--data=simulation:seconds=12", "--max_epochs=3", "--folds=2", "--hidden_dim=32",
             "--window_seconds=2", "--lr=0.004")  # fmt: skip
    run(parse_arguments(COMPONENT, words))
    lines = capsys.readouterr().out.splitlines()
    assert "selection=" in lines[-1]
    best = next(word for word in lines[-2].split() if word.startswith("val_accuracy="))
    assert float(best.partition("=")[2]) > 0.5  # of four activities
    record = json.loads((tmp_path / "record.json").read_text())
    assert {"configuration_hash", "git_commit", "system", "training_seconds"} <= set(record)
    assert record["convergence_epoch"] in (1, 2, 3)
