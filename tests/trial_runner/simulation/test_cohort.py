from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from trial_runner.simulation.cohort import CohortPlan, simulate_cohort

PLAN = CohortPlan(subjects=3, windows=10, window_seconds=1.0)


@pytest.mark.parametrize("rhythm", ["alpha_effect", "beta_effect"])
@pytest.mark.parametrize("effect", [0.8, -0.5])
def test_the_classes_differ_by_the_planted_power(rhythm: str, effect: float) -> None:
    none = replace(PLAN, alpha_effect=0.0, beta_effect=0.0)
    plain, once, twice = (
        simulate_cohort(replace(none, **{rhythm: size})).signal.astype(float)
        for size in (0.0, effect, 2 * effect)
    )
    # All else is drawn alike: once is (k - 1) times the rhythm, twice (k² - 1) times.
    labels = simulate_cohort(none).targets.labels
    for label, sign in ((0, -1), (1, 1)):
        rows = labels == label
        change_twice, change_once = (twice - plain)[rows], (once - plain)[rows]
        k = (change_twice * change_once).sum() / (change_once**2).sum() - 1
        assert 4 * np.log(k) == pytest.approx(sign * effect, abs=0.01)  # half of it in each class


def test_alpha_shows_in_the_back() -> None:
    plan = CohortPlan(subjects=4, windows=40, alpha_effect=2.0, beta_effect=0.0)
    windows = simulate_cohort(plan)
    spectrum = np.abs(np.fft.rfft(windows.signal, axis=-1)) ** 2
    frequencies = np.fft.rfftfreq(windows.signal.shape[-1], 1 / windows.sfreq_hz)
    alpha = spectrum[..., (frequencies >= 7) & (frequencies <= 13)].sum(-1)
    high, low = (alpha[windows.targets.labels == label].mean(axis=0) for label in (1, 0))
    gain = dict(zip(windows.channels, high / low, strict=True))
    assert gain["Pz"] > 2.5 > 1.5 > gain["Fp1"]


def test_more_subjects_change_nothing_about_the_first() -> None:
    few, many = simulate_cohort(PLAN), simulate_cohort(replace(PLAN, subjects=5))
    np.testing.assert_array_equal(few.signal, many.signal[: len(few.signal)])


def test_labels_of_whole_subjects_are_balanced_and_constant() -> None:
    windows = simulate_cohort(replace(PLAN, subjects=6, labels="subject"))
    of_subject = windows.targets.labels.reshape(6, 10)
    assert (of_subject == of_subject[:, :1]).all()
    assert of_subject[:, 0].sum() == 3


def test_persons_are_easily_recognised() -> None:
    windows = simulate_cohort(CohortPlan(subjects=6, windows=20, alpha_effect=0, beta_effect=0))
    spectrum = np.log((np.abs(np.fft.rfft(windows.signal, axis=-1)) ** 2)[..., 2:40])
    features = spectrum.reshape(len(spectrum), -1)
    subject = np.unique(windows.targets.subjects, return_inverse=True)[1]
    even = np.arange(len(subject)) % 2 == 0
    means = np.stack([features[even & (subject == one)].mean(axis=0) for one in range(6)])
    distance = ((features[~even][:, None] - means) ** 2).sum(-1)
    assert (distance.argmin(axis=1) == subject[~even]).mean() > 0.9


def test_units_are_volts_and_the_seed_decides() -> None:
    windows = simulate_cohort(PLAN)
    assert 1e-6 < windows.signal.std() < 50e-6
    np.testing.assert_array_equal(windows.signal, simulate_cohort(PLAN).signal)
    assert (windows.signal != simulate_cohort(replace(PLAN, seed=1)).signal).any()
