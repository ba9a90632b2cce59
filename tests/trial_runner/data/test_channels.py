from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from trial_runner.data.channels import Picked, pick_channels, referenced
from trial_runner.errors import DataError

FILE = Path("S1.edf")
PRESENT = ("EEG FP1-REF", "EEG T3-REF", "Cz..", "M1", "M2", "EOG")


@pytest.mark.parametrize(
    ("wanted", "reference", "picked"),
    [
        ((), (), Picked(PRESENT, PRESENT)),
        (("Cz..", "M1"), (), Picked(("Cz..", "M1"), ("Cz..", "M1"))),
        (("T7", "Fp1", "Cz"), (), Picked(("EEG T3-REF", "EEG FP1-REF", "Cz.."),
                                         ("T7", "Fp1", "Cz"))),
        (("Cz", "Fp1"), ("average",), Picked(("Cz..", "EEG FP1-REF"), ("Cz", "Fp1"), (0, 1))),
        (("Cz",), ("M1", "M2"), Picked(("Cz..", "M1", "M2"), ("Cz",), (1, 2))),
        (("Cz", "M2"), ("M1", "M2"), Picked(("Cz..", "M2", "M1"), ("Cz", "M2"), (2, 1))),
        ((), ("M1", "M2"), Picked(PRESENT[:3] + PRESENT[5:] + PRESENT[3:5],
                                  PRESENT[:3] + PRESENT[5:], (4, 5))),
    ],
)  # fmt: skip
def test_channels_of_a_file(
    wanted: tuple[str, ...], reference: tuple[str, ...], picked: Picked
) -> None:
    assert pick_channels(FILE, wanted, reference, PRESENT) == picked


def test_all_missing_channels_are_named() -> None:
    with pytest.raises(DataError, match=r"S1\.edf has no channel 'Oz', 'A9'\. It has EEG FP1"):
        pick_channels(FILE, ("Cz", "Oz"), ("A9",), PRESENT)


def test_a_name_that_stands_for_several_is_refused() -> None:
    with pytest.raises(DataError, match="'C3' may be 'EEG C3-A1' or 'EEG C3-A2'"):
        pick_channels(FILE, ("C3",), (), ("EEG C3-A1", "EEG C3-A2"))
    assert pick_channels(FILE, ("EEG C3-A2",), (), ("EEG C3-A1", "EEG C3-A2")).names


@pytest.mark.parametrize(
    ("reference", "expected"),
    [((), [[1.0, 2.0], [5.0, 8.0]]), ((0, 1), [[-2.0, -3.0], [2.0, 3.0]]),
     ((2,), [[-2.0, -2.0], [2.0, 4.0]])],
)  # fmt: skip
def test_the_reference_is_subtracted(
    reference: tuple[int, ...], expected: list[list[float]]
) -> None:
    signal = np.array([[1.0, 2.0], [5.0, 8.0], [3.0, 4.0]])
    picked = Picked(("a", "b", "c"), ("a", "b"), reference)
    np.testing.assert_allclose(referenced(signal, picked), expected)
    np.testing.assert_allclose(referenced(signal[None], picked)[0], expected)


def test_the_average_is_mnes() -> None:
    mne = pytest.importorskip("mne")
    rng = np.random.default_rng(0)
    signal = rng.normal(0, 1e-5, (4, 200))
    raw = mne.io.RawArray(signal, mne.create_info(4, 100.0, "eeg"), verbose="error")
    theirs = raw.set_eeg_reference("average", verbose="error").get_data()
    picked = Picked(tuple("abcd"), tuple("abcd"), (0, 1, 2, 3))
    np.testing.assert_allclose(referenced(signal, picked), theirs, atol=1e-18)
