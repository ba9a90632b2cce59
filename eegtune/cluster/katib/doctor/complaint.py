"""What the doctor says."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class Harm(IntEnum):
    """How much a complaint matters; the first ones come first."""

    NOTHING_RUNS = 0
    TRIALS_ARE_LOST = 1
    RESULTS_ARE_WRONG = 2
    WORTH_KNOWING = 3

    @property
    def words(self) -> str:
        """How it reads."""
        return self.name.lower().replace("_", " ")


@dataclass(frozen=True, slots=True)
class Complaint:
    """One thing that is wrong.

    Attributes:
        rule: Its id, as docs/doctor.md lists it.
        harm: How much it matters.
        problem: What is wrong, in one sentence.
        cause: Why, with what was seen.
        fix: What to do, in one or two sentences.
        objects: What it was seen at, such as `pod/NAME`.
    """

    rule: str
    harm: Harm
    problem: str
    cause: str
    fix: str
    objects: tuple[str, ...] = ()
