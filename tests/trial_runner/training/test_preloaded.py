from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import importlib.metadata
{first}
import pytorch_lightning

asked, original = [], importlib.metadata.distributions
importlib.metadata.distributions = lambda **k: asked.append(1) or original(**k)
for _ in range(2):
    pytorch_lightning.Trainer(accelerator="cpu", logger=False, enable_checkpointing=False)
print("asked", len(asked))
"""


def _asked(first: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(first=first)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout.strip().splitlines()[-1]


def test_installed_packages_are_asked_before_a_fork_and_not_by_every_trainer() -> None:
    assert _asked("import trial_runner.training.preloaded") == "asked 0"


def test_lightning_itself_asks_them_for_every_trainer() -> None:
    assert _asked("") == "asked 2"  # else the module above has become useless
