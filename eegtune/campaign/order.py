"""In which order phases run: those that others build on come first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from eegtune.campaign.document import CampaignError, Phase


@dataclass(frozen=True, slots=True)
class Step:
    """A phase in its place; a repeated phase is several.

    Attributes:
        name: The step's name: the phase's, with a number where it is repeated.
        phase: The phase.
        after: The names of all steps that it builds on, also by way of others, in order.
        round: Which repetition it is, from 1.
    """

    name: str
    phase: Phase
    after: tuple[str, ...]
    round: int = 1


def order_phases(phases: Sequence[Phase]) -> tuple[Step, ...]:
    """Return the steps of a campaign in the order in which they run.

    Raises:
        CampaignError: Names clash, one is unknown, or phases wait for each other.
    """
    direct = _direct(phases)
    names = [name for phase in phases for name in _rounds(phase)]
    _check_clashes(names)
    by_name = {phase.name: phase for phase in phases}
    steps: dict[str, Step] = {}
    for name in _sorted(direct):
        phase = by_name[name]
        before = [step for each in direct[name] for step in _rounds(by_name[each])]
        behind = _all_before(before, steps)
        for number, round_name in enumerate(_rounds(phase), 1):
            steps[round_name] = Step(round_name, phase, tuple(behind), number)
            behind = [*behind, round_name]
    return tuple(steps.values())


def waves(steps: Sequence[Step], most: int) -> list[tuple[Step, ...]]:
    """Return steps by what may run side by side: none waits for another of its group.

    Args:
        steps: In an order in which each comes after those that it builds on.
        most: How many at once.
    """
    found: list[tuple[Step, ...]] = []
    done: set[str] = set()
    waiting = list(steps)
    while waiting:
        ready = tuple(step for step in waiting if set(step.after) <= done)[:most]
        found.append(ready)
        done |= {step.name for step in ready}
        waiting = [step for step in waiting if step.name not in done]
    return found


def _rounds(phase: Phase) -> list[str]:
    if phase.repeat == 1:
        return [phase.name]
    return [f"{phase.name}-{number}" for number in range(1, phase.repeat + 1)]


def _direct(phases: Sequence[Phase]) -> dict[str, tuple[str, ...]]:
    """Return by phase those that it names, or the one before it."""
    _check_clashes([phase.name for phase in phases])
    known = {phase.name for phase in phases}
    direct = {}
    for index, phase in enumerate(phases):
        after = phase.after
        if after is None:
            after = (phases[index - 1].name,) if index else ()
        for name in after:
            if name not in known:
                raise CampaignError(
                    f"phase {phase.name!r} comes after {name!r}, which is no phase; there are "
                    f"{', '.join(each.name for each in phases)}"
                )
        direct[phase.name] = after
    return direct


def _check_clashes(names: Sequence[str]) -> None:
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise CampaignError(
            f"two phases are called {twice[0]!r}; give each a name of its own (a repeated phase "
            "also takes NAME-1, NAME-2 …)"
        )


def _sorted(direct: dict[str, tuple[str, ...]]) -> list[str]:
    done: list[str] = []
    waiting = list(direct)
    while waiting:
        ready = next((name for name in waiting if set(direct[name]) <= set(done)), None)
        if ready is None:
            raise CampaignError(
                f"phases wait for each other: {_cycle(direct, waiting)}; change `after` of one"
            )
        waiting.remove(ready)
        done.append(ready)
    return done


def _cycle(direct: dict[str, tuple[str, ...]], waiting: Sequence[str]) -> str:
    path = [waiting[0]]
    while path.count(path[-1]) == 1:
        path.append(next(name for name in direct[path[-1]] if name in waiting))
    loop = path[path.index(path[-1]) :]
    return " after ".join(loop)


def _all_before(names: Sequence[str], steps: dict[str, Step]) -> list[str]:
    found = {each for name in names for each in (*steps[name].after, name)}
    return [name for name in steps if name in found]
