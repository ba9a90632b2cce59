"""Write every Experiment under manifests/experiments again with the command in its header.

Usage: python scripts/regenerate_experiments.py
"""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

from eegtune.cli import main as eegtune
from eegtune.spec.json_schema import FILE_NAME, schema_text

FOLDER = Path(__file__).parents[1] / "manifests" / "experiments"
MARK = "# Made by: "


def main() -> None:
    """Write the schema and all files."""
    (FOLDER / FILE_NAME).write_text(schema_text(), "utf-8")
    for path in sorted(FOLDER.rglob("*.yaml")):
        lines = path.read_text("utf-8").splitlines()
        made_by = next((line for line in lines if line.startswith(MARK)), None)
        if made_by is None:
            sys.exit(f"{path} has no line {MARK!r}: write it with eegtune init")
        words = shlex.split(made_by.removeprefix(MARK))[1:]
        sys.argv = ["eegtune", *words]
        try:
            eegtune([*words, "-o", str(path)])
        except SystemExit as end:
            if end.code:
                raise


if __name__ == "__main__":
    main()
