"""The completion that the docs tell of, as a shell asks for it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(sys.executable).with_name("eegtune")


def _asked(kind, **environment):
    done = subprocess.run(
        [PROGRAM], env={**os.environ, "_EEGTUNE_COMPLETE": kind, **environment},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.stdout


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("eegtune ca", ["plain,campaign"]),
        ("eegtune campaign re", ["plain,resume"]),
        ("eegtune run --max", ["plain,--max-trials"]),
        ("eegtune export runs/x ml", ["plain,mlflow"]),
    ],
)
def test_bash_is_offered_what_fits(words, offered):
    at = str(len(words.split()) - 1)
    assert _asked("bash_complete", COMP_WORDS=words, COMP_CWORD=at).split() == offered


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_gets_its_script(shell):
    assert "_EEGTUNE_COMPLETE" in _asked(f"{shell}_source")
