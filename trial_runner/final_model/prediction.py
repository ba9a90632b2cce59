"""What a model says about a recording, as CSV and as JSON."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from trial_runner.final_model.model import FinalModel


class Prediction(NamedTuple):
    """Class probabilities of a recording.

    Attributes:
        starts_seconds: (n,) when each window begins; None where rows have no time.
        seconds: Length of a window; None where rows have no time.
        probabilities: (n, classes).
    """

    starts_seconds: NDArray[np.float64] | None
    seconds: float | None
    probabilities: NDArray[np.float64]


def as_csv(model: FinalModel, prediction: Prediction) -> str:
    """Return a table: window, when it is, its likeliest class, the probability of each class."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    times = ["start_seconds", "end_seconds"] if prediction.starts_seconds is not None else []
    writer.writerow(["window", *times, "predicted", *(f"p_{name}" for name in model.classes)])
    for row in _rows(model, prediction):
        when = [row["start_seconds"], row["end_seconds"]] if times else []
        probabilities = [f"{value:.6f}" for value in row["probabilities"].values()]
        writer.writerow([row["window"], *when, row["predicted"], *probabilities])
    return stream.getvalue()


def as_json(model: FinalModel, prediction: Prediction, recording_sha256: str) -> str:
    """Return the same as JSON; the recording is told by its hash, whose name may be a person's."""
    found = {
        "component": model.component,
        "model_files_sha256": dict(model.files),
        "recording_sha256": recording_sha256,
        "classes": list(model.classes),
        "windows": list(_rows(model, prediction)),
    }
    return json.dumps(found, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _rows(model: FinalModel, prediction: Prediction) -> Iterator[dict[str, Any]]:
    for index, said in enumerate(prediction.probabilities):
        row: dict[str, Any] = {"window": index}
        if prediction.starts_seconds is not None and prediction.seconds is not None:
            start = float(prediction.starts_seconds[index])
            row["start_seconds"] = round(start, 6)
            row["end_seconds"] = round(start + prediction.seconds, 6)
        row["predicted"] = model.classes[int(said.argmax())]
        row["probabilities"] = {
            name: round(float(value), 6) for name, value in zip(model.classes, said, strict=True)
        }
        yield row
