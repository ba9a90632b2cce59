"""Delete the checkpoints that trials of a run have left: `python -m …checkpoint_cleanup LOCATION`.

Standard input is `{"trials": [names], "keep": [names]}`; standard output says, as JSON, how many
series were deleted. Only what these trials announced is touched: a bucket may hold other runs'.
It needs no torch, so that whoever decides about trials can call it at the end of each run.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Sequence

from trial_runner.errors import UsageError
from trial_runner.training.checkpoint_place import Place, PlaceError, open_place

_TRIALS = "trials"
_SERIES = re.compile(r"[A-Za-z0-9_]+-[0-9a-f]{64}")


def collect(place: Place, trials: Sequence[str], keep: Sequence[str]) -> int:
    """Delete the series of trials, but not those that a kept trial has; return how many.

    Raises:
        PlaceError: The place cannot be read or written; calling it again goes on.
    """
    announced = set(place.names(_TRIALS))
    kept = {_series_of(place, trial) for trial in keep if trial in announced}
    deleted = set()
    for trial in trials:
        if trial not in announced or trial in keep:
            continue
        series = _series_of(place, trial)
        if series is not None and series not in kept and series not in deleted:
            for name in place.names(series):
                place.delete(f"{series}/{name}")
            deleted.add(series)
        place.delete(f"{_TRIALS}/{trial}")  # last: what was cut off is found again
    return len(deleted)


def main(words: Sequence[str]) -> int:
    """Run the command; return its exit code."""
    if len(words) != 1:
        print("usage: checkpoint_cleanup LOCATION < JSON", file=sys.stderr)
        return 2
    asked = json.load(sys.stdin)
    try:
        deleted = collect(open_place(words[0]), asked["trials"], asked["keep"])
    except (PlaceError, UsageError) as error:
        print(error, file=sys.stderr)
        return 1
    print(json.dumps({"deleted": deleted}))
    return 0


def _series_of(place: Place, trial: str) -> str | None:
    text = (place.read(f"{_TRIALS}/{trial}") or b"").decode("utf-8", "replace")
    return text if _SERIES.fullmatch(text) else None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
