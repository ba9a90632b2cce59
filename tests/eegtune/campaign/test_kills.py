"""A campaign that is killed at any instant, again and again, comes to the same end."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from eegtune.campaign.document import load_campaign
from eegtune.campaign.run import run_campaign

from .conftest import WriteCampaign
from .test_run import THREE, trials_of

KILLS = 6


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("seed", [1, 2])
def test_killed_at_random_instants_it_comes_to_the_same_end(
    write_campaign: WriteCampaign, tmp_path: Path, seed: int
) -> None:
    file = write_campaign(*THREE, seed=1)
    whole, killed, rng = tmp_path / "whole", tmp_path / "killed", random.Random(seed)
    run_campaign(load_campaign(file), file, whole)
    program = str(Path(sys.executable).with_name("eegtune"))
    command = [program, "campaign", "run", str(file), "--dir", str(killed), "--no-report"]
    for _ in range(KILLS):
        process = subprocess.Popen(
            command, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            process.wait(timeout=rng.uniform(0.5, 6.0))
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    for phase in ("random", "bayesian", "grid"):
        assert trials_of(killed, phase) == trials_of(whole, phase)
