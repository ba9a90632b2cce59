"""`auto`: the strategy that fits the Experiment, and what evaluations are spent on.

The way is chosen from what the Experiment says, and the answer says why:

- a finite space that fits into maxTrialCount: every point once (grid);
- a budget parameter (setting `resource`): bohb;
- several objectives: the Gaussian process while there are few trials, then nsga2;
- more than 500 trials: the Gaussian process at first, then cmaes on numbers, else tpe;
- otherwise the Gaussian process with evaluations of leaders.

Results are noisy, so the best result is partly luck. After 20 results every suggestion is the
one that is expected to improve the final choice most: a new configuration, or one of the leaders
again (label `eegtune.dev/replicate`), within the same number of trials (knowledge gradient of
correlated beliefs, Frazier et al. 2009; at most a third of the trials after the first 20 are
repeats). `choose_best` then chooses by the pooled estimate. Where repeats return exactly the same
value there is no noise, and none is repeated again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from eegtune.search.algorithms import bayesianoptimization as bayes
from eegtune.search.algorithms import bohb, cmaes, grid, nsga2, tpe
from eegtune.search.history import Record, State
from eegtune.search.one_thread import on_one_thread
from eegtune.search.problem import Problem
from eegtune.search.round import Round
from eegtune.search.settings import RESOURCE
from eegtune.spec.setting_rules import SettingRule

if TYPE_CHECKING:
    from eegtune.search.gaussian_process.averaging import AveragedProcess
    from eegtune.search.gaussian_process.estimates import Estimates
    from eegtune.search.gaussian_process.kernel import Array
    from eegtune.search.gaussian_process.model import Model
    from eegtune.search.gaussian_process.regression import GaussianProcess

SETTINGS: tuple[SettingRule, ...] = (
    SettingRule("n_initial_points", "int", 10, "Sobol points before the model.", low=2),
    SettingRule("replicates", "flag", True, "Whether leaders may be evaluated again."),
    SettingRule("n_ei_candidates", "int", 24, "Candidates of tpe.", low=1),
    SettingRule("random_fraction", "float", 1 / 3, "Of bohb.", low=0, high=1),
    SettingRule("population_size", "int", None, "Of nsga2 and cmaes.", low=4),
    *RESOURCE,
)
REPLICATE_LABEL = "eegtune.dev/replicate"
_REPLICATES_FROM = 20
# What looks one step ahead repeats too much where noise is strong: a bound on the share.
_LARGEST_REPEATED_SHARE = 1 / 3
_MODEL_UP_TO = 500
_MODEL_UP_TO_OBJECTIVES = 150


def check(problem: Problem) -> None:
    """Refuse what the chosen way refuses."""
    if problem.options["resource"]:
        bohb.check(problem)


def choose_way(problem: Problem, completed: int) -> tuple[str, str]:
    """Return the algorithm to use now, and why."""
    trials = problem.experiment.spec.max_trial_count
    size = problem.space.size
    if problem.options["resource"] and len(problem.goals) == 1:
        return "bohb", f"{problem.options['resource']} is a budget: cheap trials sort out most"
    if trials is not None and size is not None and size <= trials:
        return "grid", f"all {size} points fit into {trials} trials"
    if len(problem.goals) > 1:
        if completed < _MODEL_UP_TO_OBJECTIVES:
            return "bayesianoptimization", f"{len(problem.goals)} objectives, few trials"
        return "nsga2", f"{len(problem.goals)} objectives, {completed} trials: breeding is enough"
    if completed < _MODEL_UP_TO:
        return "gaussian-process", "few trials: a model of all of them, leaders evaluated again"
    if all(axis.is_ordered for axis in problem.space.axes) and len(problem.space.axes) > 1:
        return "cmaes", f"{completed} trials over numbers: an adapting distribution"
    return "tpe", f"{completed} trials over names: densities are enough"


def propose(round_: Round) -> None:
    """Add what the chosen way suggests."""
    way, round_.reason = choose_way(round_.problem, len(round_.history.completed))
    if way == "grid":
        grid.propose(round_)
    elif way == "bohb":
        bohb.propose(round_)
    elif way == "nsga2":
        nsga2.propose(_with_options(round_, population_size=50, crossover_prob=0.9))
    elif way == "cmaes":
        cmaes.propose(_with_options(round_, sigma=None, restart_strategy="ipop"))
    elif way == "tpe":
        tpe.propose(_with_options(round_, n_startup_trials=10))
    elif way == "bayesianoptimization":
        _propose_objectives(round_)
    else:
        _propose_model(round_)


def _with_options(round_: Round, **defaults: object) -> Round:
    """Fill in the settings of another algorithm that `auto` does not list."""
    given = {name: v for name, v in round_.problem.options.items() if v is not None}
    round_.use_options({**defaults, "mutation_prob": None, **given})
    return round_


def _propose_objectives(round_: Round) -> None:
    while round_.is_open:
        if len(round_.known.completed) < round_.problem.options["n_initial_points"]:
            bayes.add_start(round_)
        else:
            bayes.add_from_model(round_, "EI")


@on_one_thread
def _propose_model(round_: Round) -> None:
    while round_.is_open:
        completed = round_.known.completed
        finished = sum(1 for record in completed if record.state is State.FINISHED)
        if len(completed) < round_.problem.options["n_initial_points"] or finished < 2:
            bayes.add_start(round_)
            continue
        _add_valuable(round_, len(round_.history.finished))


def _add_valuable(round_: Round, own_results: int) -> None:
    """Fit once; choose each time what improves the final choice most."""
    from eegtune.search.gaussian_process.estimates import estimate_with

    model = bayes.build_process(round_, round_.known.completed)
    averaged = model.averaged(round_.seed("hyperparameters"))
    may_repeat = (
        round_.problem.options["replicates"]
        and own_results >= _REPLICATES_FROM
        and is_noisy(round_)
    )
    while round_.is_open:
        pending = round_.known.pending
        candidates = _new_candidates(round_, averaged, pending)
        if may_repeat and _may_repeat_now(round_):
            estimates = estimate_with(round_.problem, model, pending)
            if _repeat_leader(round_, estimates, _gain_of_new(model, estimates, candidates)):
                continue
        _add_first_admissible(round_, candidates)


def _may_repeat_now(round_: Round) -> bool:
    """Say whether the share of repeated evaluations is within its bound."""
    records = round_.history.records
    repeats = len(records) - len({record.point for record in records})
    return repeats < _LARGEST_REPEATED_SHARE * (len(records) + 1 - _REPLICATES_FROM)


def is_noisy(round_: Round) -> bool:
    """Say whether results may vary: False once repeats have shown that they do not."""
    seen: dict[tuple[str, ...], set[float]] = {}
    repeats = 0
    for record in round_.history.finished:
        values = seen.setdefault(record.point, set())
        repeats += bool(values)
        values.add(record.losses[0])
    return repeats == 0 or any(len(values) > 1 for values in seen.values())


def _new_candidates(
    round_: Round, model: Model[AveragedProcess], pending: tuple[Record, ...]
) -> Array:
    """Return positions to be evaluated, the most promising first."""
    import numpy as np

    from eegtune.search.gaussian_process.candidates import search
    from eegtune.search.gaussian_process.snapping import positions

    generator = np.random.default_rng(round_.seed("candidates"))
    believed = model.believing(positions(round_.problem, pending))
    score = bayes.make_score(believed, "EI")
    return search(round_.problem, score, believed.leaders(), generator)


def _gain_of_new(model: Model[GaussianProcess], estimates: Estimates, candidates: Array) -> float:
    """Return what evaluating the best of some new configurations is worth."""
    import numpy as np

    head = candidates[:64]
    if not len(head):
        return 0.0
    likely = np.exp(np.minimum(model.log_feasibility(head), 0.0))
    return float((estimates.beliefs.gains_of_new(head) * likely).max())


def _repeat_leader(round_: Round, estimates: Estimates, gain_of_new: float) -> bool:
    """Evaluate a leader again where that is worth more than a new configuration."""
    import numpy as np

    busy = {record.point for record in round_.history.pending}
    own = [record.point for record in round_.history.finished]
    gains = estimates.beliefs.gains_of_repeating()[estimates.beliefs.is_candidate]
    for number in np.argsort(-gains, kind="stable"):
        point = estimates.points[int(number)]
        if gains[number] <= gain_of_new:
            return False
        if point not in busy and point in own:
            round_.add(point, {REPLICATE_LABEL: str(own.count(point))})
            return True
    return False


def _add_first_admissible(round_: Round, candidates: Array) -> None:
    from eegtune.search.gaussian_process.snapping import decode
    from eegtune.search.sequence import add_random

    for row in candidates:
        point = round_.admit(decode(round_.problem, row))
        if point is not None:
            round_.add(point)
            return
    add_random(round_)
