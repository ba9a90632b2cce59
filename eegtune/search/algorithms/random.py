"""Random search: independent draws from the parameters' distributions, without repeats.

Draw number k depends on the seed and k only. Small finite spaces are an urn: their points are
drawn without replacement, so that none comes twice even where trials are missing from the
history, and the end is known.
"""

from __future__ import annotations

from eegtune.search.problem import Problem
from eegtune.search.round import Round
from eegtune.search.sequence import LARGEST_URN, add_in_order, add_random, drawn_point
from eegtune.spec.setting_rules import SettingRule

SETTINGS: tuple[SettingRule, ...] = ()


def check(problem: Problem) -> None:
    """Accept any problem."""


def propose(round_: Round) -> None:
    """Add random points."""
    size = round_.problem.space.size
    if size is not None and size <= LARGEST_URN:
        add_in_order(round_, size, drawn_point(round_.problem))
    while round_.is_open:
        add_random(round_)
