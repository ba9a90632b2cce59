"""Features and targets of any data set: the catalogue's, a table, or a simulation."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from trial_runner.cache import file_digest
from trial_runner.components.sleep.stored import read_arrays
from trial_runner.data.catalogue import find_data
from trial_runner.data.files import Part
from trial_runner.data.load import open_part
from trial_runner.data.parts import subjects_of
from trial_runner.data.simulated import is_simulated, parse_plan
from trial_runner.data.told import tell_digest
from trial_runner.data.windows import Targets, Windows
from trial_runner.errors import DataError, UsageError
from trial_runner.simulation import CohortPlan, simulate_cohort

Rows = NDArray[np.int64]
Features = NDArray[np.float32]


class Tables(NamedTuple):
    """Both parts of a data set, rows of the development part first.

    Attributes:
        targets: Of all rows.
        development: How many rows are the development part's.
        features: From training rows to the features of all rows: what is fitted sees these only.
    """

    targets: Targets
    development: int
    features: Any


def read_tables(
    data: str, data_root: str, parts: Sequence[Part], feature_set: str, cache: Path | None
) -> Tables:
    """Return features and targets of the development part, and of the test part if wanted.

    Raises:
        UsageError: A simulation has no features of this kind.
        DataError: The data cannot be used.
    """
    if is_simulated(data):
        plan = parse_plan(data, CohortPlan)
        return _of_windows(simulate_cohort(plan), parts, feature_set)
    path = Path(data).expanduser()
    if path.suffix == ".npz":
        return _of_file(path, parts, cache)
    return _of_catalogue(data, data_root, parts, feature_set, cache)


def _of_file(path: Path, parts: Sequence[Part], cache: Path | None) -> Tables:
    arrays = read_arrays(path, ("X", "y", "subject"))
    tell_digest([file_digest(path, cache)])
    features = arrays["X"].astype(np.float32)
    if not np.isfinite(features).all():
        raise DataError(f"{path}: X has values that are not finite")
    names, labels = np.unique(arrays["y"], return_inverse=True)
    if len(names) < 2:
        raise DataError(f"{path}: y has only the class {names[0]}; two are needed")
    subjects = np.array([f"S{value}" for value in arrays["subject"]])
    blocks = np.arange(len(subjects)).astype(np.str_)
    targets = Targets(labels.astype(np.int64), subjects, blocks, tuple(map(str, names)))
    return _in_parts(features, targets, parts)


def _of_windows(windows: Windows, parts: Sequence[Part], feature_set: str) -> Tables:
    from trial_runner.features.band_power import log_band_power
    from trial_runner.features.slow_potentials import slow_potentials

    known = {"band_power": log_band_power, "slow_potentials": slow_potentials}
    unknown = [name for name in feature_set.split("+") if name not in known]
    if unknown:
        raise UsageError(
            f"--features={feature_set}: a simulation has {', '.join(known)}, not {unknown[0]}"
        )
    blocks = [np.asarray(known[name](windows), np.float32) for name in feature_set.split("+")]
    return _in_parts(np.concatenate(blocks, axis=1), windows.targets, parts)


def _in_parts(features: Features, targets: Targets, parts: Sequence[Part]) -> Tables:
    rows = [
        np.flatnonzero(np.isin(targets.subjects, subjects_of(part, targets.subjects.tolist())))
        for part in parts
    ]
    order = np.concatenate(rows)
    chosen = features[order]
    return Tables(_take(targets, order), len(rows[0]), lambda training: chosen)


def _take(targets: Targets, rows: Rows) -> Targets:
    return Targets(
        targets.labels[rows], targets.subjects[rows], targets.blocks[rows], targets.classes
    )


def _of_catalogue(
    data: str, data_root: str, parts: Sequence[Part], feature_set: str, cache: Path | None
) -> Tables:
    from trial_runner.features.extract import fold_features, train_and_test_features

    source = find_data(data, data_root)
    opened = [open_part(source, part, cache) for part in parts]
    if len(opened) == 1:
        return Tables(
            opened[0].targets,
            len(opened[0].targets.labels),
            lambda training: fold_features(opened[0], feature_set, [training])[0],
        )
    targets = Targets(
        np.concatenate([one.targets.labels for one in opened]),
        np.concatenate([one.targets.subjects for one in opened]),
        np.concatenate([one.targets.blocks for one in opened]),
        opened[0].targets.classes,
    )
    return Tables(
        targets,
        len(opened[0].targets.labels),
        lambda training: np.concatenate(
            train_and_test_features(opened[0], opened[1], feature_set)
        ),
    )
