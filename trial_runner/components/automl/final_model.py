"""What is kept of AutoML: the classifier that the first search found, and its features' mean."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trial_runner.arguments import Arguments
from trial_runner.cache import cache_folder
from trial_runner.components.automl.search import Found
from trial_runner.components.automl.tables import Tables
from trial_runner.data.catalogue import find_data
from trial_runner.data.load import open_part
from trial_runner.data.simulated import is_simulated, parse_plan
from trial_runner.final_model.features import fitted_arrays, window_features
from trial_runner.final_model.model import FinalModel, keep_arrays, keep_model, keep_pickled
from trial_runner.final_model.prediction import Prediction
from trial_runner.final_model.recording import Cutting, read_windows, takes_windows
from trial_runner.final_model.rows import read_rows, takes_rows
from trial_runner.simulation import CohortPlan, simulate_cohort

_CLASSIFIER = "classifier.joblib"


def keep(arguments: Arguments, tables: Tables, found: Found, test: NDArray[np.int64]) -> None:
    """Leave the classifier in the artefacts' folder."""
    data, arrays = arguments.options["data"], dict[str, NDArray[Any]]()
    if is_simulated(data):
        made = simulate_cohort(parse_plan(data, CohortPlan))
        takes = takes_windows(made.channels, made.sfreq_hz, made.signal.shape[2], None)
    elif Path(data).suffix == ".npz":
        takes = takes_rows(tables.features(test).shape[1], None)
    else:
        source = find_data(data, arguments.options["data_root"])
        part = open_part(source, "development", cache_folder(arguments.options["cache"]))
        samples = part.windows().signal.shape[2]
        takes = takes_windows(part.channels, part.sfreq_hz, samples, source.entry)
        arrays = fitted_arrays(part, arguments.text("features"))

    def write(folder: Path) -> None:
        keep_arrays(folder, arrays)
        keep_pickled(folder, _CLASSIFIER, found)

    keep_model(arguments, tables.targets.classes, takes, write)


def predict(model: FinalModel, recording: Path, cutting: Cutting) -> Prediction:
    """Return the probabilities of a recording's windows, or of a table's rows."""
    found: Found = model.unpickled(_CLASSIFIER)
    if model.takes["kind"] == "rows":
        rows = read_rows(recording, model.takes)
        return Prediction(None, None, found.probabilities(rows, len(model.classes)))
    cut = read_windows(recording, model.takes, model.classes, cutting)
    feature_set = model.trained_with().text("features")
    features = window_features(cut.windows, feature_set, model.arrays())
    return cut.prediction(found.probabilities(features, len(model.classes)))
