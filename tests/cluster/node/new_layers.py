"""Write an image as an archive that leaves out what the node already has.

An image of trials has 5 GB, of which a change of code touches some hundred kilobytes: only those
are written and imported.

Usage: python new_layers.py LAYOUT NAME_IN_LAYOUT NAME_ON_NODE < digests-on-node > archive.tar
"""

from __future__ import annotations

import io
import json
import sys
import tarfile
from pathlib import Path
from typing import Any


def main() -> None:
    """Write the archive to standard output."""
    layout, source, target = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    present = set(sys.stdin.read().split())
    entry = entry_of(layout, source)
    manifest = json.loads(blob(layout, entry["digest"]).read_bytes())
    wanted = [entry["digest"], manifest["config"]["digest"]]
    wanted += [layer["digest"] for layer in manifest["layers"] if layer["digest"] not in present]
    entry["annotations"] = {"io.containerd.image.name": target}
    index = {"schemaVersion": 2, "manifests": [entry]}
    with tarfile.open(fileobj=sys.stdout.buffer, mode="w|") as tar:
        add_text(tar, "oci-layout", {"imageLayoutVersion": "1.0.0"})
        for digest in dict.fromkeys(wanted):
            tar.add(blob(layout, digest), f"blobs/sha256/{digest.partition(':')[2]}")
        add_text(tar, "index.json", index)


def entry_of(layout: Path, name: str) -> dict[str, Any]:
    """Return the index entry of the image with this name."""
    index = json.loads((layout / "index.json").read_text("utf-8"))
    for entry in index["manifests"]:
        if (entry.get("annotations") or {}).get("org.opencontainers.image.ref.name") == name:
            found: dict[str, Any] = entry
            return found
    raise SystemExit(f"{layout} holds no image {name}")


def blob(layout: Path, digest: str) -> Path:
    """Return where a layout keeps a blob."""
    return layout / "blobs" / digest.replace(":", "/")


def add_text(tar: tarfile.TarFile, name: str, content: dict[str, Any]) -> None:
    """Add a JSON file."""
    data = json.dumps(content).encode()
    entry = tarfile.TarInfo(name)
    entry.size = len(data)
    tar.addfile(entry, io.BytesIO(data))


if __name__ == "__main__":
    main()
