from __future__ import annotations

import numpy as np

from trial_runner.data.cutting import cut_windows


def test_windows_do_not_cross_stretches() -> None:
    signal = np.arange(100, dtype=np.float32)[None]
    windows, stretch = cut_windows(signal, 20, 10, stretches=2)
    assert windows[:, 0, 0].tolist() == [0, 10, 20, 30, 50, 60, 70, 80]
    assert stretch.tolist() == [0, 0, 0, 0, 1, 1, 1, 1]
    assert windows.shape == (8, 1, 20)


def test_a_recording_shorter_than_a_window_gives_none() -> None:
    windows, stretch = cut_windows(np.zeros((3, 10), np.float32), 20, 20)
    assert windows.shape == (0, 3, 20)
    assert stretch.tolist() == []
