"""Rest against arithmetic, each person left out once: default beside tuned, with intervals.

    python benchmarks/torch_left_out.py ../shared/data/eegmat --out rows.jsonl [--trials 16]

Nested: one person is left out, `multivariate-tpe` searches linear_probe's shipped Experiment on
folds of all others, the best of its trials and the default are trained on all of them and score
the person once. A person's AUROC is over that person's windows; intervals are bootstraps over
persons. Rows of `--out` are kept, and the next call goes on after them.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from eegtune.search import suggest
from eegtune.spec.loading import load_experiment
from eegtune.spec.trial import Trial, TrialCondition
from trial_runner.arguments import Arguments, parse_arguments
from trial_runner.components.linear_probe import COMPONENT
from trial_runner.components.linear_probe.cross_validation import Best, cross_validate
from trial_runner.components.linear_probe.held_out import retrain
from trial_runner.components.linear_probe.settings import head_shape, training_settings
from trial_runner.data.catalogue import find_data
from trial_runner.data.load import PartOfData, open_part
from trial_runner.data.splits import Fold
from trial_runner.data.windows import Targets
from trial_runner.features.extract import fold_features
from trial_runner.scoring.cross_validation import grouped_folds
from trial_runner.scoring.intervals import interval_of
from trial_runner.scoring.metrics import auroc
from trial_runner.seeding import trial_seed

EXPERIMENT = Path(__file__).parents[1] / "manifests/experiments/linear_probe/bayesian.yaml"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder")
    parser.add_argument("--data", default="eegmat")
    parser.add_argument("--trials", type=int, default=16)
    parser.add_argument("--folds", type=int, default=3)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--cache", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    import torch

    torch.set_num_threads(1)
    source = find_data(given.data, given.folder)
    whole = source._replace(entry=source.entry.model_copy(update={"test_subjects_share": None}))
    data = open_part(whole, "development", given.cache)
    known = given.out.read_text().splitlines() if given.out.is_file() else []
    done = {json.loads(line)["subject"] for line in known}
    for subject in sorted(set(data.targets.subjects.tolist()) - done):
        row = leave_out(data, subject, given.trials, given.folds, given.seeds)
        with given.out.open("a") as stream:
            print(json.dumps(row), file=stream)
        print(row, flush=True)
    print(report([json.loads(line) for line in given.out.read_text().splitlines()]))


def leave_out(
    data: PartOfData, subject: str, trials: int, folds: int, seeds: int
) -> dict[str, Any]:
    """Tune without one person; return the person's AUROC by the default and the tuned one."""
    started, targets = time.process_time(), data.targets
    others, own = (np.flatnonzero((targets.subjects == subject) == there) for there in (0, 1))
    part = Targets(
        targets.labels[others], targets.subjects[others], targets.blocks[others], targets.classes
    )
    inner = [
        Fold(others[fold.training], others[fold.validation])
        for fold in grouped_folds(part, folds, 0)
    ]
    experiment, history = load_experiment(EXPERIMENT), []
    for number in range(trials):
        (point,) = suggest(experiment, history, count=1).suggestions
        found = _cross_validated(data, _arguments(point.assignments), inner)
        metrics = {"val_auroc": found.auroc}
        history.append(Trial(f"t{number}", point.assignments, TrialCondition.SUCCEEDED, metrics))
    best = max(history, key=lambda trial: trial.metrics["val_auroc"])
    default = _cross_validated(data, _arguments({}), inner)
    return {
        "subject": subject,
        "default": _score(data, _arguments({}), inner, others, own, seeds),
        "tuned": _score(data, _arguments(best.assignments), inner, others, own, seeds),
        "default_inner": default.auroc,
        "tuned_inner": best.metrics["val_auroc"],
        "features": best.assignments["features"],
        "cpu_seconds": round(time.process_time() - started, 1),
    }


def _arguments(assignments: Mapping[str, str]) -> Arguments:
    words = [f"--{name}={value}" for name, value in assignments.items()]
    return parse_arguments(COMPONENT, ["--data=eegmat", *words])


def _cross_validated(data: PartOfData, arguments: Arguments, folds: list[Fold]) -> Best:
    features = fold_features(data, arguments.text("features"), [fold.training for fold in folds])
    return cross_validate(
        features, data.targets.labels, folds,
        head_shape(arguments, features.shape[2], len(data.targets.classes)),
        training_settings(arguments), _seed(arguments), lambda _: None,
    )  # fmt: skip


def _score(
    data: PartOfData, arguments: Arguments, inner: list[Fold], others: np.ndarray,
    own: np.ndarray, seeds: int,
) -> float:  # fmt: skip
    epochs = _cross_validated(data, arguments, inner).epoch
    (features,) = fold_features(data, arguments.text("features"), [others])
    said = retrain(
        features[others], data.targets.labels[others], features[own],
        head_shape(arguments, features.shape[1], len(data.targets.classes)),
        training_settings(arguments), epochs, _seed(arguments), seeds,
    ).probabilities  # fmt: skip
    labels = data.targets.labels[own]
    return float(np.mean([auroc(labels, one.astype(np.float64)) for one in said]))


def _seed(arguments: Arguments) -> int:
    return trial_seed(0, arguments.hyperparameters, arguments.component.resource, 0)


def report(rows: list[dict[str, Any]]) -> str:
    """Return default, tuned and their difference over persons, with 95 % intervals."""
    default, tuned = (np.array([row[name] for row in rows]) for name in ("default", "tuned"))
    drawn = np.random.default_rng(0).integers(len(rows), size=(10_000, len(rows)))
    lines = [
        "| person left out | default | tuned | tuned, on the others' folds |",
        "| --- | ---: | ---: | ---: |",
        *(
            f"| {row['subject']} | {row['default']:.3f} | {row['tuned']:.3f} | "
            f"{row['tuned_inner']:.3f} |"
            for row in rows
        ),
    ]
    for name, values in (
        ("default", default),
        ("tuned", tuned),
        ("tuned - default", tuned - default),
    ):
        one = interval_of(float(values.mean()), values[drawn].mean(axis=1), len(rows))
        lines.append(f"{name}: {one.value:.3f} [{one.low:.3f}, {one.high:.3f}]")
    inner = np.mean([row["tuned_inner"] for row in rows])
    return "\n".join([*lines, f"tuning score of the chosen: {inner:.3f}"])


if __name__ == "__main__":
    main()
