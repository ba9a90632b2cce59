"""Names of trials: `<experiment>-<8 characters>`, the same whenever a run is done again."""

from __future__ import annotations

import hashlib
from collections.abc import Container

# Katib's alphabet (that of Kubernetes' rand.String): no vowels, so no words.
ALPHABET = "bcdfghjklmnpqrstvwxz2456789"
_LENGTH = 8


def trial_name(experiment: str, seed: str, number: int, taken: Container[str] = ()) -> str:
    """Return the name of a run's trial.

    Args:
        experiment: The Experiment's name.
        seed: The search's seed, as text; runs with other seeds get other names.
        number: The trial's position in the run.
        taken: Names that are in use.
    """
    attempt = 0
    while True:
        text = "\0".join([experiment, seed, str(number), str(attempt)])
        digest = int.from_bytes(hashlib.sha256(text.encode()).digest())
        letters = ""
        for _ in range(_LENGTH):
            digest, position = divmod(digest, len(ALPHABET))
            letters += ALPHABET[position]
        name = f"{experiment}-{letters}"
        if name not in taken:
            return name
        attempt += 1
