"""Is the space too large for the trials, and which parameters are to be fixed first?

The rule of thumb of the field: a model of d parameters needs about ten trials each before it knows
more than chance (Jones et al. 1998, doi:10.1023/A:1008306431147: 10 d points to begin with). Which
ones to fix is measured where trials say it: those that mattered least. Before that it is guessed:
first what matters only under a condition, then numbers on a linear scale, then choices, last
numbers on a logarithmic scale, whose ranges are the widest.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from eegtune.spec.experiment import Experiment, Parameter

TRIALS_A_PARAMETER = 10


class Crowded(NamedTuple):
    """A space that is too large for the trials.

    Attributes:
        searched: How many parameters are searched.
        trials: How many trials there are to search them.
        fix_first: The parameters to fix, the first first, so that the others can be searched.
        is_measured: Whether trials say that these matter least.
    """

    searched: int
    trials: int
    fix_first: tuple[str, ...]
    is_measured: bool

    def text(self) -> str:
        """Return the warning as sentences."""
        why = "they mattered least so far" if self.is_measured else "a guess before any result"
        return (
            f"{self.trials} trials are few for {self.searched} parameters (about "
            f"{TRIALS_A_PARAMETER} each are needed); fix first: {', '.join(self.fix_first)} "
            f"({why})"
        )


def crowded(experiment: Experiment, trials: int, shares: Mapping[str, float]) -> Crowded | None:
    """Return what to fix; None where the trials suffice.

    Args:
        experiment: The Experiment.
        trials: Full trials that will have been run in all.
        shares: How much each parameter mattered so far; empty where that is not known.
    """
    settings = experiment.spec.algorithm.settings
    searched = [
        parameter
        for parameter in experiment.spec.parameters
        if not _is_fixed(parameter) and parameter.name != settings.get("resource")
    ]
    suits = max(1, trials // TRIALS_A_PARAMETER)
    if len(searched) <= suits:
        return None
    conditions = str(settings.get("conditions", ""))
    conditional = {part.partition(":")[0].strip() for part in conditions.split(";")}
    ordered = sorted(
        searched,
        key=lambda each: shares.get(each.name, 0.0) if shares else _guess(each, conditional),
    )
    chosen = tuple(parameter.name for parameter in ordered[: len(searched) - suits])
    return Crowded(len(searched), trials, chosen, bool(shares))


def _guess(parameter: Parameter, conditional: set[str]) -> int:
    if parameter.name in conditional:
        return 0
    if parameter.feasible_space.values is not None:
        return 2
    return 3 if parameter.feasible_space.distribution.startswith("log") else 1


def _is_fixed(parameter: Parameter) -> bool:
    space = parameter.feasible_space
    if space.values is not None:
        return len(space.values) < 2
    return space.min is not None and space.min == space.max
