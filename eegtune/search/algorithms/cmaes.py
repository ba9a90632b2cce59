"""CMA-ES (Hansen 2016): a normal distribution over positions that adapts to the best trials.

The distribution is rebuilt at each call by telling the `cmaes` package the completed trials, in
the order in which they finished, a population at a time; failed trials count as the worst of
theirs. Trials far from the distribution of their time (a person's, a prior run's) are not told.
Names, which have no order, follow their shares among the best quarter of the trials.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from eegtune.search.history import Record, State, unit_matrix
from eegtune.search.problem import Problem
from eegtune.search.round import Round
from eegtune.search.sequence import add_random
from eegtune.spec.setting_rules import SettingRule

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

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
    shares = name_shares(round_.problem, round_.history.finished)
    while round_.is_open:
        optimizer.reseed_rng(round_.seed("ask"))

        def draw(attempt: int) -> tuple[str, ...]:
            return _complete(round_, optimizer.ask(), shares, attempt)

        if not round_.add_first(draw, attempts=30):
            add_random(round_)


def replay(problem: Problem, completed: tuple[Record, ...]) -> Any:
    """Return the optimizer after all whole populations have been told."""
    import numpy as np

    places = [i for i, axis in enumerate(problem.space.axes) if axis.is_ordered]
    optimizer, restarts = _start(problem, len(places), 0), 0
    records = sorted(completed, key=_finish_time)
    positions = unit_matrix(records, len(problem.space.axes))[:, places]
    losses = np.array([_loss(record) for record in records])
    told: list[int] = []
    next_ = 0
    while next_ < len(records):
        # Never more than the population lacks: the next ones are judged by what it becomes.
        end = min(next_ + optimizer.population_size - len(told), len(records))
        near = _are_near(optimizer, positions[next_:end])
        told += (next_ + np.flatnonzero(near)).tolist()
        next_ = end
        if len(told) == optimizer.population_size:
            optimizer.tell(_ranked(positions[told], losses[told]))
            told = []
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


def _ranked(positions: Array, losses: Array) -> list[Any]:
    """Return a population with ranks for losses: only their order counts."""
    import numpy as np

    ranks = np.argsort(np.argsort(losses, kind="stable"), kind="stable")
    return [(position, float(rank)) for position, rank in zip(positions, ranks, strict=True)]


def _are_near(optimizer: Any, positions: Array) -> NDArray[np.bool_]:
    """Say which positions (rows) may come from the optimizer's distribution."""
    import numpy as np

    basis, scales = optimizer._eigen_decomposition()
    whitened = ((positions - optimizer.mean) @ basis) / (optimizer._sigma * scales)
    limit = _FAR**2 * positions.shape[1]
    return np.asarray((whitened**2).sum(axis=1) <= limit)


def name_shares(problem: Problem, finished: tuple[Record, ...]) -> dict[int, Array]:
    """Return how often each name of each unordered axis is to come, from the best quarter."""
    import numpy as np

    best = sorted(finished, key=_loss)[: math.ceil(len(finished) / 4)]
    shares = {}
    for place, axis in enumerate(problem.space.axes):
        if not axis.is_ordered:
            counts = np.ones(axis.size or 1)
            for record in best:
                counts[axis.index(record.point[place])] += 1
            shares[place] = counts / counts.sum()
    return shares


def _complete(
    round_: Round, position: Array, shares: Mapping[int, Array], attempt: int
) -> tuple[str, ...]:
    """Add names to the numbers."""
    import numpy as np

    units = iter(position)
    texts = []
    for place, axis in enumerate(round_.problem.space.axes):
        if axis.is_ordered:
            texts.append(axis.text(float(next(units))))
            continue
        generator = np.random.default_rng(round_.seed("name", place, attempt))
        texts.append(axis.level(int(generator.choice(len(shares[place]), p=shares[place]))))
    return tuple(texts)
