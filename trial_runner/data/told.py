"""What a trial says of its data, for the run's record: a hash of the files that it reads.

`eegtune` reads the line from the trial's log, so that a run whose data lie elsewhere, or came by
name, still records which bytes were used.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from trial_runner.reporting import note


def tell_digest(digests: Sequence[str]) -> None:
    """Write one line with the hash of the files' own SHA-256, in their order."""
    together = hashlib.sha256("\n".join(digests).encode()).hexdigest()
    note(f"data: sha256 {together} of the contents of {len(digests)} files")
