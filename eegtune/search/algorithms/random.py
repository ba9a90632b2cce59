"""Random search: independent draws from the parameters' distributions, without repeats.

Draw number k depends on the seed and k only. Spaces of equally likely points that can be counted
are walked through in random order instead, so that no point comes twice and the end is known.
"""

from __future__ import annotations

from eegtune.search.problem import Problem
from eegtune.search.round import Round
from eegtune.search.sequence import add_random
from eegtune.spec.setting_rules import SettingRule

SETTINGS: tuple[SettingRule, ...] = ()


def check(problem: Problem) -> None:
    """Accept any problem."""


def propose(round_: Round) -> None:
    """Add random points."""
    while round_.is_open:
        add_random(round_)
