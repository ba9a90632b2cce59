from __future__ import annotations

import numpy as np
import pytest

from trial_runner.data.montage import channel_name, channel_positions, is_eog
from trial_runner.errors import DataError


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("EEG FP1-REF", "Fp1"), ("EEG FP2-LE", "Fp2"), ("fpz", "Fpz"), ("EEG T3", "T7"),
        ("T6", "P8"), ("C3-A2", "C3"), ("EEG A2-A1", "A2"), ("A1", "A1"), ("CZ", "Cz"),
        ("Fc5.", "FC5"), ("POZ", "POz"), ("Iz..", "Iz"), ("EOG left", "left"), ("F10", "F10"),
    ],
)  # fmt: skip
def test_spellings(written: str, name: str) -> None:
    assert channel_name(written) == name


def test_eyes_are_recognised() -> None:
    assert [is_eog(name) for name in ("EOG", "HEOG", "veog-l", "Fp1")] == [True, True, True, False]


def test_places_are_on_the_head() -> None:
    pytest.importorskip("mne")
    left, right, back = channel_positions(["EEG T3", "T8", "oz"])
    assert left[0] < 0 < right[0]
    assert back[1] < 0
    assert 0.05 < np.linalg.norm(left) < 0.15


def test_a_channel_without_a_place_is_named() -> None:
    pytest.importorskip("mne")
    with pytest.raises(DataError, match="channel 'Fpx9' is none of the 10-20 system"):
        channel_positions(["Cz", "Fpx9"])


@pytest.mark.parametrize("montage", ["standard_1020", "colin27_1020", "biosemi64", ""])
def test_montages_have_their_old_and_their_new_name(montage: str) -> None:
    pytest.importorskip("mne")
    assert channel_positions(["Cz"], montage)[0, 2] > 0.08


def test_a_montage_that_is_not_there() -> None:
    pytest.importorskip("mne")
    with pytest.raises(DataError, match="MNE has none named 'standrd_1020'"):
        channel_positions(["Cz"], "standrd_1020")
