from __future__ import annotations

from pathlib import Path

import pytest

from trial_runner.data.entry import read_entry
from trial_runner.errors import DataError, DataNotFoundError

GOOD = "name: x\nfiles: (?P<label>a|b)\\.edf\nclasses: [a, b]\n"


def _write(folder: Path, text: str) -> Path:
    path = folder / "dataset.yaml"
    path.write_text(text)
    return path


def test_a_short_entry_is_enough(tmp_path: Path) -> None:
    entry = read_entry(_write(tmp_path, GOOD + "unit: microvolts\n"))
    assert (entry.name, entry.classes, entry.unit_in_volts) == ("x", ("a", "b"), 1e-6)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "holds no fields"),
        ("- a\n", "holds no fields"),
        ("name: [", "is no YAML"),
        ("name: x\nclasses: [a, b]\n", "files: Field required"),
        (GOOD + "sfreq: 1\n", "sfreq: unknown field; there are name, title, files"),
        (GOOD.replace("[a, b]", "[a]"), "classes: .*at least 2"),
        (GOOD + "sfreq_hz: fast\n", "sfreq_hz: .* not 'fast'"),
        (GOOD + "window_seconds: 0\n", "window_seconds: .*greater than 0, not '0'"),
        (GOOD + "unit: kV\n", "unit: Input should be 'volts', 'millivolts' or 'microvolts'"),
        (GOOD.replace("label>a|b)", "label>a|b"), "is no regular expression"),
        (GOOD.replace("label", "person"), "no group 'person'; there are"),
        (GOOD + "test_partition: TEST\n", "test_partition needs the group"),
        (GOOD + "labels: {a: c}\n", "'c' is none of the classes"),
    ],
)
def test_mistakes_name_the_field(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read_entry(_write(tmp_path, text))


def test_words_that_yaml_takes_for_booleans_and_numbers_are_names(tmp_path: Path) -> None:
    text = "name: x\nfiles: (?P<label>1|2)\\.edf\nclasses: [no, yes]\nlabels: {1: no, 2: yes}\n"
    assert read_entry(_write(tmp_path, text)).labels == {"1": "no", "2": "yes"}


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(DataNotFoundError, match=r"nowhere\.yaml does not exist"):
        read_entry(tmp_path / "nowhere.yaml")
