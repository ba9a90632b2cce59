"""A campaign whose phases are Experiments on Katib, or on its double."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from eegtune.execution.store import RunStore
from tests.katib.double.fixtures import katib, lab  # noqa: F401
from tests.katib.double.quick import small

from .support.commands import get
from .support.objects import image
from .support.waiting import until

pytestmark = pytest.mark.cluster

EEGTUNE = str(Path(sys.executable).parent / "eegtune")
PHASES = [
    {"name": "random", "algorithm": "random", "trials": 3},
    {"name": "near", "search": ["rate", "kind"], "narrow": {"factor": 3}, "trials": 3},
]


@pytest.mark.timeout(900)
def test_its_phases_are_experiments_and_it_goes_on_after_a_kill(
    lab: str,  # noqa: F811
    tmp_path: Path,
) -> None:
    made = small("base", "random", image("services"), {"random_state": "1"}, most=3)
    (tmp_path / "base.yaml").write_text(yaml.safe_dump(made))
    spec = {"experiment": "base.yaml", "phases": PHASES, "seed": 1}
    (tmp_path / "c.yaml").write_text(yaml.safe_dump(
        {"apiVersion": "eegtune/v1", "kind": "Campaign", "metadata": {"name": "lab"}, "spec": spec}
    ))  # fmt: skip
    words = [str(tmp_path / "c.yaml"), "--on", "katib", "-n", lab, "--dir", str(tmp_path / "run")]

    begun = subprocess.Popen([EEGTUNE, "campaign", "run", *words, "--no-report", "--quiet"])
    until(lambda: get("trials.kubeflow.org", "-n", lab), "a trial of the first phase", 240)
    begun.kill()
    begun.wait()
    done = subprocess.run([EEGTUNE, "campaign", "resume", *words], capture_output=True, text=True,
                          timeout=600)  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "The best of all phases is" in done.stdout

    there = {each["metadata"]["name"]: each for each in get("experiments.kubeflow.org", "-n", lab)}
    assert set(there) == {"lab-random", "lab-near"}
    found = {
        phase: assignments(tmp_path / "run" / "phases" / phase) for phase in ("random", "near")
    }
    assert {phase: len(rows) for phase, rows in found.items()} == {"random": 3, "near": 3}
    best = max(found["random"], key=lambda row: float(row["score"]))
    assert {row["units"] for row in found["near"]} == {best["units"]}, "it was not in `search`"
    low, high = float(best["rate"]) / 3, float(best["rate"]) * 3
    assert all(low * 0.999 <= float(row["rate"]) <= high * 1.001 for row in found["near"])


def assignments(run: Path) -> list[dict[str, str]]:
    """Return the parameters and the score of a phase's trials, which have all succeeded."""
    with RunStore.open(run) as store:
        trials = [record.trial for record in store.trials()]
    assert {str(each.condition) for each in trials} == {"Succeeded"}
    return [{**each.assignments, "score": str(each.metrics["score"])} for each in trials]
