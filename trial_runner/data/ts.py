"""Reader of aeon's .ts files: equally long, labelled, multivariate series.

Format: `#` comments, `@name value` header lines, then one case a line: the channels'
comma-separated values joined by colons, and the class label at the end.
Reference: https://www.aeon-toolkit.org (data format ts).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from trial_runner.errors import DataError


def read_ts(path: Path) -> tuple[NDArray[np.float32], list[str]]:
    """Return the series (n, channels, samples) in the file's unit, and the n labels.

    Raises:
        DataError: The file is no .ts file, or its series differ in length.
    """
    header, cases = _split(path)
    if header.get("classlabel", "false").split()[0].lower() != "true":
        raise DataError(f"{path}: @classLabel is not true; cases without labels cannot be used")
    if header.get("timestamps", "false").lower() == "true":
        raise DataError(f"{path}: @timeStamps is true; only evenly sampled series can be read")
    series, labels = [], []
    for number, case in enumerate(cases, start=1):
        *channels, label = case.split(":")
        series.append(_case(path, number, channels))
        labels.append(label.strip())
    shapes = {one.shape for one in series}
    if len(shapes) != 1:
        raise DataError(f"{path}: cases differ in channels or length: {sorted(shapes)[:3]}")
    return np.stack(series), labels


def _split(path: Path) -> tuple[dict[str, str], list[str]]:
    header: dict[str, str] = {}
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    for index, line in enumerate(lines):
        if line.lower().startswith("@data"):
            cases = [case for case in lines[index + 1 :] if case.strip()]
            if not cases:
                raise DataError(f"{path}: nothing follows @data")
            return header, cases
        if line.startswith("@"):
            name, _, value = line[1:].partition(" ")
            header[name.lower()] = value.strip()
    raise DataError(f"{path} is no .ts file: it has no line @data")


def _case(path: Path, number: int, channels: list[str]) -> NDArray[np.float32]:
    try:
        return np.array(
            [np.array(values.replace("?", "nan").split(","), np.float32) for values in channels]
        )
    except ValueError as error:
        raise DataError(f"{path}: case {number} of @data cannot be read: {error}") from None
