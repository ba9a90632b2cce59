"""The examples run as a user runs them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from eegtune.execution.store import RunStore

EXAMPLES = Path(__file__).parents[2] / "examples"


def test_five_lines_make_a_strangers_script_tunable(tmp_path: Path) -> None:
    script = EXAMPLES / "stranger.py"
    text = script.read_text("utf-8")
    added = text.partition('if __name__ == "__main__":\n')[2].strip().splitlines()
    assert len([line for line in added if line.strip()]) <= 5
    assert "eegtune" not in text.partition('if __name__ == "__main__":\n')[0]
    done = subprocess.run(
        [sys.executable, str(script)], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    with RunStore.open(tmp_path / "runs" / "train") as store:
        trials = store.trials()
    assert len(trials) == 15
    assert {str(record.condition) for record in trials} == {"Succeeded"}
    best = max(record.trial.metrics["accuracy"] for record in trials)
    assert f"{best} instead of" in done.stdout
    default = float(done.stdout.split("instead of")[1])
    assert best > default
