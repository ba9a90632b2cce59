"""Tree-structured Parzen estimator, each parameter for itself (Bergstra et al. 2011).

Optuna's sampler over a study that is rebuilt at each call; running trials count as bad ones
(constant liar), failed ones have the worst value seen and break a constraint.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from eegtune.search.history import Record, State, loss_matrix
from eegtune.search.problem import Problem
from eegtune.search.round import Round
from eegtune.search.seeds import derive_seed
from eegtune.search.sequence import add_random
from eegtune.search.space import Point
from eegtune.search.study import from_position, model_study, position_distribution
from eegtune.spec.setting_rules import SettingRule

if TYPE_CHECKING:
    from optuna import Study
    from optuna.samplers import TPESampler

    from eegtune.search.estimator import Columns

__all__ = ["SETTINGS", "ask", "build_sampler", "check", "model_study", "propose", "propose_tpe"]

SETTINGS: tuple[SettingRule, ...] = (
    SettingRule(
        "n_startup_trials", "int", 10, "Random trials before the model.", low=0, in_katib=True
    ),
    SettingRule("n_ei_candidates", "int", 24, "Candidates per suggestion.", low=1, in_katib=True),
    SettingRule(
        "n_EI_candidates", "int", None, "Katib's other name of n_ei_candidates.", low=1,
        in_katib=True,
    ),
    SettingRule(
        "gamma", "float", None, "The best gamma * sqrt(n) of n trials count as good; "
        "by default a tenth of them, at most 25.", low=0, high=1, is_open=True, in_katib=True,
    ),
    SettingRule(
        "prior_weight", "float", 1.0, "How much the uniform prior counts.", low=0, is_open=True,
        in_katib=True,
    ),
)  # fmt: skip

# Beyond so many trials the estimator sees a part of them.
LARGEST_ESTIMATE = 350
_NEWEST, _BEST = 100, 75


def check(problem: Problem) -> None:
    """Accept any problem."""


def propose(round_: Round) -> None:
    """Add points that the estimator prefers."""
    propose_tpe(round_, multivariate=False)


def propose_tpe(round_: Round, *, multivariate: bool) -> None:
    """Add points of the estimator, over single parameters or all together."""
    while round_.is_open and (
        len(round_.known.completed) < round_.problem.options["n_startup_trials"]
    ):
        add_random(round_)
    if not round_.is_open:
        return
    study = model_study(round_.problem, relevant(round_.problem, round_.known.records))
    columns = read_columns(round_.problem)
    while round_.is_open:
        # The study keeps the points that were asked for as running trials.
        study.sampler = build_sampler(round_, columns, multivariate=multivariate)
        if not round_.add_first(partial(ask, study, round_.problem)):
            add_random(round_)


def relevant(problem: Problem, records: tuple[Record, ...]) -> list[Record]:
    """Return what the estimator needs of a long history: the best, the newest, some others.

    It compares the best (at most 25, or a tenth with several objectives) with all others; a
    sample of the others has the same density and keeps a call short.
    """
    import numpy as np

    completed = [i for i, record in enumerate(records) if record.state is not State.PENDING]
    if len(completed) <= LARGEST_ESTIMATE:
        return list(records)
    kept = {i for i, record in enumerate(records) if record.state is State.PENDING}
    kept.update(completed[-_NEWEST:])
    kept.update(_best(records))
    lottery = np.random.default_rng(derive_seed(problem.seed, "sample")).random(len(records))
    for place in np.argsort(lottery, kind="stable").tolist():
        if len(kept) >= LARGEST_ESTIMATE:
            break
        kept.add(place)
    return [records[i] for i in sorted(kept)]


def _best(records: tuple[Record, ...]) -> list[int]:
    finished = [i for i, r in enumerate(records) if r.state is State.FINISHED]
    feasible = [i for i in finished if records[i].violation <= 0]
    if not feasible:
        return sorted(finished, key=lambda i: records[i].violation)[:_BEST]
    if len(records[feasible[0]].losses) == 1:
        return sorted(feasible, key=lambda i: records[i].losses[0])[:_BEST]
    from eegtune.search.pareto import select_elite

    chosen = select_elite(loss_matrix([records[i] for i in feasible]), _BEST)
    return [feasible[int(number)] for number in chosen]


def read_columns(problem: Problem) -> Columns:
    """Return what samplers of one study share."""
    from eegtune.search.estimator import Columns

    return Columns({axis.name: position_distribution(axis) for axis in problem.space.axes})


def build_sampler(
    round_: Round, columns: Columns, *, multivariate: bool, salt: int = 0
) -> TPESampler:
    """Return Optuna's sampler with the Experiment's settings."""
    from eegtune.search.estimator import ListSampler

    options = round_.problem.options
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ListSampler(
            columns,
            n_startup_trials=0,
            n_ei_candidates=options.get("n_EI_candidates") or options["n_ei_candidates"],
            prior_weight=options.get("prior_weight", 1.0),
            gamma=_good_count(options.get("gamma")),
            seed=round_.seed(salt),
            multivariate=multivariate,
            group=multivariate and bool(round_.problem.rules.conditions),
            constant_liar=True,
        )


def _good_count(gamma: float | None) -> Callable[[int], int] | None:
    """Return hyperopt's rule for how many trials are good; None for Optuna's own."""
    if gamma is None:
        return None
    return lambda count: min(math.ceil(gamma * math.sqrt(count)), 25)


def ask(study: Study, problem: Problem, attempt: int = 0) -> Point:
    """Draw one point from a study's sampler."""
    space = {axis.name: position_distribution(axis) for axis in problem.space.axes}
    trial = study.ask(space)
    return tuple(from_position(axis, trial.params[axis.name]) for axis in problem.space.axes)
