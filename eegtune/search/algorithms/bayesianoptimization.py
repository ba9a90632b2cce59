"""Bayesian optimization with a Gaussian process, or with trees in its place.

Starts with a Sobol sequence, then suggests where the expected improvement is largest. Outcome
constraints have processes of their own; several objectives are weighted anew for every
suggestion (ParEGO, Knowles 2006). The process is averaged over the lengthscales and the noise that
up to 150 results allow, so that few do not make it too sure (Snoek et al. 2012). Running trials
are believed to turn out as expected. Beyond 300 trials the model sees the 100 best, the 50 newest
and a random part of the others.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from eegtune.search.algorithms.sobol import add_sobol, sobol_units
from eegtune.search.history import Record, State
from eegtune.search.one_thread import on_one_thread
from eegtune.search.problem import Problem
from eegtune.search.round import Round
from eegtune.search.sequence import add_random
from eegtune.spec.setting_rules import SettingRule

if TYPE_CHECKING:
    from eegtune.search.ensembles import Ensemble
    from eegtune.search.gaussian_process.averaging import AveragedProcess
    from eegtune.search.gaussian_process.kernel import Array
    from eegtune.search.gaussian_process.model import Model
    from eegtune.search.gaussian_process.regression import GaussianProcess

    AnyModel = Model[AveragedProcess] | Model[Ensemble]

SETTINGS: tuple[SettingRule, ...] = (
    SettingRule(
        "base_estimator", "choice", "GP",
        "The model: GP, or trees: RF (random forest), ET (extra trees), GBRT (boosted quantiles).",
        choices=("GP", "RF", "ET", "GBRT"), in_katib=True,
    ),
    SettingRule(
        "n_initial_points", "int", 10, "Sobol points before the model.", low=0, in_katib=True
    ),
    SettingRule(
        "acq_func", "choice", "EI", "What is maximized; gp_hedge takes EI, LCB and PI in turn.",
        choices=("EI", "LCB", "PI", "gp_hedge"), in_katib=True,
    ),
    SettingRule(
        "acq_optimizer", "choice", "auto", "Accepted; candidates are sampled and refined.",
        choices=("auto", "sampling", "lbfgs"), in_katib=True,
    ),
)  # fmt: skip
_HEDGE = ("EI", "LCB", "PI")


def check(problem: Problem) -> None:
    """Accept any problem."""


def propose(round_: Round) -> None:
    """Add points of the sequence at first, then of the model."""
    while round_.is_open:
        if len(round_.known.completed) < round_.problem.options["n_initial_points"]:
            add_start(round_)
        else:
            add_from_model(round_, round_.problem.options["acq_func"])


def add_start(round_: Round) -> None:
    """Choose the Sobol sequence's next point."""
    row = sobol_units(round_.problem, round_.index, 1)[0]
    add_sobol(round_, round_.problem.space.decode(row))


@on_one_thread
def add_from_model(round_: Round, acquisition: str) -> None:
    """Fit the model and choose as many points as are still asked for."""
    completed = round_.known.completed
    if not any(record.state is State.FINISHED for record in completed):
        add_random(round_)
        return
    from eegtune.search.gaussian_process.snapping import positions

    model: AnyModel | None = None
    while round_.is_open:
        if model is None or len(round_.problem.goals) > 1:
            model = build_model(round_, completed)
        pending = positions(round_.problem, round_.known.pending)
        add_best(round_, model.believing(pending), acquisition)


def build_model(round_: Round, completed: tuple[Record, ...]) -> AnyModel:
    """Fit what the setting `base_estimator` names; `auto`, which has none, takes the process."""
    kind = str(round_.problem.options.get("base_estimator") or "GP")
    if kind != "GP":
        return _grow(round_, completed, kind)
    return build_process(round_, completed).averaged(round_.seed("hyperparameters"))


def build_process(round_: Round, completed: tuple[Record, ...]) -> Model[GaussianProcess]:
    """Fit the processes, to weighted losses where there are several objectives."""
    from eegtune.search.gaussian_process.model import fit_model

    return fit_model(round_.problem, completed, scalar_losses(round_, completed))


def _grow(round_: Round, completed: tuple[Record, ...], kind: str) -> Model[Ensemble]:
    """Fit trees; processes remain for outcome constraints."""
    from eegtune.search.ensembles import Ensemble
    from eegtune.search.gaussian_process.model import fit_model_with
    from eegtune.search.gaussian_process.warping import USUAL_OFFSET, warp

    axes = round_.problem.space.axes
    sizes = tuple(0 if axis.is_ordered else axis.size or 0 for axis in axes)
    seed = round_.seed("trees") % 2**32

    def fit(units: Array, above: Array, weights: Array) -> Ensemble:
        return Ensemble(units, warp(above, USUAL_OFFSET).values, weights, sizes, kind, seed)

    losses = scalar_losses(round_, completed)
    return fit_model_with(round_.problem, completed, losses, fit)


def scalar_losses(round_: Round, completed: tuple[Record, ...]) -> Array:
    """Return one loss a record; not a number where it failed."""
    import numpy as np

    goals = len(round_.problem.goals)
    nothing = (np.nan,) * goals
    losses = np.array([record.losses or nothing for record in completed], dtype=float)
    if goals == 1:
        return np.asarray(losses[:, 0])
    lowest, highest = np.nanmin(losses, axis=0), np.nanmax(losses, axis=0)
    scaled = (losses - lowest) / np.where(highest > lowest, highest - lowest, 1.0)
    weights = np.random.default_rng(round_.seed("weights")).dirichlet(np.ones(goals))
    weighted = scaled * weights
    return np.asarray(weighted.max(axis=1) + 0.05 * weighted.sum(axis=1))


def add_best(round_: Round, model: AnyModel, acquisition: str) -> None:
    """Choose the admissible candidate that the acquisition function likes best."""
    import numpy as np

    from eegtune.search.gaussian_process.candidates import search
    from eegtune.search.gaussian_process.snapping import decode

    generator = np.random.default_rng(round_.seed("candidates"))
    score = make_score(
        model, _HEDGE[round_.index % 3] if acquisition == "gp_hedge" else acquisition
    )
    for row in search(round_.problem, score, model.leaders(), generator):
        point = round_.admit(decode(round_.problem, row))
        if point is not None:
            round_.add(point)
            return
    add_random(round_)


def make_score(
    model: AnyModel, acquisition: str, best: float | None = None
) -> Callable[[Array], Array]:
    """Return the acquisition function over positions.

    Args:
        model: The model.
        acquisition: EI, LCB or PI.
        best: What is to be improved on; by default what is expected of the best known point.
    """
    if best is None:
        leader_mean, _ = model.loss.posterior(model.leaders()[:1])
        best = float(leader_mean[0])
    return partial(_score, model, acquisition, best)


def _score(model: AnyModel, acquisition: str, target: float, points: Array) -> Array:
    import numpy as np

    from eegtune.search.gaussian_process import acquisition as functions

    mean, variance = model.loss.posterior(points)
    deviation = np.sqrt(variance)
    feasible = model.log_feasibility(points)
    if acquisition == "PI":
        return functions.probability_of_improvement(mean, deviation, target) + feasible
    if acquisition == "LCB":
        return functions.lower_confidence_bound(mean, deviation) + feasible
    return functions.log_expected_improvement(mean, deviation, target) + feasible
