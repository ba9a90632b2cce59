"""Rest against mental arithmetic, real recordings of ten people."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from trial_runner.cli import main
from trial_runner.data.catalogue import Source, find_data
from trial_runner.data.load import open_part, read_windows
from trial_runner.data.splits import split_folds

FOLDER = Path(__file__).parents[4] / "shared" / "data" / "eegmat"
pytestmark = [
    pytest.mark.real_data,
    pytest.mark.skipif(not FOLDER.is_dir(), reason=f"needs the eegmat recordings in {FOLDER}"),
]


@pytest.fixture
def four_people(tmp_path: Path) -> Source:
    """The entry of the catalogue on the recordings of four people, at 64 Hz to be quick."""
    for file in FOLDER.glob("Subject0[0-3]_*.edf"):
        (tmp_path / "eegmat" / file.name).parent.mkdir(exist_ok=True)
        (tmp_path / "eegmat" / file.name).symlink_to(file)
    source = find_data("eegmat", str(tmp_path / "eegmat"))
    entry = source.entry.model_copy(
        update={"sfreq_hz": 64.0, "filter_high_hz": 30.0, "channels": ("EEG Fz", "EEG Pz")}
    )
    return source._replace(entry=entry)


def test_recordings_become_windows_grouped_by_subject(four_people: Source) -> None:
    windows = read_windows(four_people, "development")
    assert windows.signal.shape[1:] == (2, 256)
    assert windows.targets.subject_count == 3
    assert windows.channels == ("EEG Fz", "EEG Pz")
    typical_volts = np.median(np.abs(windows.signal))
    assert 1e-6 < typical_volts < 50e-6
    rest, arithmetic = np.bincount(windows.targets.labels)
    assert (rest, arithmetic) == (45 * 3, 15 * 3)
    for fold in split_folds(windows.targets, 3, 0):
        subjects = windows.targets.subjects
        assert len(set(subjects[fold.validation])) == 1
        assert not set(subjects[fold.training]) & set(subjects[fold.validation])


def test_the_test_subjects_are_others(four_people: Source) -> None:
    development = open_part(four_people, "development", None).targets
    test = open_part(four_people, "test", None).targets
    assert set(development.subjects) | set(test.subjects) == {"00", "01", "02", "03"}
    assert not set(development.subjects) & set(test.subjects)


def test_a_trial_on_real_recordings(
    four_people: Source,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("EEGTUNE_CACHE", str(tmp_path / "cache"))
    entry = tmp_path / "quick.yaml"
    fields = four_people.entry.model_dump(exclude_none=True, exclude_defaults=True)
    import yaml

    entry.write_text(yaml.safe_dump({k: list(v) if isinstance(v, tuple) else v
                                     for k, v in fields.items()}))  # fmt: skip
    words = ["linear_probe", f"--data={entry}", f"--data_root={four_people.folder}", "--folds=3"]
    assert main([*words, "--max_epochs=5", "--features=band_power+tangent_space"]) == 0
    captured = capsys.readouterr()
    lines = captured.out.splitlines()
    assert len(lines) == 6
    assert re.search(r"val_auroc=0\.\d+ .*val_sensitivity=", lines[-1])
    assert "3 subjects" in captured.err
    assert "3 folds by subject" in captured.err
