"""Write an image that holds one static program, as an archive that containerd imports.

Usage: python program_image.py NAME PROGRAM > archive.tar
"""

from __future__ import annotations

import hashlib
import io
import json
import sys
import tarfile
from pathlib import Path


def main() -> None:
    """Write the archive to standard output."""
    name, program = sys.argv[1], Path(sys.argv[2])
    layer = archive({program.name: (0o755, program.read_bytes()), "tmp/": (0o1777, b"")})
    config = {
        "architecture": "amd64",
        "os": "linux",
        "config": {"Entrypoint": [f"/{program.name}"], "User": "65532:65532"},
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{hashlib.sha256(layer).hexdigest()}"]},
    }
    manifest = [{"Config": "config.json", "RepoTags": [name], "Layers": ["layer.tar"]}]
    sys.stdout.buffer.write(
        archive(
            {
                "layer.tar": (0o644, layer),
                "config.json": (0o644, json.dumps(config).encode()),
                "manifest.json": (0o644, json.dumps(manifest).encode()),
            }
        )
    )


def archive(files: dict[str, tuple[int, bytes]]) -> bytes:
    """Return a tar archive of files; a name that ends in `/` is a folder."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, (mode, content) in files.items():
            entry = tarfile.TarInfo(name)
            entry.mode, entry.size = mode, len(content)
            if name.endswith("/"):
                entry.type = tarfile.DIRTYPE
            tar.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


if __name__ == "__main__":
    main()
