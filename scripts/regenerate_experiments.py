"""Write every Experiment under manifests/experiments again with the command in its header.

Each folder also gets a kustomization with all of its Experiments.

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
KUSTOMIZATION = "kustomization.yaml"


def experiment_files(folder: Path = FOLDER) -> list[Path]:
    """Return the Experiments below a folder."""
    return sorted(path for path in folder.rglob("*.yaml") if path.name != KUSTOMIZATION)


def kustomization_text(folder: Path) -> str:
    """Return the kustomization of a component's folder, without those that need GPUs below it."""
    names = [path.name for path in experiment_files(folder) if path.parent == folder]
    lines = [
        f"# Experiments of {folder.name}, with what their trials need in the namespace of",
        "# manifests/base, which `kubectl apply -k manifests/overlays/default` makes.",
        "# All of them start at once: keep only those you want.",
        f"#   kubectl apply -k manifests/experiments/{folder.name}",
        "apiVersion: kustomize.config.k8s.io/v1beta1",
        "kind: Kustomization",
        "namespace: eegtune",
        "resources:",
        *(f"- {name}" for name in names),
        "components:",
        "- ../../components/trial",
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Write the schema, all files and the kustomizations."""
    (FOLDER / FILE_NAME).write_text(schema_text(), "utf-8")
    for path in experiment_files():
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
    for folder in sorted(path for path in FOLDER.iterdir() if path.is_dir()):
        (folder / KUSTOMIZATION).write_text(kustomization_text(folder), "utf-8")


if __name__ == "__main__":
    main()
