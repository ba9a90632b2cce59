"""Write what intervals are computed from; `load_predictions` reads it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from trial_runner.data.windows import Targets


def write_predictions(path: Path, targets: Targets, probability: NDArray[np.floating]) -> None:
    """Write class probabilities (repetitions, n, classes) with the truth they are held against.

    Where there is one subject, each trial counts as an independent unit.
    """
    numbers = np.arange(len(targets.labels)).astype(np.str_)
    np.savez(
        path,
        y_true=targets.labels.astype(np.int32),
        probability=probability.astype(np.float32),
        group=targets.subjects if targets.unit == "subject" else numbers,
        classes=np.array(targets.classes),
        unit=np.array(targets.unit),
        subjects=np.array(targets.subject_count),
    )
