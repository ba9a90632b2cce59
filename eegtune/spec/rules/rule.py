"""What a rule is, and what it says."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from eegtune.spec.edits import Edit
from eegtune.spec.finding import Path, Severity

if TYPE_CHECKING:
    from eegtune.spec.case import Case

_SEE_FIX = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """What a rule found at one place.

    Attributes:
        path: Where.
        message: What is wrong with what stands there.
        fix: What to write instead; empty for the rule's general advice.
        edit: The change that does it, where it is safe to make without asking.
        at_key: Whether to point at the key instead of its value.
        severity: How bad it is here, where that differs from the rule's usual severity.
    """

    path: Path
    message: str
    fix: str = _SEE_FIX
    edit: Edit | None = None
    at_key: bool = False
    severity: Severity | None = None


Check = Callable[["Case"], Iterable[Problem]]


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that is checked.

    Attributes:
        id: Its name.
        severity: How bad it is.
        reason: What happens, and why.
        fix: What to do about it.
        only_on_katib: Whether it concerns Katib's cluster only, not a run by eegtune itself.
        check: Finds it; None where reading the file already does.
    """

    id: str
    severity: Severity
    reason: str
    fix: str
    only_on_katib: bool = False
    check: Check | None = field(default=None, compare=False)

    def __call__(self, check: Check) -> Rule:
        """Attach the function that checks; for use as a decorator."""
        return replace(self, check=check)


def refused(id: str, reason: str, fix: str, *, only_on_katib: bool = False) -> Rule:
    """Declare a rule for what Katib's webhook or the API server refuses."""
    return Rule(id, Severity.REFUSED, reason, fix, only_on_katib)


def broken(id: str, reason: str, fix: str, *, only_on_katib: bool = False) -> Rule:
    """Declare a rule for what is admitted and then does not work."""
    return Rule(id, Severity.BROKEN, reason, fix, only_on_katib)


def poor(id: str, reason: str, fix: str, *, only_on_katib: bool = False) -> Rule:
    """Declare a rule for what works at a cost."""
    return Rule(id, Severity.POOR, reason, fix, only_on_katib)
