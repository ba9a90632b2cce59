"""What holds for the whole of both packages: layers, imports, sizes of files."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCES = sorted([*ROOT.glob("eegtune/**/*.py"), *ROOT.glob("trial_runner/**/*.py")])
HEAVY = (
    "torch",
    "mne",
    "optuna",
    "kubernetes",
    "kubeflow",
    "sklearn",
    "scipy",
    "plotly",
    "pandas",
)


def modules_after(code: str) -> set[str]:
    """Return the top-level modules that a fresh interpreter has loaded after some code."""
    program = f"{code}\nimport sys\nprint(*{{name.split('.')[0] for name in sys.modules}})"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


@pytest.mark.parametrize(
    "module",
    ["eegtune", "eegtune.cli", "eegtune.spec", "eegtune.search", "eegtune.stopping",
     "eegtune.metrics", "eegtune.execution", "eegtune.report", "trial_runner.components"],
)  # fmt: skip
def test_importing_a_package_loads_nothing_heavy(module: str) -> None:
    assert not modules_after(f"import {module}") & set(HEAVY)


def test_declarations_load_nothing_heavy() -> None:
    code = (
        "from trial_runner.components import component_names, get_component\n"
        "[get_component(name) for name in component_names()]"
    )
    assert not modules_after(code) & {*HEAVY, "numpy"}


def test_layers_hold() -> None:
    command = [Path(sys.executable).with_name("lint-imports"), "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_no_file_is_longer_than_400_lines() -> None:
    lines = {
        str(path.relative_to(ROOT)): len(path.read_text("utf-8").splitlines()) for path in SOURCES
    }
    assert {path: count for path, count in lines.items() if count > 400} == {}
