"""A list of configurations, tried in its order; then the search is exhausted."""

from __future__ import annotations

from dataclasses import replace

from eegtune.search.initial_points import read_initial_points
from eegtune.search.problem import Problem
from eegtune.search.round import Round
from eegtune.search.sequence import add_in_order
from eegtune.search.settings import INITIAL_POINTS
from eegtune.spec.setting_rules import SettingRule

SETTINGS: tuple[SettingRule, ...] = (replace(INITIAL_POINTS, is_required=True),)


def check(problem: Problem) -> None:
    """Refuse a list that is empty."""
    if not read_initial_points(problem):
        raise ValueError("algorithm manual needs at least one point in setting 'initial_points'")


def propose(round_: Round) -> None:
    """Add the list's next points."""
    points = read_initial_points(round_.problem)
    add_in_order(round_, len(points), points.__getitem__)
