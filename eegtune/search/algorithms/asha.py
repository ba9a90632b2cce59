"""Asynchronous successive halving (Li et al. 2020): random configurations, one bracket."""

from __future__ import annotations

from eegtune.search.ladder import read_ladder
from eegtune.search.problem import Problem
from eegtune.search.round import Round
from eegtune.search.rungs import climb, draw_random
from eegtune.search.settings import RESOURCE
from eegtune.spec.setting_rules import SettingRule

SETTINGS: tuple[SettingRule, ...] = RESOURCE


def check(problem: Problem) -> None:
    """Refuse a problem without a budget parameter, or with several objectives."""
    read_ladder(problem)
    if len(problem.goals) > 1:
        raise ValueError(f"algorithm {problem.algorithm} takes one objective")


def propose(round_: Round) -> None:
    """Add promotions and new configurations at the smallest budget."""
    climb(round_, {0: 1.0}, draw_random)
