"""Remove from an image layout what images of an earlier build consisted of.

A name that is given again leaves the old image behind, without one.

Usage: python tidy_layout.py LAYOUT
"""

from __future__ import annotations

import json
import sys
from pathlib import Path


def main() -> None:
    """Drop images without a name, then files that no image consists of."""
    layout = Path(sys.argv[1])
    blobs = layout / "blobs" / "sha256"
    index = json.loads((layout / "index.json").read_text("utf-8"))
    index["manifests"] = [each for each in index["manifests"] if each.get("annotations")]
    (layout / "index.json").write_text(json.dumps(index), "utf-8")
    used = set()
    for entry in index["manifests"]:
        manifest = json.loads((blobs / entry["digest"].partition(":")[2]).read_bytes())
        for part in (entry, manifest["config"], *manifest["layers"]):
            used.add(part["digest"].partition(":")[2])
    for path in blobs.iterdir():
        if path.name not in used:
            path.unlink()


if __name__ == "__main__":
    main()
