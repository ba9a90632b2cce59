"""From what configurations said about test data to scores and differences: pure functions."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from eegtune.report.evaluation.configurations import Configuration
from eegtune.report.evaluation.results import (
    DEFAULT,
    TUNED,
    Comparison,
    ConfigurationResult,
    Evaluation,
)
from eegtune.spec.experiment import Objective

if TYPE_CHECKING:
    from trial_runner.scoring.measurements import Measurements
    from trial_runner.scoring.predictions import Predictions


@dataclass(frozen=True, slots=True)
class Tuning:
    """The best score of the search."""

    objective: Objective
    value: float

    @property
    def metric(self) -> str:
        """The objective metric."""
        return self.objective.objective_metric_name


def scored(
    chosen: Sequence[Configuration], folders: Mapping[str, Path], tuning: Tuning, time: datetime
) -> tuple[Evaluation, str]:
    """Score what trials left in their folders, and return the test data's hash with it.

    That is what they predicted, or where there are no labels, what they measured.

    Raises:
        PredictionsError: It cannot be read, or is not about the same data.
    """
    from trial_runner.scoring.measurements import FILE_NAME, load_measurements
    from trial_runner.scoring.predictions import load_predictions

    if (folders[TUNED] / FILE_NAME).is_file():
        measured = {name: load_measurements(path / FILE_NAME) for name, path in folders.items()}
        subjects = "\0".join(measured[TUNED].subjects).encode()
        evaluation = evaluation_of_measurements(chosen, measured, tuning, time)
        return evaluation, hashlib.sha256(subjects).hexdigest()
    said = {name: load_predictions(path / "predictions.npz") for name, path in folders.items()}
    return evaluation_of_predictions(chosen, said, tuning, time), data_digest(said[TUNED])


def evaluation_of_measurements(
    chosen: Sequence[Configuration],
    measured: Mapping[str, Measurements],
    tuning: Tuning,
    time: datetime,
) -> Evaluation:
    """Score configurations by a value a test subject, and compare the tuned one with each other.

    Raises:
        PredictionsError: They are not about the same subjects.
    """
    from trial_runner.scoring.measurements import measured_difference, measured_score

    metric, values, subjects = measured[TUNED]
    results = [
        ConfigurationResult(
            each.name,
            dict(each.shown),
            {metric: measured_score(measured[each.name])},
            {metric: tuple(measured[each.name].values.mean(axis=1).tolist())},
        )
        for each in chosen
    ]
    others = [each.name for each in chosen if each.name != TUNED]
    return Evaluation(
        kind="test",
        time=time,
        seeds=len(values),
        unit="subject",
        unit_count=len(subjects),
        trial_count=0,
        subjects=len(subjects),
        configurations=tuple(results),
        comparisons=tuple(
            Comparison(
                TUNED,
                name,
                {metric: measured_difference(measured[TUNED], measured[name])},
            )
            for name in others
        ),
        tuning_metric=tuning.metric,
        tuning_value=tuning.value,
        test_metric=same_metric(tuning.metric, [metric]),
        maximize=tuning.objective.type == "maximize",
    )


def evaluation_of_predictions(
    chosen: Sequence[Configuration],
    predictions: Mapping[str, Predictions],
    tuning: Tuning,
    time: datetime,
) -> Evaluation:
    """Score configurations on the same test data and compare the tuned one with each other.

    Raises:
        PredictionsError: They are not about the same data.
    """
    import numpy as np

    from trial_runner.scoring.differences import paired_differences
    from trial_runner.scoring.intervals import score_intervals
    from trial_runner.scoring.resampling import seed_scores
    from trial_runner.scoring.weighted import metrics_for

    first = predictions[chosen[0].name]
    metrics = metrics_for(len(first.classes))
    results = []
    for each in chosen:
        said = predictions[each.name]
        by_seed = seed_scores(said, metrics, np.ones((1, said.trial_count)))
        results.append(
            ConfigurationResult(
                each.name,
                dict(each.shown),
                score_intervals(said, metrics),
                {name: tuple(values[:, 0].tolist()) for name, values in by_seed.items()},
            )
        )
    comparisons = tuple(
        Comparison(
            TUNED,
            each.name,
            paired_differences(predictions[TUNED], predictions[each.name], metrics),
        )
        for each in chosen
        if each.name != TUNED
    )
    return Evaluation(
        kind="test",
        time=time,
        seeds=first.seed_count,
        unit=first.unit,
        unit_count=first.unit_count,
        trial_count=first.trial_count,
        subjects=first.subjects,
        configurations=tuple(results),
        comparisons=comparisons,
        tuning_metric=tuning.metric,
        tuning_value=tuning.value,
        test_metric=same_metric(tuning.metric, metrics),
        maximize=tuning.objective.type == "maximize",
    )


def evaluation_of_repeats(
    repeats: Mapping[str, Sequence[Mapping[str, float]]],
    parameters: Mapping[str, Mapping[str, str]],
    tuning: Tuning,
    time: datetime,
) -> Evaluation:
    """Compare what two configurations report when they are run again.

    Args:
        repeats: By configuration (`default`, `tuned`), each repeat's metrics.
        parameters: By configuration, its parameters.
        tuning: The best score of the search.
        time: Now.
    """
    from trial_runner.scoring.repeats import mean_difference, mean_score

    metrics = [
        name
        for name in tuning.objective.metric_names
        if all(name in each for several in repeats.values() for each in several)
    ]
    values = {
        name: {metric: tuple(each[metric] for each in several) for metric in metrics}
        for name, several in repeats.items()
    }
    return Evaluation(
        kind="repeats",
        time=time,
        seeds=min(len(several) for several in repeats.values()),
        unit="repeat",
        unit_count=min(len(several) for several in repeats.values()),
        trial_count=0,
        subjects=0,
        configurations=tuple(
            ConfigurationResult(
                name,
                dict(parameters[name]),
                {metric: mean_score(values[name][metric]) for metric in metrics},
                values[name],
            )
            for name in (DEFAULT, TUNED)
        ),
        comparisons=(
            Comparison(
                TUNED,
                DEFAULT,
                {
                    metric: mean_difference(values[TUNED][metric], values[DEFAULT][metric])
                    for metric in metrics
                },
            ),
        ),
        tuning_metric=tuning.metric,
        tuning_value=tuning.value,
        test_metric=tuning.metric,
        maximize=tuning.objective.type == "maximize",
    )


def same_metric(metric: str, known: Sequence[str]) -> str:
    """Return the test metric that measures what a metric of the search does; empty for none.

    >>> same_metric("val_auroc", ["auroc", "accuracy"]), same_metric("val_loss", ["auroc"])
    ('auroc', '')
    """
    bare = metric.lower()
    for prefix in ("val_", "valid_", "validation_", "cv_", "mean_"):
        bare = bare.removeprefix(prefix)
    aliases = {"auc": "auroc", "roc_auc": "auroc", "acc": "accuracy", "macro_f1": "f1"}
    bare = aliases.get(bare, bare)
    return bare if bare in known else ""


def data_digest(predictions: Predictions) -> str:
    """Return a hash of the test data's labels, units and order."""
    digest = hashlib.sha256("\0".join(predictions.classes).encode())
    digest.update(predictions.y_true.astype("<i8").tobytes())
    digest.update(predictions.unit_of.astype("<i8").tobytes())
    return digest.hexdigest()
