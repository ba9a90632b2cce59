"""Bad campaigns, reports and exports through the command line: a sentence and an exit code."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

FROZEN = {"name": "b", "freeze": ["depth"], "trials": 1}
WAITS = [{"name": "a", "trials": 1, "after": ["b"]}, {"name": "b", "trials": 1, "after": ["a"]}]


@pytest.mark.parametrize("command", ["run", "status"])
@pytest.mark.parametrize(
    ("phases", "spec", "message"),
    [
        ([{"name": "a", "trials": 1}] * 2, {}, "two phases are called 'a'"),
        (WAITS, {}, "phases wait for each other: a after b after a"),
        ([{"name": "a"}], {}, "phase 'a' is empty"),
        ([], {}, "spec.phases"),
        ([{"name": "a", "trials": 1}], {"budget": {"trials": 0}}, "spec.budget.trials"),
        ([{"name": "a", "trials": 0}], {}, "spec.phases[0].trials"),
        ([{"name": "A b", "trials": 1}], {}, "must be lower-case letters, digits and dashes"),
        ([{"name": "a", "trails": 1}], {}, "there is no such field"),
    ],
)
def test_a_bad_campaign_is_refused(
    eegtune: Any, write: Any, command: str, phases: Any, spec: Any, message: str
) -> None:
    code, output, errors = eegtune("campaign", command, campaign(write(), phases, **spec))
    assert code == 2
    assert errors.startswith("eegtune: ")
    assert message in errors
    assert output == ""


@pytest.mark.parametrize(
    ("phase", "message"),
    [
        (FROZEN, "freeze names 'depth', which is no parameter; there are x"),
        ({"name": "b", "freeze": ["x"], "trials": 1}, "nothing to search"),
        ({"name": "b", "algorithm": "magic", "trials": 1}, "magic"),
        ({"name": "b", "experiment": "none.yaml"}, "none.yaml"),
    ],
)
def test_a_phase_that_cannot_be_is_refused_before_the_first_one_runs(
    eegtune: Any, write: Any, phase: dict[str, Any], message: str
) -> None:
    file = campaign(write(), [{"name": "a", "trials": 1}, phase])
    for more in ([], ["--check"]):
        code, _, errors = eegtune("campaign", "run", file, *more)
        assert code == 2
        assert message in errors
    assert not Path("runs").exists()


@pytest.mark.parametrize("content", ["", "[1, 2]", "kind: Campaign", "a: [", "apiVersion: v9"])
def test_a_file_that_is_no_campaign(eegtune: Any, tmp_path: Path, content: str) -> None:
    (tmp_path / "c.yaml").write_text(content)
    for words in (["run"], ["status"], ["resume"]):
        code, _, errors = eegtune("campaign", *words, tmp_path / "c.yaml")
        assert code == 2
        assert errors.startswith("eegtune: ")


def test_a_campaign_that_was_never_begun_is_not_resumed(eegtune: Any, write: Any) -> None:
    file = campaign(write(), [{"name": "a", "trials": 1}])
    code, _, errors = eegtune("campaign", "resume", file)
    assert code == 2
    assert "no campaign was begun here; give `eegtune campaign run" in errors


def test_damaged_endings_of_a_campaign(eegtune: Any, write: Any) -> None:
    file = campaign(write(), [{"name": "a", "trials": 1}])
    Path("runs/study").mkdir(parents=True)
    Path("runs/study/phases.json").write_text("{")
    for command in ("run", "status"):
        code, _, errors = eegtune("campaign", command, file)
        assert code == 2
        assert "phases.json cannot be read" in errors


@pytest.fixture
def without_result(eegtune: Any, write: Any) -> str:
    """A run none of whose trials has a result."""
    assert eegtune("run", write("raise SystemExit(3)"), "--quiet", "--no-report")[0] == 1
    return "tried"


def test_a_run_without_a_result_has_a_report_that_says_so(
    eegtune: Any, without_result: str
) -> None:
    code, output, _ = eegtune("report", without_result)
    assert code == 0
    assert "report.md" in output
    assert "No trial has a result" in Path("runs/tried/report.md").read_text()
    assert "Failures by cause" in Path("runs/tried/report.html").read_text()


@pytest.mark.parametrize(
    "words",
    [["evaluate"], ["export", "yaml"], ["apply", "--to", "config.yaml"], ["compare"]],
    ids=lambda words: words[0],
)
def test_what_needs_a_result_says_that_there_is_none(
    eegtune: Any, without_result: str, words: list[str]
) -> None:
    Path("config.yaml").write_text("x: 1\n")
    code, _, errors = eegtune(words[0], without_result, *words[1:])
    assert code in (1, 2)
    assert errors.startswith("eegtune: ")
    assert Path("config.yaml").read_text() == "x: 1\n"


@pytest.mark.parametrize("words", [["report"], ["evaluate"], ["export"], ["cite"], ["reproduce"]])
def test_a_run_that_is_not_there(
    eegtune: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    more = ["csv"] if words == ["export"] else []
    code, _, errors = eegtune(*words, "none", *more)
    assert code == 2
    assert "there is no such folder" in errors


@pytest.mark.parametrize("damage", ["garbage", "cut", "empty"])
def test_a_report_of_a_damaged_run(eegtune: Any, write: Any, damage: str) -> None:
    assert eegtune("run", write(), "--no-report", "--quiet")[0] == 0
    database = Path("runs/tried/run.db")
    Path("runs/tried/run.db-wal").unlink(missing_ok=True)
    content = database.read_bytes()
    broken = {"garbage": b"no database" * 500, "cut": content[: len(content) // 3], "empty": b""}
    database.write_bytes(broken[damage])
    for words in (["report", "tried"], ["export", "tried", "csv"], ["cite", "tried"]):
        code, _, errors = eegtune(*words)
        assert code in (1, 2), words
        assert errors.startswith("eegtune: "), words


def campaign(experiment: Path, phases: Any, **spec: Any) -> Path:
    file = Path("campaign.yaml")
    file.write_text(json.dumps({
        "apiVersion": "eegtune/v1", "kind": "Campaign", "metadata": {"name": "study"},
        "spec": {"experiment": str(experiment), "phases": phases, **spec},
    }))  # fmt: skip
    return file
