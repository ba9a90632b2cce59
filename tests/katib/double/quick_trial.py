"""A trial of a second: takes any --name=value, prints the metrics that METRICS names.

Its values are a hash of its arguments, so that equal configurations score the same. `--do=WHAT`
makes it misbehave: crash, silent, nan, fast.
"""

from __future__ import annotations

import hashlib
import os
import sys
import time
from datetime import UTC, datetime

from trial_runner.collector import wait_for_collector

IGNORED = ("--trial_name=", "--trial-name=")


def main(words: list[str]) -> None:
    flags = sorted(word for word in words if not word.startswith(IGNORED))
    wrong = [word for word in words if word.startswith("--") and "=" not in word]
    if wrong or not flags:
        sys.exit(f"broken arguments: {words}")
    wait_for_collector()
    digest = int(hashlib.sha256(" ".join(flags).encode()).hexdigest()[:8], 16)
    for epoch in (1, 2, 3):
        values = [
            f"{name}={(digest >> shift & 0xFFFF) / 0x10000 - 0.1 / epoch:.5f}"
            for shift, name in enumerate(os.environ["METRICS"].split(","))
        ]
        stamp = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        print(f"{stamp} epoch={epoch} {' '.join(values)}", flush=True)
        time.sleep(float(os.environ.get("SECONDS_AN_EPOCH", "0.3")))


if __name__ == "__main__":
    main(sys.argv[1:])
