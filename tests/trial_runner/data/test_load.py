from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from trial_runner.cache import cache_uses
from trial_runner.data.catalogue import find_data
from trial_runner.data.load import open_part, read_windows
from trial_runner.errors import DataError

HEADER = "@problemName x\n@classLabel true no yes\n@data\n"


def _ts(folder: Path, name: str, labels: str) -> None:
    rng = np.random.default_rng(0)
    rows = [
        ":".join(",".join(f"{value:.3f}" for value in rng.normal(size=8)) for _ in range(2))
        + f":{label}"
        for label in labels.split()
    ]
    (folder / name).write_text(HEADER + "\n".join(rows) + "\n")


@pytest.fixture
def trials(tmp_path: Path) -> Path:
    _ts(tmp_path, "x_TRAIN.ts", "no yes no yes")
    _ts(tmp_path, "x_TEST.ts", "yes no")
    (tmp_path / "dataset.yaml").write_text(
        "name: x\nfiles: x_(?P<partition>\\w+)\\.ts\ntest_partition: TEST\n"
        "classes: [no, yes]\nsfreq_hz: 4\nunit: microvolts\n"
    )
    return tmp_path


def test_trials_of_one_subject(trials: Path) -> None:
    windows = read_windows(find_data(str(trials)), "development")
    assert windows.signal.shape == (4, 2, 8)
    assert np.abs(windows.signal).max() < 1e-5  # volts
    assert windows.targets.labels.tolist() == [0, 1, 0, 1]
    assert windows.targets.unit == "trial"
    assert len(set(windows.targets.blocks)) == 4
    assert windows.channels == ("channel 1", "channel 2")


def test_recordings_of_several_subjects(edf_data_set: Path) -> None:
    source = find_data(str(edf_data_set))
    development = read_windows(source, "development")
    test = read_windows(source, "test")
    assert development.signal.shape == (4 * 2 * 12, 3, 128)
    assert test.signal.shape == (2 * 2 * 12, 3, 128)
    assert not set(development.targets.subjects) & set(test.targets.subjects)
    assert development.targets.unit == "subject"
    assert np.bincount(development.targets.labels).tolist() == [48, 48]


def test_stretches_of_one_subject_stay_together(edf_data_set: Path) -> None:
    for file in edf_data_set.glob("S[1-5]*.edf"):
        file.unlink()
    entry = edf_data_set / "dataset.yaml"
    entry.write_text(entry.read_text().replace("test_subjects_share: 0.3\n", ""))
    windows = read_windows(find_data(str(edf_data_set)), "development")
    assert windows.targets.subject_count == 1
    assert len(set(windows.targets.blocks)) == 20


def test_the_second_opening_reads_the_cache(trials: Path, tmp_path: Path) -> None:
    source, cache = find_data(str(trials)), tmp_path / "cache"
    first = open_part(source, "development", cache)
    second = open_part(source, "development", cache)
    assert cache_uses(cache) == {"windows": (1, 1)}
    assert first.key == second.key
    assert second.targets.classes == ("no", "yes")
    direct = read_windows(source, "development")
    signal = second.windows().signal
    np.testing.assert_array_equal(signal, direct.signal)
    assert isinstance(signal.base, np.memmap)  # one copy a machine, whatever many trials ask
    assert not signal.flags.writeable
    np.testing.assert_array_equal(second.targets.blocks, direct.targets.blocks)


def test_a_signal_that_is_lost_or_damaged_is_read_again(trials: Path, tmp_path: Path) -> None:
    source, cache = find_data(str(trials)), tmp_path / "cache"
    wanted = read_windows(source, "development").signal
    part = open_part(source, "development", cache)
    (file,) = (cache / "signals").iterdir()
    for damage in (b"", b"torn", None):
        file.unlink()
        if damage is not None:
            file.write_bytes(damage)
        np.testing.assert_array_equal(part.windows().signal, wanted)


def test_without_a_cache_files_are_read_once(
    trials: Path,
) -> None:
    part = open_part(find_data(str(trials)), "development", None)
    (trials / "x_TRAIN.ts").unlink()
    assert part.windows().signal.shape == (4, 2, 8)
    assert part.windows().targets is part.targets


def test_opening_the_development_part_never_reads_the_test_file(trials: Path) -> None:
    (trials / "x_TEST.ts").write_text("torn")
    assert len(open_part(find_data(str(trials)), "development", None).targets.labels) == 4
    with pytest.raises(DataError, match=r"x_TEST\.ts is no \.ts file"):
        open_part(find_data(str(trials)), "test", None)


def test_changed_files_and_entries_change_the_key(trials: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"

    def key() -> str:
        return open_part(find_data(str(trials)), "development", cache).key

    keys = [key()]
    entry = trials / "dataset.yaml"
    entry.write_text(entry.read_text() + "licence: mine\n")
    assert key() == keys[0]  # nothing that is computed depends on it
    entry.write_text(entry.read_text().replace("microvolts", "millivolts"))
    keys.append(key())
    _ts(trials, "x_TRAIN.ts", "no yes no yes no")
    keys.append(key())
    assert len(set(keys)) == 3


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("sfreq_hz: 4\n", "", "set sfreq_hz"),
        ("[no, yes]", "[no, maybe]", "label 'yes' is none of the classes no, maybe"),
        ("unit", "channels: [a]\nunit", "has 2 channels, the entry names 1"),
    ],
)
def test_entries_that_do_not_fit_the_files(trials: Path, old: str, new: str, message: str) -> None:
    entry = trials / "dataset.yaml"
    entry.write_text(entry.read_text().replace(old, new))
    with pytest.raises(DataError, match=message):
        open_part(find_data(str(trials)), "development", None)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("window_seconds: 2\n", "", "need the field window_seconds"),
        ("(?P<label>open|closed)", "\\w+", "need the group"),
        ("window_seconds: 2", "window_seconds: 60", "lasts 24 s, less than one window"),
        ("[open, closed]", "[open, shut]", "label 'closed' is none of the classes"),
    ],
)
def test_recordings_need_labels_and_windows(
    edf_data_set: Path, old: str, new: str, message: str
) -> None:
    entry = edf_data_set / "dataset.yaml"
    entry.write_text(entry.read_text().replace(old, new))
    with pytest.raises(DataError, match=message):
        open_part(find_data(str(edf_data_set)), "development", None)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "unit: microvolts",
            "unit: volts",
            "vary by .* V, which no EEG does; are the numbers mic",
        ),
        ("", "", ""),
    ],
)
def test_a_mistaken_unit_is_named(trials: Path, old: str, new: str, message: str) -> None:
    entry = trials / "dataset.yaml"
    entry.write_text(entry.read_text().replace(old, new))
    if not message:
        assert len(read_windows(find_data(str(trials)), "development").signal)
        return
    with pytest.raises(DataError, match=f"x_TRAIN.ts: channels {message}"):
        open_part(find_data(str(trials)), "development", None)


def test_files_that_differ_are_named(edf_data_set: Path, write_edf: Callable[..., Path]) -> None:
    rng = np.random.default_rng(0)
    write_edf(edf_data_set / "S0_open.edf", rng.normal(size=(2, 640)), 64, ["Fz", "Cz"])
    with pytest.raises(DataError, match="differ in channels, samples or frequency"):
        read_windows(find_data(str(edf_data_set)), "development")
