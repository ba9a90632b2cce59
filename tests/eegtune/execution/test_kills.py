"""A small sample of benchmarks/kill_runs.py: SIGKILL at random instants of a run."""

from __future__ import annotations

import importlib.util
import json
import random
import sys
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).parents[3] / "benchmarks" / "kill_runs.py"


@pytest.fixture(scope="module")
def kill_runs() -> ModuleType:
    spec = importlib.util.spec_from_file_location("kill_runs", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_kills_at_random_instants_change_nothing(kill_runs: ModuleType, tmp_path: Path) -> None:
    file = tmp_path / "killed.yaml"
    file.write_text(json.dumps(kill_runs.document(25, 2)))
    dice = random.Random(1)
    assert kill_runs.run_with_kills(file, tmp_path / "whole", dice, 0) == 0
    kills = kill_runs.run_with_kills(file, tmp_path / "killed", dice, 6)
    assert 0 < kills <= 6
    assert kill_runs.outcome(tmp_path / "killed") == kill_runs.outcome(tmp_path / "whole")
