"""NSGA-II without generations (Deb et al. 2002): every child is bred from an elite of all trials.

Selection by non-dominated fronts and crowding, binary tournaments, blended crossover (BLX-alpha,
Eshelman and Schaffer 1993: children also lie beyond their parents) and mutation, half of it
polynomial, half drawn anew; names are taken from either parent. Trials that break outcome
constraints come after all that keep them; failed ones are never parents. Labelling generations
would need state; an elite of all trials converges at least as well.

Elite and crossover were chosen on ZDT1 to 3 at 100 and 300 trials: an elite of half the
population and blending find more than a full population and simulated binary crossover.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from eegtune.search.history import Record, unit_matrix
from eegtune.search.problem import Problem
from eegtune.search.round import Round
from eegtune.search.sequence import add_random
from eegtune.spec.setting_rules import SettingRule

if TYPE_CHECKING:
    import numpy as np

    from eegtune.search.pareto import Array

SETTINGS: tuple[SettingRule, ...] = (
    SettingRule(
        "population_size", "int", None, "Random trials at first, the best half are parents; by "
        "default a fifteenth of maxTrialCount, 10 to 50.", low=4,
    ),
    SettingRule("crossover_prob", "float", 0.9, "How often two parents are mixed.", low=0, high=1),
    SettingRule(
        "mutation_prob", "float", None, "How often a parameter mutates; default 1/parameters.",
        low=0, high=1,
    ),
)  # fmt: skip
_SMALLEST_ELITE = 4
_BLEND_BEYOND = 0.5
_MUTATION_INDEX = 20.0


def check(problem: Problem) -> None:
    """Accept any problem."""


def propose(round_: Round) -> None:
    """Add random points until the population is full, then children."""
    import numpy as np

    size = round_.problem.options["population_size"] or default_size(round_.problem)
    finished = round_.known.finished
    while round_.is_open and (round_.index < size or len(finished) < 4):
        add_random(round_)
    if not round_.is_open:
        return
    elite, fitness = _elite(finished, max(size // 2, _SMALLEST_ELITE))
    units = unit_matrix(elite, len(round_.problem.space.axes))
    while round_.is_open:
        generator = np.random.default_rng(round_.seed("breed"))

        def draw(attempt: int, generator: np.random.Generator = generator) -> tuple[str, ...]:
            child = breed(round_.problem, units, fitness, generator)
            return round_.problem.space.decode(child)

        if not round_.add_first(draw, attempts=30):
            add_random(round_)


def default_size(problem: Problem) -> int:
    """Return a population's size that leaves so few trials enough generations."""
    trials = problem.experiment.spec.max_trial_count
    return 50 if trials is None else min(max(trials // 15, 10), 50)


def _elite(finished: tuple[Record, ...], size: int) -> tuple[list[Record], Array]:
    """Return the best records and their fitness (small is good)."""
    import numpy as np

    from eegtune.search.history import loss_matrix
    from eegtune.search.pareto import select_elite

    feasible = [record for record in finished if record.violation <= 0]
    broken = sorted((r for r in finished if r.violation > 0), key=lambda r: r.violation)
    chosen: list[Record] = []
    fitness: list[float] = []
    if feasible:
        losses = loss_matrix(feasible)
        numbers = select_elite(losses, size)
        chosen += [feasible[number] for number in numbers]
        fitness += _ranked(losses[numbers]).tolist()
    missing = max(0, size - len(chosen))
    chosen += broken[:missing]
    fitness += [1e6 + record.violation for record in broken[:missing]]
    return chosen, np.array(fitness)


def _ranked(losses: Array) -> Array:
    """Return each row's front, within a front those with room around them first."""
    import numpy as np

    from eegtune.search.pareto import crowding, front_mask

    left, rank = np.arange(len(losses)), 0
    order = np.full(len(losses), np.inf)
    while len(left):
        mask = front_mask(losses[left])
        front = left[mask]
        order[front] = rank + 0.5 / (1.0 + crowding(losses[front]))
        left, rank = left[~mask], rank + 1
    return order


def breed(problem: Problem, units: Array, fitness: Array, generator: np.random.Generator) -> Array:
    """Return the position of one child."""
    import numpy as np

    mother, father = (_tournament(units, fitness, generator) for _ in range(2))
    dimensions = units.shape[1]
    is_name = np.array([not axis.is_ordered for axis in problem.space.axes])
    child = mother.copy()
    if generator.random() < problem.options["crossover_prob"]:
        beyond = _BLEND_BEYOND * np.abs(mother - father)
        low, high = np.minimum(mother, father) - beyond, np.maximum(mother, father) + beyond
        taken = np.where(generator.random(dimensions) < 0.5, mother, father)
        child = np.clip(np.where(is_name, taken, generator.uniform(low, high)), 0.0, 1.0)
    rate = problem.options["mutation_prob"]
    rate = 1.0 / dimensions if rate is None else rate
    mutates = generator.random(dimensions) < rate
    return np.clip(np.where(mutates, _mutated(child, is_name, generator), child), 0.0, 1.0)


def _tournament(units: Array, fitness: Array, generator: np.random.Generator) -> Array:
    first, second = generator.integers(0, len(units), 2)
    winner: Array = units[first if fitness[first] <= fitness[second] else second]
    return winner


def _mutated(child: Array, is_name: Array, generator: np.random.Generator) -> Array:
    """Apply polynomial mutation to half of the numbers; the others and names are drawn anew."""
    import numpy as np

    u = generator.random(len(child))
    power = 1.0 / (_MUTATION_INDEX + 1.0)
    low = (2 * u + (1 - 2 * u) * (1 - child) ** (_MUTATION_INDEX + 1)) ** power - 1
    high = 1 - (2 * (1 - u) + 2 * (u - 0.5) * child ** (_MUTATION_INDEX + 1)) ** power
    moved = child + np.where(u <= 0.5, low, high)
    is_new = np.logical_or(is_name, generator.random(len(child)) < 0.5)
    return np.where(is_new, generator.random(len(child)), moved)
