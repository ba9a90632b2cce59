"""Grid search: every point of a finite space once, in random order (as Katib's service)."""

from __future__ import annotations

from eegtune.search.problem import Problem
from eegtune.search.round import Round
from eegtune.search.sequence import add_in_order, shuffled_point
from eegtune.spec.setting_rules import SettingRule

SETTINGS: tuple[SettingRule, ...] = ()


def check(problem: Problem) -> None:
    """Refuse parameters without steps."""
    endless = [axis.name for axis in problem.space.axes if axis.size is None]
    if endless:
        raise ValueError(
            f"algorithm grid needs a step for every double; give feasibleSpace.step to "
            f"{', '.join(endless)}"
        )


def propose(round_: Round) -> None:
    """Add the grid's next points."""
    check(round_.problem)
    size = round_.problem.space.size or 0
    add_in_order(round_, size, shuffled_point(round_.problem))
