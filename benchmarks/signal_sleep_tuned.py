r"""Sleep stages: tuned against default, in outer folds that tuning never sees.

    python benchmarks/signal_sleep_tuned.py ../shared/data/sleep_edf_features --cache FOLDER
    python benchmarks/signal_sleep_tuned.py ../shared/data/dreams --cache FOLDER \
        --outer 4 --inner 3 --configurations 20

Nested cross-validation grouped by subject. In each outer fold the default, trees on each epoch
alone, and configurations drawn at random from the component's declared space (LightGBM only; for
tables of features, at most 150 trees and a quarter of the features for each, to bound the time;
for signals, the edges of the bands too), each with a grid of smoothing, are scored on inner folds
of the training subjects. The best one, the default and the trees on each epoch alone are then
trained on all of them and scored once on the outer subjects.
"""

from __future__ import annotations

import argparse
import itertools
import json
import math
import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from trial_runner.arguments import Arguments, parse_arguments
from trial_runner.components.sleep import BAND_EDGES, COMPONENT
from trial_runner.components.sleep.settings import feature_settings
from trial_runner.components.sleep.sources import FeatureNights, find_nights, joined
from trial_runner.components.sleep.table import StageTable, stage_table
from trial_runner.components.sleep.trial import predictor
from trial_runner.data.files import Part
from trial_runner.data.splits import Fold
from trial_runner.hyperparameters import Hyperparameter, format_value
from trial_runner.scoring.cross_validation import nested_folds
from trial_runner.scoring.staging import staging_scores
from trial_runner.simulation.nights import STAGES

PARTS: tuple[Part, ...] = ("development", "test")
FIXED = {"classifier": "lgb"}
NARROWED = {"colsample_bytree": (0.1, 0.25), "n_estimators": (50, 150), "max_depth": (3, 8)}
SEARCHED = (
    "night_normalisation", "neighbour_epochs", "context_epochs", "long_epochs", "n_estimators",
    "max_depth", "learning_rate", "min_child_weight", "subsample", "colsample_bytree",
    "reg_alpha", "reg_lambda",
)  # fmt: skip
SMOOTHING = [
    {"hmm": hmm, "hmm_weight": weight, "smoothing_epochs": width, **bouts}
    for (hmm, weight), width, bouts in itertools.product(
        (("off", 1.0), ("learned", 0.25), ("learned", 0.5), ("learned", 1.0)),
        (0, 1, 2),
        ({}, {"min_bout_n2": 1, "min_bout_n3": 1, "min_bout_rem": 1}),
    )
]


# What anyone would try first: each epoch by itself, no smoothing.
PLAIN = {
    "night_normalisation": "no", "neighbour_epochs": 0, "context_epochs": 0, "long_epochs": 0,
    "min_bout_n2": 1, "min_bout_n3": 1, "min_bout_rem": 1,
}  # fmt: skip
EDGES = tuple(edge.name for edge in BAND_EDGES)


def draw(tables: Tables, rng: np.random.Generator) -> dict[str, str]:
    """Draw one configuration of features and trees."""
    declared = {parameter.name: parameter for parameter in COMPONENT.hyperparameters}
    narrowed, names = (NARROWED, SEARCHED) if tables.are_features else ({}, (*SEARCHED, *EDGES))
    return FIXED | {name: _draw_one(declared[name], narrowed, rng) for name in names}


def _draw_one(
    parameter: Hyperparameter,
    narrowed: Mapping[str, tuple[float, float]],
    rng: np.random.Generator,
) -> str:
    if parameter.kind == "categorical":
        return format_value(parameter.choices[rng.integers(len(parameter.choices))])
    assert parameter.low is not None
    assert parameter.high is not None
    low, high = narrowed.get(parameter.name, (parameter.low, parameter.high))
    if parameter.kind == "int":
        step = int(parameter.step or 1)
        return str(int(low) + step * int(rng.integers((int(high) - int(low)) // step + 1)))
    if parameter.step:
        steps = round((high - low) / float(parameter.step))
        return format_value(low + float(parameter.step) * int(rng.integers(steps + 1)))
    if parameter.log:
        return format_value(float(math.exp(rng.uniform(math.log(low), math.log(high)))))
    return format_value(float(rng.uniform(low, high)))


def arguments_of(configuration: dict[str, object], data: str) -> Arguments:
    """Return the configuration as a trial's arguments."""
    words = [f"--{name}={value}" for name, value in configuration.items()]
    return parse_arguments(COMPONENT, [f"--data={data}", *words])


class Tables:
    """Feature tables of all subjects, the last few kept."""

    def __init__(self, data: str, cache: Path) -> None:
        self._cache = cache
        self._nights = joined(*(find_nights(data, part, cache) for part in PARTS))
        self._kept: dict[str, StageTable] = {}

    @property
    def are_features(self) -> bool:
        """Whether the data are features already, which have no bands any more."""
        return isinstance(self._nights, FeatureNights)

    def of(self, arguments: Arguments) -> StageTable:
        """Return the table that a trial with these arguments makes."""
        settings = feature_settings(arguments)
        key = repr(settings)
        if key not in self._kept:
            if len(self._kept) >= 2:
                self._kept.pop(next(iter(self._kept)))
            self._kept[key] = stage_table(self._nights, settings, self._cache)
        return self._kept[key]


def stages(
    configuration: dict[str, object], tables: Tables, fold: Fold, data: str, cache: Path
) -> np.ndarray:
    arguments = arguments_of(configuration, data)
    return predictor(arguments, tables.of(arguments), 0, cache)(fold).argmax(axis=1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data")
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--outer", type=int, default=5)
    parser.add_argument("--inner", type=int, default=2)
    parser.add_argument("--configurations", type=int, default=5)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    started = time.time()
    tables = Tables(given.data, given.cache)
    targets = tables.of(arguments_of({}, given.data)).targets
    rng = np.random.default_rng(given.seed)
    said: dict[str, list[np.ndarray]] = {"plain": [], "default": [], "tuned": []}
    truth: list[np.ndarray] = []
    chosen: list[dict[str, object]] = []
    for number, nest in enumerate(nested_folds(targets, given.outer, given.inner, given.seed)):
        drawn: list[dict[str, object]] = [
            dict(draw(tables, rng)) for _ in range(given.configurations)
        ]
        candidates: list[dict[str, object]] = [{}, PLAIN, *drawn]
        inner_truth = np.concatenate([targets.labels[fold.validation] for fold in nest.inner])
        best: tuple[float, dict[str, object]] = (-1.0, {})
        for candidate in candidates:
            # Trees once for each candidate; the smoothing then costs next to nothing.
            for smoothing in SMOOTHING:
                configuration: dict[str, object] = {**candidate, **smoothing}
                predicted = np.concatenate(
                    [
                        stages(configuration, tables, fold, given.data, given.cache)
                        for fold in nest.inner
                    ]
                )
                kappa = staging_scores(inner_truth, predicted, STAGES)["kappa"]
                if kappa > best[0]:
                    best = (kappa, configuration)
        chosen.append(best[1])
        truth.append(targets.labels[nest.outer.validation])
        for name, configuration in (("plain", PLAIN), ("default", {}), ("tuned", best[1])):
            said[name].append(stages(configuration, tables, nest.outer, given.data, given.cache))
        scores = {
            name: staging_scores(truth[-1], said[name][-1], STAGES)["kappa"] for name in said
        }
        print(f"outer fold {number + 1}: inner kappa {best[0]:.4f}, outer default "
              f"{scores['default']:.4f}, tuned {scores['tuned']:.4f}; {best[1]}; "
              f"{time.time() - started:.0f} s", flush=True)  # fmt: skip
    result = {
        name: staging_scores(np.concatenate(truth), np.concatenate(parts), STAGES)
        for name, parts in said.items()
    }
    for name, scores in result.items():
        print(f"{name:8s} kappa {scores['kappa']:.4f} accuracy {scores['accuracy']:.4f} "
              f"macro-F1 {scores['f1_macro']:.4f}")  # fmt: skip
    print(f"{time.time() - started:.0f} s")
    if given.out:
        given.out.write_text(json.dumps({"scores": result, "chosen": chosen}, indent=2))


if __name__ == "__main__":
    main()
