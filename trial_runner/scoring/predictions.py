"""What a model said about data it had not seen: the file that an evaluation leaves."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Unit = Literal["trial", "subject"]
FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

_ARRAYS = ("y_true", "probability", "group", "classes", "unit", "subjects")


class PredictionsError(ValueError):
    """A predictions file is missing, damaged or contradicts itself."""


@dataclass(frozen=True)
class Predictions:
    """Class probabilities of several independently trained models for the same trials.

    Attributes:
        y_true: Index of the true class of every trial, shape (trials,).
        probability: Probability of every class, shape (seeds, trials, classes).
        unit_of: Index of the independent unit that each trial belongs to (its subject, or the
            trial itself where all are of one person), shape (trials,).
        classes: Names of the classes; of two, the second is the positive one.
        unit: What an independent unit is.
        subjects: How many people the trials come from.
    """

    y_true: IntArray
    probability: FloatArray
    unit_of: IntArray
    classes: tuple[str, ...]
    unit: Unit
    subjects: int

    @property
    def trial_count(self) -> int:
        """How many trials were predicted."""
        return int(self.y_true.shape[0])

    @property
    def seed_count(self) -> int:
        """How many models predicted each of them."""
        return int(self.probability.shape[0])

    @property
    def unit_count(self) -> int:
        """How many independent units the trials form."""
        return int(self.unit_of.max()) + 1

    def same_data(self, other: Predictions) -> bool:
        """Say whether both are about the same trials in the same order."""
        return (
            self.classes == other.classes
            and np.array_equal(self.y_true, other.y_true)
            and np.array_equal(self.unit_of, other.unit_of)
        )


def load_predictions(path: Path) -> Predictions:
    """Read and check a predictions file.

    Raises:
        PredictionsError: The file is missing or damaged, or its arrays do not fit together.
    """
    try:
        with np.load(path, allow_pickle=False) as archive:
            absent = [name for name in _ARRAYS if name not in archive]
            if absent:
                raise PredictionsError(f"{path} lacks {', '.join(absent)}")
            arrays = {name: archive[name] for name in _ARRAYS}
    except FileNotFoundError:
        raise PredictionsError(f"{path} does not exist") from None
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        if isinstance(error, PredictionsError):
            raise
        raise PredictionsError(f"{path} cannot be read: {error}") from error
    return make_predictions(**arrays)


def make_predictions(
    y_true: Any, probability: Any, group: Any, classes: Any, unit: Any, subjects: Any
) -> Predictions:
    """Check the arrays of a predictions file and index their units.

    Raises:
        PredictionsError: Shapes, classes or probabilities do not fit together.
    """
    names = tuple(str(name) for name in np.asarray(classes).ravel())
    truth, probabilities = np.asarray(y_true), np.asarray(probability, dtype=np.float64)
    _check_shapes(truth, probabilities, np.asarray(group), len(names))
    unit_name = str(np.asarray(unit).item())
    if unit_name not in ("trial", "subject"):
        raise PredictionsError(f"unit is {unit_name!r}; allowed is 'trial' or 'subject'")
    return Predictions(
        y_true=_class_indices(truth, names),
        probability=probabilities,
        unit_of=_units(np.asarray(group)),
        classes=names,
        unit="subject" if unit_name == "subject" else "trial",
        subjects=int(np.asarray(subjects).item()),
    )


def _check_shapes(
    truth: NDArray[Any], probability: FloatArray, group: NDArray[Any], classes: int
) -> None:
    trials = truth.shape[0] if truth.ndim == 1 else 0
    if trials == 0:
        raise PredictionsError(f"y_true has shape {truth.shape}; expected (trials,), at least one")
    if probability.ndim != 3 or probability.shape[0] == 0:
        raise PredictionsError(
            f"probability has shape {probability.shape}; expected (seeds, trials, classes)"
        )
    if probability.shape[1:] != (trials, classes) or group.shape != (trials,):
        raise PredictionsError(
            f"y_true {truth.shape}, probability {probability.shape}, group {group.shape} and "
            f"{classes} classes do not fit together"
        )
    if not np.isfinite(probability).all():
        raise PredictionsError("probability has values that are not finite")


def _class_indices(truth: NDArray[Any], names: tuple[str, ...]) -> IntArray:
    if np.issubdtype(truth.dtype, np.integer) and truth.min() >= 0 and truth.max() < len(names):
        return truth.astype(np.int64)
    index = {name: position for position, name in enumerate(names)}
    labels = [str(label) for label in truth]
    unknown = sorted(set(labels) - set(index))
    if unknown:
        raise PredictionsError(f"y_true has {unknown[0]!r}; classes are {', '.join(names)}")
    return np.array([index[label] for label in labels], dtype=np.int64)


def _units(group: NDArray[Any]) -> IntArray:
    """Number the groups; trials of a single group are units of their own."""
    codes: IntArray = np.unique(group, return_inverse=True)[1].astype(np.int64).ravel()
    return codes if codes.max() > 0 else np.arange(codes.shape[0], dtype=np.int64)
