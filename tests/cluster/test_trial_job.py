"""A generated Experiment's trial as a Job: real EEG, a trained classifier, metric lines."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

pytestmark = pytest.mark.cluster

LINE = re.compile(r"^\d{4}-\d\d-\d\dT\S+Z .*\bval_auroc=(\d\.\d+)", re.M)


def test_linear_probe_learns_from_the_recordings_in_its_image(
    run_job: Callable[..., str],
) -> None:
    command = [
        "trial-runner", "linear_probe", "--data=selfregulationscp1", "--folds=3",
        "--features=slow_potentials", "--max_epochs=20", "--trial_name=t1",
    ]  # fmt: skip
    env = [{"name": "EEGTUNE_CACHE", "value": "/tmp/cache"},
           {"name": "ARTEFACTS", "value": "/tmp/artefacts"}]  # fmt: skip
    printed = run_job("torch", command, seconds=300, env=env)
    scores = [float(score) for score in LINE.findall(printed)]
    assert len(scores) > 2
    assert scores[-1] > 0.8  # slow potentials carry nearly everything; guessing gives 0.5
