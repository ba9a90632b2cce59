from __future__ import annotations

import numpy as np
import pytest

from trial_runner.components.autoreject.judge import Limits, judge
from trial_runner.components.autoreject.shared import Facts
from trial_runner.errors import DataError


def _facts(microvolts: np.ndarray, eog: np.ndarray | None = None) -> Facts:
    eyes = np.zeros(len(microvolts)) if eog is None else eog
    channels = tuple(f"c{index}" for index in range(microvolts.shape[1]))
    return Facts(microvolts, eyes, channels, None, None)


def test_eyes_reject_an_epoch() -> None:
    facts = _facts(np.full((3, 20), 50.0), np.array([0.0, 251.0, 250.0]))
    assert judge(facts, 150.0, 0.3, Limits(), "S1").bad_epochs.tolist() == [False, True, False]


def test_each_channel_has_its_threshold() -> None:
    facts = _facts(np.array([[100.0] * 16, [100.0] * 16]))
    bad = judge(facts, np.r_[90.0, [110.0] * 15], 0.3, Limits(), "S1").bad_channels
    assert bad.sum(axis=1).tolist() == [1, 1]


@pytest.mark.parametrize(("broken", "is_lost"), [(8, False), (9, True)])
def test_a_recording_with_too_many_bad_channels_is_lost(broken: int, is_lost: bool) -> None:
    microvolts = np.full((10, 20), 50.0)
    microvolts[:6, :broken] = 500.0
    judged = judge(_facts(microvolts), 150.0, 1.0, Limits(min_channels=5), "S1")
    assert judged.bad_epochs.all() == is_lost


def test_too_few_channels_are_refused() -> None:
    with pytest.raises(DataError, match="S1 has 6 EEG channels, fewer than --min_channels=15"):
        judge(_facts(np.ones((3, 6))), 150.0, 0.3, Limits(), "S1")
