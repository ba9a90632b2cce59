"""Rows of features without labels: CSV, parquet, or .npz with X."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from trial_runner.errors import DataError, did_you_mean

_COLUMNS = (".csv", ".parquet")
# Columns that tables of training data have beside features.
_NO_FEATURES = ("emotion", "label", "y", "subject", "subject_id", "participant")


def takes_rows(features: int, table: Path | None) -> dict[str, Any]:
    """Return what rows must be for a model of features, as JSON values.

    Args:
        features: How many there are.
        table: The file of the training data, whose columns have names; None for a simulation.
    """
    names = _names(table) if table is not None and table.suffix in _COLUMNS else []
    return {"kind": "rows", "features": features, "names": names if len(names) == features else []}


def read_rows(path: Path, takes: Mapping[str, Any]) -> NDArray[np.float32]:
    """Read rows (n, features) in the order of the training's columns.

    Raises:
        DataError: It cannot be read, lacks columns, or has another number of features.
    """
    if path.suffix in _COLUMNS:
        rows = _of_columns(path, takes["names"])
    elif path.suffix == ".npz":
        rows = _of_arrays(path)
    else:
        raise DataError(f"{path}: expected are rows of features: .csv, .parquet, or .npz with X")
    if rows.ndim != 2 or rows.shape[1] != takes["features"]:
        raise DataError(
            f"{path} has rows of shape {rows.shape}; the model takes {takes['features']} features"
        )
    values = rows.astype(np.float32)
    bad = np.argwhere(~np.isfinite(values))
    if len(bad):
        raise DataError(f"{path}: row {bad[0][0]}, feature {bad[0][1]} is no finite number")
    return values


def _names(path: Path) -> list[str]:
    return [name for name in _table(path).column_names if name not in _NO_FEATURES]


def _of_columns(path: Path, names: Sequence[str]) -> NDArray[Any]:
    table = _table(path)
    missing = [name for name in names if name not in table.column_names]
    if missing:
        raise DataError(
            f"{path} lacks the column {', '.join(map(repr, missing))}"
            f"{did_you_mean(missing[0], table.column_names)}; it has "
            f"{', '.join(table.column_names)}"
        )
    wanted = names or [name for name in table.column_names if name not in _NO_FEATURES]
    try:
        return np.stack([table.column(name).to_numpy().astype(np.float32) for name in wanted], 1)
    except (ValueError, TypeError):
        raise DataError(f"{path}: a column of features has values that are no numbers") from None


def _table(path: Path) -> Any:
    import pyarrow
    from pyarrow import csv, parquet

    try:
        return csv.read_csv(path) if path.suffix == ".csv" else parquet.read_table(path)
    except (pyarrow.ArrowInvalid, OSError) as error:
        raise DataError(f"{path} cannot be read: {str(error).splitlines()[0]}") from None


def _of_arrays(path: Path) -> NDArray[Any]:
    try:
        with np.load(path, allow_pickle=False) as stored:
            if "X" not in stored.files:
                raise DataError(f"{path} has no array X; it has {', '.join(stored.files)}")
            return np.asarray(stored["X"])
    except (OSError, ValueError, EOFError, BadZipFile) as error:
        raise DataError(f"{path} cannot be read: {str(error).splitlines()[0]}") from None
