"""Hyperband (Li et al. 2018): successive halving with several first budgets.

Katib's settings `r_l`, `eta` and `resource_name` keep their meaning. Unlike Katib's service it
promotes asynchronously, so any number of parallel trials works and a failed trial blocks nothing.
"""

from __future__ import annotations

from eegtune.search.algorithms import asha
from eegtune.search.ladder import all_brackets, read_ladder
from eegtune.search.problem import Problem
from eegtune.search.round import Round
from eegtune.search.rungs import climb, draw_random
from eegtune.search.settings import RESOURCE
from eegtune.spec.setting_rules import SettingRule

SETTINGS: tuple[SettingRule, ...] = (
    *RESOURCE,
    SettingRule("resource_name", "text", None, "Katib's name of `resource`.", in_katib=True),
    SettingRule(
        "r_l", "float", None, "Katib's name of `max_resource`.", low=0, is_open=True, in_katib=True
    ),
    SettingRule(
        "eta", "float", None, "Katib's name of `reduction_factor`.", low=1.0001, in_katib=True
    ),
)


def check(problem: Problem) -> None:
    """Refuse a problem without a budget parameter, or with several objectives."""
    asha.check(problem)


def propose(round_: Round) -> None:
    """Add promotions and new configurations of all brackets."""
    climb(round_, all_brackets(read_ladder(round_.problem)), draw_random)
