"""What is kept of a stager: its trees, the transitions of the training nights, how to read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trial_runner.arguments import Arguments
from trial_runner.components.sleep.classifiers import Trees, fit
from trial_runner.components.sleep.context import signed_log, with_context
from trial_runner.components.sleep.night_features import (
    chosen_channels,
    night_base,
    night_features,
)
from trial_runner.components.sleep.postprocess import Learned, learn, postprocess
from trial_runner.components.sleep.settings import (
    feature_settings,
    smoothing_settings,
    tree_settings,
)
from trial_runner.components.sleep.sources import FeatureNights, NightSource
from trial_runner.components.sleep.spectra import usable_edges
from trial_runner.components.sleep.stored import array_names, read_arrays
from trial_runner.components.sleep.table import FeatureSettings, StageTable
from trial_runner.components.sleep.yasa_stager import yasa_night
from trial_runner.errors import DataError
from trial_runner.final_model.model import FinalModel, keep_arrays, keep_model, keep_pickled
from trial_runner.final_model.prediction import Prediction
from trial_runner.final_model.recording import Cutting, read_continuous
from trial_runner.simulation import Night
from trial_runner.simulation.nights import EPOCH_SECONDS, STAGES

_TREES = "trees.joblib"


def keep(
    arguments: Arguments,
    table: StageTable,
    training: NDArray[np.int64],
    nights: Sequence[NightSource] | FeatureNights,
    seed: int,
    cache: Path | None,
) -> None:
    """Train the first of the scored stagers once more and leave it in the artefacts' folder."""
    trees = fit(
        tree_settings(arguments), table.features[training], table.targets.labels[training], seed
    )
    learned = learn(table.targets, training)
    arrays = {
        "present": trees.present,
        "transitions": learned.transitions,
        "frequencies": learned.frequencies,
        "given_transitions": smoothing_settings(arguments).transitions,
    }

    def write(folder: Path) -> None:
        keep_arrays(folder, arrays)
        keep_pickled(folder, _TREES, trees.model)

    keep_model(arguments, STAGES, _takes(feature_settings(arguments), nights, cache), write)


def predict(model: FinalModel, recording: Path, cutting: Cutting) -> Prediction:
    """Return the probability of each stage in each epoch of 30 s of a night."""
    arguments, arrays = model.trained_with(), model.arrays()
    settings = feature_settings(arguments)
    if model.takes["kind"] == "table":
        rows, nights = _of_table(recording, model.takes, settings)
    else:
        rows = _of_night(recording, model.takes, settings)
        nights = np.full(len(rows), "night")
    trees = Trees(model.unpickled(_TREES), arrays["present"])
    smoothing = smoothing_settings(arguments)._replace(transitions=arrays["given_transitions"])
    learned = Learned(arrays["transitions"], arrays["frequencies"])
    said = postprocess(trees.probabilities(rows, len(STAGES)), nights, learned, smoothing)
    is_one_night = len(np.unique(nights)) == 1
    starts = np.arange(len(said), dtype=np.float64) * EPOCH_SECONDS
    return Prediction(starts if is_one_night else None, float(EPOCH_SECONDS), said)


def _takes(
    settings: FeatureSettings, nights: Sequence[NightSource] | FeatureNights, cache: Path | None
) -> dict[str, Any]:
    if isinstance(nights, FeatureNights):
        return {"kind": "table", "features": nights.features.shape[1]}
    first = nights[0].read()
    kinds = list(chosen_channels(first.channels, settings.channels, nights[0].night))
    if settings.kind == "yasa":  # which brings signals to a rate of its own
        return {"kind": "night", "channels": kinds, "sfreqs_hz": []}
    bases = (night_base(night, settings.channels, cache) for night in nights)
    rates = sorted({round(2 * base.spectra.highest_hz, 3) for base in bases})
    return {"kind": "night", "channels": kinds, "sfreqs_hz": rates}


def _of_night(
    path: Path, takes: Mapping[str, Any], settings: FeatureSettings
) -> NDArray[np.float32]:
    night = _read(path, takes["sfreqs_hz"])
    found = chosen_channels(night.channels, settings.channels, str(path))
    missing = [kind.upper() for kind in takes["channels"] if kind not in found]
    if missing:
        raise DataError(
            f"{path} has no channel of the kind {', '.join(missing)}, which the model was "
            f"trained with. It has {', '.join(night.channels)}"
        )
    kept = settings.channels._replace(
        **{kind: "none" for kind in settings.channels._fields if kind not in takes["channels"]}
    )
    source = NightSource("", str(path), "", lambda: night)
    if settings.kind == "yasa":
        raw = signed_log(yasa_night(source, kept, None)["features"].astype(np.float64))
    else:
        base = night_base(source, kept, None)
        _, edges_hz = usable_edges(settings.edges_hz, min(takes["sfreqs_hz"]) / 2)
        raw = night_features(base, edges_hz)
    return with_context(raw, settings.windows, settings.is_normalised)


def _read(path: Path, rates: Sequence[float]) -> Night:
    """Read a recording at one of the rates of the training, its epochs not scored."""
    read = read_continuous(path, rates)
    epochs = int(read.signal.shape[1] // (EPOCH_SECONDS * read.sfreq_hz))
    if not epochs:
        raise DataError(f"{path} is shorter than one epoch of {EPOCH_SECONDS} s")
    hypnogram = np.full(epochs, -1, np.int64)
    return Night("", read.signal.astype(np.float64), read.channels, read.sfreq_hz, hypnogram)


def _of_table(
    path: Path, takes: Mapping[str, Any], settings: FeatureSettings
) -> tuple[NDArray[np.float32], NDArray[np.str_]]:
    if path.suffix != ".npz":
        raise DataError(
            f"{path}: the model was trained on a table of features; give a .npz file with X "
            "(epochs, features) in time order, and night where there are several"
        )
    names = ("X", *(name for name in ("subject", "night") if name in array_names(path)))
    arrays = read_arrays(path, names)
    features = arrays["X"].astype(np.float64)
    if features.ndim != 2 or features.shape[1] != takes["features"]:
        raise DataError(
            f"{path}: X has shape {features.shape}; the model takes {takes['features']} features"
        )
    if not np.isfinite(features).all():
        raise DataError(f"{path}: X has values that are not finite")
    nothing = np.zeros(len(features))
    parts = [arrays.get(name, nothing).astype(np.str_) for name in ("subject", "night")]
    nights = np.array([f"{subject}/{night}" for subject, night in zip(*parts, strict=True)])
    logarithms, rows = signed_log(features), []
    for night in (order := list(dict.fromkeys(nights.tolist()))):
        own = logarithms[nights == night]
        rows.append(with_context(own, settings.windows, settings.is_normalised))
    table = np.empty((len(features), rows[0].shape[1]), np.float32)
    for night, block in zip(order, rows, strict=True):
        table[nights == night] = block
    return table, nights
