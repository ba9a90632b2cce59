"""The faster sampler suggests exactly what Optuna's own does."""

from __future__ import annotations

import random
import warnings
from typing import Any

import pytest
from search_problems import MIXED, finished, make_experiment

from eegtune.search.algorithms import tpe
from eegtune.search.algorithms.tpe import ask, model_study
from eegtune.search.engine import compile_problem
from eegtune.search.estimator import ListSampler
from eegtune.search.history import read_history
from eegtune.search.sequence import random_point
from eegtune.spec.trial import Trial, TrialCondition


def history(problem: Any, count: int, metrics: tuple[str, ...]) -> list[Trial]:
    chance = random.Random(3)
    trials = []
    for number in range(count):
        values = problem.space.assignments(random_point(problem, number))
        found = {metric: chance.gauss(0, 1) for metric in metrics}
        condition = TrialCondition.FAILED if number % 9 == 8 else TrialCondition.SUCCEEDED
        trials.append(finished(number, values, found, condition))
    return [
        *trials[:-3],
        *(Trial(t.name, t.assignments, TrialCondition.RUNNING) for t in trials[-3:]),
    ]


@pytest.mark.parametrize("multivariate", [False, True])
@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"conditions": "dropout: kind == 'deep'; share: units > 16"},
        {"objectives": "loss:min, memory_mb:min"},
        {"outcome_constraints": "memory_mb <= 0.5"},
    ],
)
def test_same_suggestions_as_optunas_sampler(settings: dict[str, str], multivariate: bool) -> None:
    from optuna.samplers import TPESampler

    metrics = ("loss", "memory_mb")
    experiment = make_experiment("tpe", MIXED, settings=settings, metrics=metrics)
    problem = compile_problem(experiment)
    records = read_history(problem, history(problem, 40, metrics)).records
    options: dict[str, Any] = {
        "n_startup_trials": 0,
        "multivariate": multivariate,
        "group": multivariate and "conditions" in settings,
        "constant_liar": True,
    }
    ours, theirs = model_study(problem, records), model_study(problem, records)
    columns = tpe.read_columns(problem)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for seed in range(4):
            ours.sampler = ListSampler(columns, seed=seed, **options)
            theirs.sampler = TPESampler(seed=seed, **options)
            assert ask(ours, problem) == ask(theirs, problem)
