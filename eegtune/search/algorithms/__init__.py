"""The search algorithms, one module each, imported when used."""

from __future__ import annotations

from importlib import import_module
from typing import Protocol, cast

from eegtune.search.problem import Problem
from eegtune.search.round import Round
from eegtune.spec.setting_rules import SettingRule

ALGORITHMS = {
    "asha": "asha",
    "auto": "auto",
    "bayesianoptimization": "bayesianoptimization",
    "bohb": "bohb",
    "cmaes": "cmaes",
    "grid": "grid",
    "hyperband": "hyperband",
    "manual": "manual",
    "multivariate-tpe": "multivariate_tpe",
    "nsga2": "nsga2",
    "pbt": "pbt",
    "random": "random",
    "sobol": "sobol",
    "tpe": "tpe",
}


class Algorithm(Protocol):
    """What an algorithm's module has."""

    SETTINGS: tuple[SettingRule, ...]

    def check(self, problem: Problem) -> None:
        """Refuse a problem that the algorithm cannot search, with a ValueError."""

    def propose(self, round_: Round) -> None:
        """Add suggestions to a round until it is no longer open."""


def find_algorithm(name: str) -> Algorithm:
    """Return an algorithm's module.

    Raises:
        ValueError: There is no such algorithm.
    """
    if name not in ALGORITHMS:
        raise ValueError(
            f"unknown algorithm {name!r}; allowed are {', '.join(sorted(ALGORITHMS))}"
        )
    return cast(Algorithm, import_module(f"{__name__}.{ALGORITHMS[name]}"))
