"""What a search algorithm answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One configuration to try.

    Attributes:
        assignments: The value of every searched parameter, as text, in the spec's order.
        labels: What the search wants to find again on the trial (they do not come back from
            Katib).
        name: The trial's name where the algorithm chooses it (it comes back from Katib); None
            lets the caller name the trial.
    """

    assignments: Mapping[str, str]
    labels: Mapping[str, str] = field(default_factory=dict)
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Proposal:
    """The answer of `suggest`.

    Attributes:
        suggestions: Exactly as many as asked for, or fewer when the search is exhausted.
        exhausted: Whether there will never be more; never true with all that was asked for.
        settings: Algorithm settings for a platform that does not send all trials back: written
            back with the answer, they arrive in the next request's Experiment. Others ignore
            them.
        reason: Why the algorithm does what it does, where it chooses a way (`auto`).
    """

    suggestions: tuple[Suggestion, ...]
    exhausted: bool = False
    settings: Mapping[str, str] = field(default_factory=dict)
    reason: str = ""
