"""Put single files into S3: `python -m eegtune.cluster.summary.put s3://bucket/prefix FILE…`.

A detached run does so with its Experiment before anything else: what could not be written at the
end is found out, and said, at the beginning.
"""

from __future__ import annotations

import sys
from pathlib import Path

from eegtune.cluster.summary.storage import StorageError, connect, parse_destination, put_files

_ATTEMPTS = 3
_CONNECT_SECONDS = 5.0


def main(words: list[str]) -> None:
    """Put files under their own names.

    Raises:
        SystemExit: They cannot be put there; says the object and the fix.
    """
    place, *paths = words
    files = {Path(path).name: Path(path) for path in paths}
    try:
        put_files(connect(_ATTEMPTS, _CONNECT_SECONDS), parse_destination(place), files)
    except (StorageError, ValueError) as error:
        raise SystemExit(f"eegtune: {error}") from None


if __name__ == "__main__":
    main(sys.argv[1:])
