"""Write the dependencies of pyproject.toml, one list for each extra.

Usage: python requirements.py pyproject.toml FOLDER
"""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path


def main() -> None:
    """Write base.txt and EXTRA.txt into the folder."""
    source, folder = Path(sys.argv[1]), Path(sys.argv[2])
    project = tomllib.loads(source.read_text("utf-8"))["project"]
    lists = {"base": project["dependencies"], **project["optional-dependencies"]}
    folder.mkdir(parents=True, exist_ok=True)
    for name, requirements in lists.items():
        (folder / f"{name}.txt").write_text("\n".join(sorted(requirements)) + "\n", "utf-8")


if __name__ == "__main__":
    main()
