"""CMA-ES (Hansen 2016): a normal distribution over positions that adapts to the best trials.

The distribution is rebuilt at each call by telling the `cmaes` package the completed trials, in
the order in which they finished, a population at a time; failed trials count as the worst of
theirs. Trials far from the distribution of their time (a person's, a prior run's) are not told.
Names, which have no order, follow their shares among the best quarter of the trials.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from eegtune.search.history import Record, State
from eegtune.search.problem import Problem
from eegtune.search.round import Round
from eegtune.search.sequence import add_random
from eegtune.spec.setting_rules import SettingRule

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SETTINGS: tuple[SettingRule, ...] = (
    SettingRule(
        "sigma", "float", None, "First step size, as a share of every range; default 1/6.",
        low=0, in_katib=True,
    ),
    SettingRule(
        "restart_strategy", "choice", "none", "ipop: start again with twice the population.",
        choices=("none", "ipop", "bipop"), in_katib=True,
    ),
    SettingRule("population_size", "int", None, "Trials per update.", low=3),
)  # fmt: skip
_FAR = 5.0


def check(problem: Problem) -> None:
    """Refuse fewer than two numbers, as Katib does, and several objectives."""
    numbers = [axis.name for axis in problem.space.axes if axis.is_ordered]
    if len(numbers) < 2:
        raise ValueError(
            f"algorithm cmaes needs at least two number parameters; there are {len(numbers)}"
        )
    if len(problem.goals) > 1:
        raise ValueError("algorithm cmaes takes one objective; use nsga2 or auto for several")


def propose(round_: Round) -> None:
    """Add points drawn from the adapted distribution."""
    check(round_.problem)
    if not round_.is_open:
        return
    optimizer = replay(round_.problem, round_.history.completed)
    while round_.is_open:
        optimizer.reseed_rng(round_.seed("ask"))

        def draw(attempt: int) -> tuple[str, ...]:
            return _complete(round_, optimizer.ask(), attempt)

        if not round_.add_first(draw, attempts=30):
            add_random(round_)


def replay(problem: Problem, completed: tuple[Record, ...]) -> Any:
    """Return the optimizer after all whole populations have been told."""
    import numpy as np

    places = [i for i, axis in enumerate(problem.space.axes) if axis.is_ordered]
    optimizer, restarts = _start(problem, len(places), 0), 0
    waiting: list[tuple[NDArray[np.float64], float]] = []
    for record in sorted(completed, key=_finish_time):
        position = np.array([record.units[place] for place in places])
        if not _is_near(optimizer, position):
            continue
        waiting.append((position, _loss(record)))
        if len(waiting) == optimizer.population_size:
            optimizer.tell(_ranked(waiting))
            waiting = []
            if problem.options["restart_strategy"] != "none" and optimizer.should_stop():
                restarts += 1
                optimizer = _start(problem, len(places), restarts)
    return optimizer


def _start(problem: Problem, dimensions: int, restarts: int) -> Any:
    import numpy as np
    from cmaes import CMA

    options = problem.options
    size = options["population_size"] or 4 + math.floor(3 * math.log(dimensions))
    if restarts and (options["restart_strategy"] == "ipop" or restarts % 2):
        # bipop alternates large and small populations; ipop knows large ones only.
        growth = restarts if options["restart_strategy"] == "ipop" else (restarts + 1) // 2
        size *= 2**growth
    generator = np.random.default_rng([problem.seed, restarts])
    mean = np.full(dimensions, 0.5) if not restarts else generator.random(dimensions)
    return CMA(
        mean=mean,
        sigma=options["sigma"] or 1 / 6,
        bounds=np.tile([0.0, 1.0], (dimensions, 1)),
        population_size=size,
        seed=problem.seed % 2**31,
    )


def _finish_time(record: Record) -> datetime:
    time = record.trial.completion_time if record.trial else None
    if time is None:
        return datetime.min.replace(tzinfo=UTC)
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _loss(record: Record) -> float:
    """Return the loss; infinite where it failed, above all others where a limit is broken."""
    if record.state is not State.FINISHED:
        return math.inf
    return record.losses[0] if record.violation <= 0 else 1e100 * (1 + record.violation)


def _ranked(population: list[tuple[NDArray[np.float64], float]]) -> list[Any]:
    """Return a population with ranks for losses: only their order counts."""
    order = sorted(range(len(population)), key=lambda i: population[i][1])
    ranks = {place: float(rank) for rank, place in enumerate(order)}
    return [(position, ranks[place]) for place, (position, _) in enumerate(population)]


def _is_near(optimizer: Any, position: NDArray[np.float64]) -> bool:
    """Say whether a position may come from the optimizer's distribution."""
    import numpy as np

    basis, scales = optimizer._eigen_decomposition()
    whitened = (basis.T @ (position - optimizer.mean)) / (optimizer._sigma * scales)
    return bool(np.linalg.norm(whitened) <= _FAR * math.sqrt(len(position)))


def _complete(round_: Round, position: NDArray[np.float64], attempt: int) -> tuple[str, ...]:
    """Add names to the numbers."""
    units = iter(position)
    return tuple(
        axis.text(float(next(units))) if axis.is_ordered else _name(round_, place, attempt)
        for place, axis in enumerate(round_.problem.space.axes)
    )


def _name(round_: Round, place: int, attempt: int) -> str:
    import numpy as np

    axis = round_.problem.space.axes[place]
    best = sorted(round_.history.finished, key=_loss)
    counts = np.ones(axis.size or 1)
    for record in best[: math.ceil(len(best) / 4)]:
        counts[axis.index(record.point[place])] += 1
    generator = np.random.default_rng(round_.seed("name", place, attempt))
    return axis.level(int(generator.choice(len(counts), p=counts / counts.sum())))
