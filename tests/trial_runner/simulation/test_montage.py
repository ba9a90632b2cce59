from __future__ import annotations

import numpy as np
import pytest

from trial_runner.simulation.montage import CHANNELS_1020, mixing_matrix, positions


def test_positions_are_those_of_the_10_20_system() -> None:
    places = dict(zip(CHANNELS_1020, positions(), strict=True))
    np.testing.assert_allclose(np.linalg.norm(positions(), axis=1), 1.0)
    np.testing.assert_allclose(places["Cz"], (0, 0, 1))
    assert places["Fz"][1] > 0 > places["Pz"][1]
    assert places["C3"][0] < 0 < places["C4"][0]
    np.testing.assert_allclose(places["O1"] * (-1, 1, 1), places["O2"], atol=1e-12)


def test_positions_agree_with_mne_on_who_is_near_whom() -> None:
    mne = pytest.importorskip("mne")
    theirs = mne.channels.make_standard_montage("colin27_1020").get_positions()["ch_pos"]
    other = np.array([theirs[name] for name in CHANNELS_1020])
    other = other - other.mean(axis=0)
    other /= np.linalg.norm(other, axis=1, keepdims=True)
    ours = positions() - positions().mean(axis=0)
    ours /= np.linalg.norm(ours, axis=1, keepdims=True)
    assert np.corrcoef((ours @ ours.T).ravel(), (other @ other.T).ravel())[0, 1] > 0.97


def test_a_source_is_seen_best_where_it_is() -> None:
    mixing = mixing_matrix(positions())
    np.testing.assert_allclose(np.diag(mixing), 1.0, atol=1e-6)
    assert (mixing <= 1 + 1e-12).all()
    assert (mixing.argmax(axis=0) == np.arange(len(CHANNELS_1020))).all()


def test_unknown_channels_are_named() -> None:
    with pytest.raises(ValueError, match="no position of channel 'T9'"):
        positions(("Cz", "T9"))
