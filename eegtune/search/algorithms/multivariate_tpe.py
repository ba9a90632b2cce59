"""Tree-structured Parzen estimator over all parameters together (Falkner et al. 2018)."""

from __future__ import annotations

from eegtune.search.algorithms import tpe
from eegtune.search.problem import Problem
from eegtune.search.round import Round

SETTINGS = tpe.SETTINGS


def check(problem: Problem) -> None:
    """Accept any problem."""


def propose(round_: Round) -> None:
    """Add points that the estimator prefers."""
    tpe.propose_tpe(round_, multivariate=True)
