"""Which subjects are kept for the test, where no file says so."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from trial_runner.data.files import Part
from trial_runner.errors import DataError

TEST_SHARE = 0.3


def subjects_of(part: Part, subjects: Iterable[str], share: float = TEST_SHARE) -> list[str]:
    """Return the sorted names of one part's subjects.

    Subjects are ordered by the hash of their name and the first are the test's, as for data sets
    of the catalogue: who is where does not depend on how the others are called.

    Raises:
        DataError: There are too few subjects for both parts.
    """
    names = sorted(set(subjects))
    count = max(1, round(len(names) * share))
    if count >= len(names):
        raise DataError(
            f"{len(names)} subject(s) are too few to keep some for the test; two are needed"
        )
    shuffled = sorted(names, key=lambda name: hashlib.sha256(name.encode()).hexdigest())
    return sorted(shuffled[:count] if part == "test" else shuffled[count:])
