"""Sobol sequence: quasi-random points that cover the space evenly (scrambled, by `issued`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eegtune.search.problem import Problem
from eegtune.search.round import Round
from eegtune.search.seeds import derive_seed
from eegtune.search.sequence import add_random
from eegtune.search.space import Point
from eegtune.spec.setting_rules import SettingRule

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SETTINGS: tuple[SettingRule, ...] = ()


def check(problem: Problem) -> None:
    """Accept any problem."""


def propose(round_: Round) -> None:
    """Add the sequence's next points; a random one where a point is taken."""
    if not round_.is_open:
        return
    rows = sobol_units(round_.problem, round_.index, round_.count)
    for row in rows:
        if round_.is_open:
            add_sobol(round_, round_.problem.space.decode(row))


def add_sobol(round_: Round, point: Point) -> None:
    """Choose a point, or a random one where it is taken or forbidden."""
    admitted = round_.admit(point)
    if admitted is None:
        add_random(round_)
    else:
        round_.add(admitted)


def sobol_units(problem: Problem, start: int, count: int) -> NDArray[np.float64]:
    """Return points of the scrambled sequence, shape (count, dimensions)."""
    import warnings

    import numpy as np
    from scipy.stats import qmc

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a count that is no power of two is what is asked for
        sequence = qmc.Sobol(
            len(problem.space.axes), scramble=True, rng=derive_seed(problem.seed, "sobol")
        )
        if start:
            sequence.fast_forward(start)
        return np.asarray(sequence.random(count), dtype=np.float64)
