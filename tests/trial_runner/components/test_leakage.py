"""Persons are easy to recognise, and each has one label drawn at random: nothing can be learnt.

A split that tears a person apart would score far above chance here. One grouped by subject scores
around chance, for every component that learns labels.
"""

from __future__ import annotations

import importlib
from pathlib import Path

import numpy as np
import pytest

from trial_runner.arguments import parse_arguments
from trial_runner.components.sleep.classifiers import TreeSettings, fit_predict
from trial_runner.data.splits import Fold
from trial_runner.features.band_power import log_band_power
from trial_runner.scoring.cross_validation import grouped_folds
from trial_runner.scoring.metrics import auroc
from trial_runner.simulation import CohortPlan, simulate_cohort

PLAN = CohortPlan(
    subjects=16, windows=12, window_seconds=2.0, subject_spread=0.6,
    alpha_effect=0.0, beta_effect=0.0,
    labels="subject",
)  # fmt: skip
TREES = TreeSettings("rf", 30, 12, 0.1, 1.0, 0.0, 1.0, 0.3, 0.0, 0.0)


@pytest.fixture(autouse=True)
def _artefacts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARTEFACTS", str(tmp_path))


def _mean_auroc(folds: list[Fold], seed: int) -> float:
    windows = simulate_cohort(
        CohortPlan(**{name: getattr(PLAN, name) for name in PLAN.__slots__} | {"seed": seed})
    )
    features, labels = log_band_power(windows), windows.targets.labels
    said = np.zeros((len(labels), 2))
    for fold in folds or grouped_folds(windows.targets, 4, seed):
        said[fold.validation] = fit_predict(
            TREES, features[fold.training], labels[fold.training], features[fold.validation], 2, 0
        )
    return auroc(labels, said)


def test_a_torn_subject_would_be_noticed() -> None:
    rows = np.arange(PLAN.subjects * PLAN.windows)
    torn = [Fold(rows[rows % 4 != fold], rows[rows % 4 == fold]) for fold in range(4)]
    assert _mean_auroc(torn, 0) > 0.85


def test_trees_on_grouped_folds_score_at_chance() -> None:
    scores = [_mean_auroc([], seed) for seed in range(4)]
    # 16 subjects of one label each: one cohort scatters by about 0.15, the mean of four by 0.08.
    assert abs(np.mean(scores) - 0.5) < 0.2


@pytest.mark.parametrize(
    ("component", "package", "arguments"),
    [("automl", "flaml", ("--folds=4", "--inner_folds=2", "--estimators=lrl1",
                          "--time_budget_seconds=4"))],
)  # fmt: skip
def test_components_score_at_chance(
    component: str, package: str, arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip(package)
    declared = importlib.import_module(f"trial_runner.components.{component}").COMPONENT
    module, _, function = declared.entry.partition(":")
    data = "simulation:subjects=24,windows=6,window_seconds=1,alpha_effect=0,beta_effect=0"
    argv = [f"--data={data},labels=subject", "--cache=none", *arguments]
    getattr(importlib.import_module(module), function)(parse_arguments(declared, argv))
    words = capsys.readouterr().out.splitlines()[-1].split()
    score = float(next(word for word in words if word.startswith("val_auroc=")).partition("=")[2])
    assert abs(score - 0.5) < 0.35


@pytest.mark.parametrize("seed", range(20))
def test_no_seed_tears_a_subject(seed: int) -> None:
    targets = simulate_cohort(CohortPlan(subjects=9, windows=4, window_seconds=0.5)).targets
    for fold in grouped_folds(targets, 3, seed):
        training, validation = (set(targets.subjects[rows]) for rows in fold)
        assert not training & validation
