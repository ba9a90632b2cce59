"""Tree-structured Parzen estimator, each parameter for itself (Bergstra et al. 2011).

Optuna's sampler over a study that is rebuilt at each call; running trials count as bad ones
(constant liar), failed ones have the worst value seen and break a constraint.
"""

from __future__ import annotations

import warnings
from functools import partial
from typing import TYPE_CHECKING

from eegtune.search.problem import Problem
from eegtune.search.round import Round
from eegtune.search.sequence import add_random
from eegtune.search.space import Point
from eegtune.search.study import from_position, model_study, position_distribution
from eegtune.spec.setting_rules import SettingRule

if TYPE_CHECKING:
    from optuna import Study
    from optuna.samplers import TPESampler

__all__ = ["SETTINGS", "ask", "build_sampler", "check", "model_study", "propose", "propose_tpe"]

SETTINGS: tuple[SettingRule, ...] = (
    SettingRule(
        "n_startup_trials", "int", 10, "Random trials before the model.", low=0, in_katib=True
    ),
    SettingRule("n_ei_candidates", "int", 24, "Candidates per suggestion.", low=1, in_katib=True),
)  # fmt: skip


def check(problem: Problem) -> None:
    """Accept any problem."""


def propose(round_: Round) -> None:
    """Add points that the estimator prefers."""
    propose_tpe(round_, multivariate=False)


def propose_tpe(round_: Round, *, multivariate: bool) -> None:
    """Add points of the estimator, over single parameters or all together."""
    while round_.is_open:
        if len(round_.known.completed) < round_.problem.options["n_startup_trials"]:
            add_random(round_)
            continue
        sampler = build_sampler(round_, multivariate=multivariate)
        study = model_study(round_.problem, round_.known.records, sampler)
        if not round_.add_first(partial(ask, study, round_.problem)):
            add_random(round_)


def build_sampler(round_: Round, *, multivariate: bool, salt: int = 0) -> TPESampler:
    """Return Optuna's sampler with the Experiment's settings."""
    from optuna.samplers import TPESampler

    options = round_.problem.options
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return TPESampler(
            n_startup_trials=0,
            n_ei_candidates=options["n_ei_candidates"],
            seed=round_.seed(salt),
            multivariate=multivariate,
            group=multivariate and bool(round_.problem.rules.conditions),
            constant_liar=True,
        )


def ask(study: Study, problem: Problem, attempt: int = 0) -> Point:
    """Draw one point from a study's sampler."""
    space = {axis.name: position_distribution(axis) for axis in problem.space.axes}
    trial = study.ask(space)
    return tuple(from_position(axis, trial.params[axis.name]) for axis in problem.space.axes)
