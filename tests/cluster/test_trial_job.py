"""A generated Experiment's trial as a Job: real EEG, a trained classifier, metric lines."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from .support.commands import call

pytestmark = [pytest.mark.cluster, pytest.mark.slow]

LINE = re.compile(r"^\d{4}-\d\d-\d\dT\S+Z .*\bval_auroc=(\d\.\d+)", re.M)
ARGUMENTS = [
    "linear_probe", "--data=selfregulationscp1", "--folds=5", "--features=slow_potentials",
    "--warmup_steps=0", "--max_epochs=60", "--trial_name=t1",
]  # fmt: skip


def test_linear_probe_learns_from_the_recordings_in_its_image_as_it_does_here(
    run_job: Callable[..., str],
) -> None:
    env = [{"name": "EEGTUNE_CACHE", "value": "/tmp/cache"},
           {"name": "ARTEFACTS", "value": "/tmp/artefacts"}]  # fmt: skip
    printed = run_job("torch", ["trial-runner", *ARGUMENTS], seconds=300, env=env)
    there = [float(score) for score in LINE.findall(printed)]
    assert len(there) > 20
    assert max(there) > 0.8  # slow potentials carry nearly everything; guessing gives 0.5
    runner = str(Path(sys.executable).parent / "trial-runner")
    here = [float(score) for score in LINE.findall(call(runner, *ARGUMENTS))]
    assert there[:5] == pytest.approx(here[:5], abs=1e-3)
