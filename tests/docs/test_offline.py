"""Every shown command that needs no cluster, network, GPU or hour is run, in a prepared folder.

What is left out stands in `ELSEWHERE` with the reason; a command that is in neither fails. Those
parse at least, see `test_commands`.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from itertools import pairwise
from pathlib import Path

import pytest
from click.testing import CliRunner

from eegtune.cli import application

from .documented import PAGES, ROOT, Command, commands

SCRIPT = """
import sys
x = float(sys.argv[1].split("=")[1])
print(f"val_auroc={0.9 - (x - 0.4) ** 2}")
"""
CAMPAIGN = """
apiVersion: eegtune/v1
kind: Campaign
metadata: {name: campaign}
spec:
  experiment: mine.yaml
  phases: [{name: random, algorithm: random, trials: 2}, {name: grid, grid: {factors: [0.9, 1]}}]
"""
# Reason, and a pattern of the words after `eegtune`.
ELSEWHERE = {
    "a cluster": r"(submit|watch|stop|delete|summarize|doctor|serve|katib) |"
    r".* --on (kubernetes|katib)",
    "the network": r".*(s3://|https?://)|data (push|add|pull|verify|ls lab)|"
    r"export RUN (mlflow|wandb)",
    "a model, see test_predict": r"predict ",
    "a data set that is not shipped": r"init \w+ --data=(eegmat|watch|table.csv)",
    "an hour, see benchmarks": r"campaign (run|resume) \S+$|run manifests/\S+ --dir runs/demo|"
    r"run probe.yaml --dir runs/probe",
    "a recorded table": r"replay ",
    "a list in brackets, which mark words to leave out": r"run FILE --set spec.objective.type",
    "two objectives": r"best RUN --prefer",
    "two values of a choice": r"convert FILE --to …|.*text\|json",
    "a person: it asks, or goes on showing": r"dashboard ",
}  # fmt: skip
SHOWN = [
    command
    for page in PAGES
    if page.name != "commands.md"
    for command in commands(page)
]  # fmt: skip


def _why_elsewhere(command: Command) -> str | None:
    text = " ".join(command.words[1:])
    return next((why for why, pattern in ELSEWHERE.items() if re.match(pattern, text)), None)


def _is_prose(command: Command) -> bool:
    """Whether it is only named: `eegtune run`, `eegtune evaluate --top 5`."""
    rest = [word.rstrip(".,:;)") for word in command.words[1:]]
    return len(rest) == 1 or all(word.startswith("-") or word.isdigit() for word in rest[1:])


def _runnable() -> list[Command]:
    """Return the commands to run, each once, whatever the number of pages that show it."""
    kept = {each.words: each for each in SHOWN if not _is_prose(each)}
    return [each for each in kept.values() if _why_elsewhere(each) is None]


def test_few_commands_are_run_elsewhere_and_no_reason_is_idle():
    shown = [command for command in SHOWN if not _is_prose(command)]
    reasons = {_why_elsewhere(command) for command in shown}
    assert set(ELSEWHERE) <= reasons
    assert len(_runnable()) >= 0.4 * len({each.words for each in shown})


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as a reader has it who has followed the pages: a file, a run, a configuration."""
    folder = tmp_path_factory.mktemp("reader")
    (folder / "train.py").write_text(SCRIPT)
    (folder / "config.yaml").write_text("model:\n  x: 0.5  # mine\n")
    for name in ("manifests", "benchmarks"):
        (folder / name).symlink_to(ROOT / name)
    before = Path.cwd()
    os.chdir(folder)
    try:
        train = f"{sys.executable} train.py --x={{x:0.0..1.0}}"
        words = ["--image", "none", "--from-command", train, "--metric", "val_auroc"]
        words += ["--max-trials", "5", "-o", "mine.yaml"]
        for command in (["init", *words], ["run", "mine.yaml", "--dir", "runs/probe"]):
            done = CliRunner().invoke(application, command)
            assert done.exit_code == 0, done.output
        (folder / "probe.yaml").write_text((folder / "mine.yaml").read_text())
        (folder / "campaign.yaml").write_text(CAMPAIGN)
        words = ["campaign", "run", "campaign.yaml", "--no-report"]
        assert CliRunner().invoke(application, words).exit_code == 0
    finally:
        os.chdir(before)
    return folder


def _filled(word: str, folder: Path) -> str:
    """Write what the page leaves to the reader."""
    trials = sorted(path.name for path in (folder / "runs" / "probe" / "trials").iterdir())
    known = {
        "RUN": "runs/probe", "RUN…": "runs/probe", "FILE": "probe.yaml", "FILE…": "probe.yaml",
        "EXPERIMENT": "probe.yaml", "X.yaml": "probe.yaml", "x.yaml": "probe.yaml",
        "COMPONENT": "linear_probe", "TRIAL": trials[0],
    }  # fmt: skip
    word = word.rstrip(",")
    return known.get(word, word.replace("CAMPAIGN", "runs/campaign").rstrip("…"))


@pytest.mark.parametrize(
    "command", _runnable(), ids=lambda command: f"{command.page}: {' '.join(command.words[1:5])}"
)
def test_a_shown_command_does_what_the_page_says(
    command: Command, prepared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = shutil.copytree(prepared, tmp_path / "reader", symlinks=True)
    monkeypatch.chdir(folder)
    words = [_filled(word, folder) for word in command.words[1:]]
    target = next((word for flag, word in pairwise(words) if flag == "-o"), "")
    if words[0] == "init" and target:
        (folder / target).unlink(missing_ok=True)
    done = CliRunner().invoke(application, words, input="y\n")
    assert done.exit_code == 0, f"{' '.join(command.words)}\n{done.output}\n{done.exception!r}"
    if target:
        assert (folder / target).exists()
