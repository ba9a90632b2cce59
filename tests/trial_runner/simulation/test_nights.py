from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from trial_runner.simulation.nights import NightPlan, simulate_hypnogram, simulate_nights

PLAN = NightPlan(subjects=2, hours=2.0, sfreq_hz=100.0)


def test_a_night_is_as_long_as_its_hypnogram() -> None:
    night = simulate_nights(PLAN)[0]
    assert night.hypnogram.shape == (240,)
    assert night.signal.shape == (3, 240 * 30 * 100)
    assert 5e-6 < night.signal[0].std() < 80e-6


def test_hypnograms_look_like_sleep() -> None:
    stages = np.concatenate(
        [simulate_hypnogram(np.random.default_rng(seed), 960) for seed in range(40)]
    )
    share = np.bincount(stages, minlength=5) / len(stages)
    assert stages[0] == 0
    assert share[2] == share.max()
    assert 0.02 < share[1] < 0.12
    early = np.concatenate(
        [simulate_hypnogram(np.random.default_rng(seed), 960)[:240] for seed in range(40)]
    )
    assert (early == 3).mean() > share[3]  # deep sleep comes first
    assert (early == 4).mean() < share[4]  # and REM last


@pytest.mark.parametrize(
    ("band_hz", "most", "least"), [((0.5, 4), 3, 0), ((12, 15), 2, 0), ((8, 12), 0, 3)]
)
def test_stages_have_their_rhythms(band_hz: tuple[float, float], most: int, least: int) -> None:
    night = simulate_nights(replace(PLAN, subject_spread=0.0))[0]
    epochs = night.signal[0].reshape(240, -1)
    spectrum = np.abs(np.fft.rfft(epochs, axis=-1)) ** 2
    frequencies = np.fft.rfftfreq(epochs.shape[-1], 1 / night.sfreq_hz)
    inside = (frequencies >= band_hz[0]) & (frequencies < band_hz[1])
    power = spectrum[:, inside].sum(axis=1)
    by_stage = [np.median(power[night.hypnogram == stage]) for stage in range(4)]
    assert by_stage[most] > 2 * by_stage[least]


def test_without_contrast_stages_are_alike() -> None:
    night = simulate_nights(replace(PLAN, contrast=0.0))[0]
    spread = night.signal[0].reshape(240, -1).std(axis=1)
    by_stage = [np.median(spread[night.hypnogram == stage]) for stage in (0, 2, 3)]
    assert max(by_stage) < 1.3 * min(by_stage)


def test_more_persons_change_nothing_about_the_first() -> None:
    one, two = simulate_nights(replace(PLAN, subjects=1)), simulate_nights(PLAN)
    np.testing.assert_array_equal(one[0].signal, two[0].signal)
    assert (two[0].hypnogram != two[1].hypnogram).any()
