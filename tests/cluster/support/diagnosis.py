"""What `eegtune doctor` is to say of a situation that was made on the cluster."""

from __future__ import annotations

import time
from collections.abc import Callable

from eegtune.cluster.katib.doctor import Complaint
from tests.katib.double.broken import CASES

from .waiting import until

BROKEN = [name for name, case in CASES.items() if case.rule]
HEALTHY = [name for name, case in CASES.items() if not case.rule]
SETTLED_SECONDS = 45

Look = Callable[[], tuple[Complaint, ...]]


def check_first(name: str, look: Look, within_seconds: float) -> None:
    """Wait until the doctor complains, and hold its first complaint against the case's."""
    case = CASES[name]
    check_complaint(name, case.rule, case.fix, look, within_seconds)


def check_complaint(name: str, rule: str, fix: str, look: Look, within_seconds: float) -> None:
    """Wait until the doctor complains; its first complaint must be of this rule, with this fix."""
    found = until(look, f"the doctor complains about {name}", within_seconds)
    if found[0].rule != rule or fix not in found[0].fix:
        # An early look may see a cause's first sign only, or what passes while the run starts.
        time.sleep(SETTLED_SECONDS)
        found = until(look, f"the doctor complains about {name} again", within_seconds)
    assert found[0].rule == rule, found
    assert fix in found[0].fix, found


def check_silence(name: str, look: Look, has_ended: Callable[[], bool], seconds: float) -> None:
    """Look until the run has ended: there must never be a complaint."""

    def ended() -> bool:
        assert look() == (), "while it runs"
        return has_ended()

    until(ended, f"{name} has ended", seconds)
    assert look() == ()
