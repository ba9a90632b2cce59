"""Tables of features: CSV, parquet, npz, or simulated."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from trial_runner.cache import content_key, file_digest
from trial_runner.components.emotion import CLASSES
from trial_runner.data.parts import subjects_of
from trial_runner.data.simulated import is_simulated, parse_plan
from trial_runner.data.windows import Targets
from trial_runner.errors import DataError, DataNotFoundError, UsageError
from trial_runner.simulation.feature_tables import FeatureTable, TablePlan, simulate_table

DUMMY = TablePlan(subjects=6, rows=20)
_LABELS, _SUBJECTS = ("emotion", "label", "y"), ("subject", "subject_id", "participant")
_SUFFIXES = (".csv", ".parquet", ".npz")


class InParts(NamedTuple):
    """A table with the development persons' rows first.

    Attributes:
        table: All rows that are wanted.
        development: How many are the development part's.
        key: What the table depends on.
    """

    table: FeatureTable
    development: int
    key: str


def read_in_parts(data: str, is_dummy: bool, with_test: bool) -> InParts:
    """Read a table and order its rows by part.

    Raises:
        UsageError: No table is named.
        DataError: The table cannot be used; the message says why.
    """
    table, key = _read(data, is_dummy)
    subjects = table.targets.subjects.tolist()
    development = np.isin(table.targets.subjects, subjects_of("development", subjects))
    first, second = np.flatnonzero(development), np.flatnonzero(~development)
    rows = np.concatenate([first, second]) if with_test else first
    targets = table.targets
    chosen = Targets(
        targets.labels[rows], targets.subjects[rows], targets.blocks[rows], targets.classes
    )
    return InParts(FeatureTable(table.features[rows], chosen), len(first), key)


def _read(data: str, is_dummy: bool) -> tuple[FeatureTable, str]:
    if is_dummy or is_simulated(data):
        plan = DUMMY if is_dummy else parse_plan(data, TablePlan)
        names = CLASSES if plan.classes == len(CLASSES) else ()
        return simulate_table(plan, names), content_key(repr(plan))
    if not data:
        raise UsageError("emotion needs --data: a table of features; or --dummy_data to try it")
    path = Path(data).expanduser()
    if not path.is_file():
        raise DataNotFoundError(f"--data: there is no file {path}")
    if path.suffix not in _SUFFIXES:
        raise UsageError(f"--data is {data!r}; allowed is a file {', '.join(_SUFFIXES)}")
    read = _read_npz if path.suffix == ".npz" else _read_columns
    return read(path), file_digest(path, None)


def _read_npz(path: Path) -> FeatureTable:
    try:
        with np.load(path, allow_pickle=False) as stored:
            missing = [name for name in ("X", "y", "subject") if name not in stored.files]
            if missing:
                raise DataError(f"{path} has no array {missing[0]}; it needs X, y and subject")
            return _table(path, stored["X"], stored["y"], stored["subject"])
    except (ValueError, OSError, EOFError, BadZipFile) as error:
        first = (str(error).splitlines() or [""])[0]
        raise DataError(f"{path} cannot be read, it may be cut short ({first})") from None


def _read_columns(path: Path) -> FeatureTable:
    import pyarrow
    from pyarrow import csv, parquet

    try:
        table = csv.read_csv(path) if path.suffix == ".csv" else parquet.read_table(path)
    except (pyarrow.ArrowInvalid, OSError) as error:
        raise DataError(f"{path} cannot be read: {str(error).splitlines()[0]}") from None
    label, subject = _column(path, table, _LABELS), _column(path, table, _SUBJECTS)
    names = [name for name in table.column_names if name not in (label, subject)]
    wrong = [n for n in names if not _is_number(table.schema.field(n).type)]
    if wrong:
        raise DataError(f"{path}: column {wrong[0]} is no number; features must be")
    columns = [table.column(name).to_numpy() for name in names]
    if not columns:
        raise DataError(f"{path} has no column of features beside {label} and {subject}")
    features = np.stack(columns, axis=1)
    return _table(path, features, np.array(table.column(label).to_pylist()),
                  np.array(table.column(subject).to_pylist()))  # fmt: skip


def _column(path: Path, table: object, names: tuple[str, ...]) -> str:
    columns: list[str] = table.column_names  # type: ignore[attr-defined]
    found = [name for name in names if name in columns]
    if not found:
        raise DataError(f"{path} has no column {' or '.join(names)}")
    return found[0]


def _is_number(kind: object) -> bool:
    from pyarrow import types

    return bool(types.is_floating(kind) or types.is_integer(kind))


def _table(
    path: Path, features: NDArray[np.generic], labels: NDArray[np.generic],
    subjects: NDArray[np.generic],
) -> FeatureTable:  # fmt: skip
    """Check what was read."""
    if features.ndim != 2 or not len(features) == len(labels) == len(subjects):
        raise DataError(
            f"{path}: features have shape {features.shape}, with {len(labels)} labels and "
            f"{len(subjects)} subjects; expected is (rows, features) and as many of both"
        )
    values = features.astype(np.float32)
    bad = np.argwhere(~np.isfinite(values))
    if len(bad):
        raise DataError(
            f"{path}: row {bad[0][0]}, feature {bad[0][1]} is no finite number ({len(bad)} such "
            "values in all); fill or remove them first"
        )
    names, indices = np.unique(labels, return_inverse=True)
    if len(names) < 2:
        raise DataError(f"{path} has only the class {names[0]}; two are needed")
    people = np.array([str(one) for one in subjects])
    blocks = np.arange(len(people)).astype(np.str_)
    classes = tuple(str(name) for name in names)
    return FeatureTable(values, Targets(indices.astype(np.int64), people, blocks, classes))
