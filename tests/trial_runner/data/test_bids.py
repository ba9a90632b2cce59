"""A BIDS folder, written by mne-bids: events tell the classes, channels.tsv what is what."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from trial_runner.data.catalogue import find_data
from trial_runner.data.load import open_part, read_windows
from trial_runner.errors import DataError

mne = pytest.importorskip("mne")
mne_bids = pytest.importorskip("mne_bids")

SFREQ_HZ = 100
ENTRY = (
    r"name: lab"
    "\n"
    r"files: sub-(?P<subject>\w+)/ses-(?P<session>\w+)/eeg/sub-.*_eeg\.edf"
    "\n"
    "label_from: events\nclasses: [rest, task]\nlabels: {go: task}\nwindow_seconds: 1\n"
    "channels: [Fz, Cz]\n"
)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory, write_edf: Callable[..., Path]) -> Path:
    root, source = (tmp_path_factory.mktemp(name) for name in ("bids", "source"))
    rng = np.random.default_rng(0)
    names = ["rest", "go", "rest", "go", "go"]
    for subject, session in product(("01", "02"), ("a", "b")):
        file = source / f"{subject}{session}.edf"
        write_edf(file, rng.normal(0, 20, (3, 20 * SFREQ_HZ)), SFREQ_HZ, ["Fz", "Cz", "VEOG"])
        raw = mne.io.read_raw_edf(file, verbose="error")
        raw.set_channel_types({"VEOG": "eog"}, verbose="error")
        raw.set_annotations(mne.Annotations([2.0, 5.0, 8.0, 11.0, 19.5], 0.0, names))
        place = mne_bids.BIDSPath(subject=subject, session=session, task="go", root=root)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            mne_bids.write_raw_bids(raw, place, verbose="error")
    (root / "dataset.yaml").write_text(ENTRY)
    return root


def test_windows_follow_events(written: Path) -> None:
    windows = read_windows(find_data(str(written)), "development")
    assert windows.signal.shape == (4 * 4, 2, SFREQ_HZ)  # the event at 19.5 s has no full window
    assert windows.targets.labels.tolist() == [0, 1, 0, 1] * 4
    assert sorted(set(windows.targets.subjects)) == ["01", "02"]
    assert sorted(set(windows.targets.blocks)) == ["a", "b"]


def test_a_window_starts_where_its_event_does(written: Path) -> None:
    plain = read_windows(find_data(str(written)), "development").signal[0]
    path = next(written.rglob("sub-01_ses-a*_eeg.edf"), None)
    raw = mne.io.read_raw(path, verbose="error").pick(["Fz", "Cz"])
    wanted = raw.get_data(start=2 * SFREQ_HZ, stop=3 * SFREQ_HZ)
    np.testing.assert_allclose(plain, wanted, rtol=1e-5)


def test_an_offset_moves_the_windows(written: Path) -> None:
    source = find_data(str(written))
    moved = source._replace(entry=source.entry.model_copy(update={"event_offset_seconds": 0.5}))
    plain, later = (read_windows(one, "development").signal for one in (source, moved))
    np.testing.assert_allclose(plain[0, :, 50:], later[0, :, :50], rtol=1e-5)


def test_changed_events_change_the_key(written: Path) -> None:
    source = find_data(str(written))
    first = open_part(source, "development", None).key
    events = next(written.rglob("sub-02_ses-b*_events.tsv"))
    before = events.read_text()
    events.write_text(before.replace("rest", "go"))
    try:
        assert open_part(source, "development", None).key != first
    finally:
        events.write_text(before)


def test_events_of_other_names_are_named(written: Path) -> None:
    source = find_data(str(written))
    other = source.entry.model_copy(update={"classes": ("left", "right"), "labels": {}})
    with pytest.raises(DataError, match=r"one of .* left, right; its events: go, rest"):
        read_windows(source._replace(entry=other), "development")


def test_a_bids_folder_without_an_entry_says_what_to_write(written: Path) -> None:
    assert json.loads((written / "dataset_description.json").read_text())["BIDSVersion"]
    (written / "dataset.yaml").rename(written / "hidden")
    try:
        with pytest.raises(DataError, match=r"BIDS(?s:.*)label_from: events\nclasses: .go, r"):
            find_data(str(written))
    finally:
        (written / "hidden").rename(written / "dataset.yaml")
