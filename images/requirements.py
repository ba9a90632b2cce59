"""Write down exactly what each image installs: name, version and hashes, as uv resolves them.

One list for an image, out of the sets of pyproject.toml and the versions of constraints.txt, so
that an edit of either installs nothing again where an image does not depend on it.

Usage: python requirements.py pyproject.toml FOLDER    (the folder holds constraints.txt)
"""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

IMAGES = {
    "services": ("base", "cluster"),
    "signal": ("base", "signal"),
    "torch": ("base", "signal", "torch"),
}
# XGBoost asks for the library with which several GPUs train one model: 0.3 GB that no component
# uses.
LEFT_OUT = "nvidia-nccl-cu12 ; sys_platform == 'never'"


def main() -> None:
    """Write IMAGE.txt for every image into the folder."""
    source, folder = Path(sys.argv[1]), Path(sys.argv[2])
    project = tomllib.loads(source.read_text("utf-8"))["project"]
    sets = {"base": project["dependencies"], **project["optional-dependencies"]}
    overrides = folder / "left-out.txt"
    overrides.write_text(LEFT_OUT + "\n", "utf-8")
    for image, names in IMAGES.items():
        wanted = "\n".join(line for name in names for line in sets[name])
        subprocess.run(
            ["uv", "pip", "compile", "-", "--quiet", "--constraints", folder / "constraints.txt",
             "--overrides", overrides, "--generate-hashes", "--no-annotate", "--no-header",
             "--no-emit-index-url", "--no-emit-find-links", "-o", folder / f"{image}.txt"],
            input=wanted, text=True, check=True,
        )  # fmt: skip


if __name__ == "__main__":
    main()
