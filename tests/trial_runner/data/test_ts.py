from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from trial_runner.data.ts import read_ts
from trial_runner.errors import DataError

HEADER = "#comment\n@problemName x\n@timeStamps false\n@classLabel true a b\n@data\n"


def _write(folder: Path, text: str) -> Path:
    path = folder / "x.ts"
    path.write_text(text)
    return path


def test_series_and_labels(tmp_path: Path) -> None:
    path = _write(tmp_path, HEADER + "1,2.5,-3:4,5,6e1:a\n\n7,8,9:?,11,12: b\n")
    signal, labels = read_ts(path)
    np.testing.assert_array_equal(
        signal, np.array([[[1, 2.5, -3], [4, 5, 60]], [[7, 8, 9], [np.nan, 11, 12]]], np.float32)
    )
    assert labels == ["a", "b"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nothing", "is no .ts file: it has no line @data"),
        (HEADER, "nothing follows @data"),
        (HEADER.replace("true a b", "false") + "1,2:a\n", "@classLabel is not true"),
        (HEADER.replace("@timeStamps false", "@timeStamps true") + "1:a", "@timeStamps is true"),
        (HEADER + "1,2:a\n1,2,3:b\n", "cases differ in channels or length"),
        (HEADER + "1,2:3:a\n", "case 1 of @data cannot be read"),
        (HEADER + "1,2:a\n1,x:b\n", "case 2 of @data cannot be read"),
    ],
)
def test_mistakes_name_the_file_and_the_place(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read_ts(_write(tmp_path, text))
