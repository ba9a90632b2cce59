"""The model one keeps: the tuned configuration's, as it was scored, in the run's folder."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

MODEL, FACTS = "model", "model.json"


def keep_model(run: Path, artefacts: Path) -> Path | None:
    """Move the model that a trial has left into the run's folder; None where it has left none.

    An earlier model of the run is replaced: the report speaks of the latest scores.
    """
    if not (artefacts / MODEL / FACTS).is_file():
        return None
    building = Path(tempfile.mkdtemp(prefix=".model.", dir=run))
    old = Path(tempfile.mkdtemp(prefix=".model.", dir=run))
    try:
        shutil.copytree(artefacts / MODEL, building / MODEL)
        if (run / MODEL).exists():
            (run / MODEL).rename(old / MODEL)
        (building / MODEL).rename(run / MODEL)
        shutil.rmtree(artefacts / MODEL)
    finally:
        shutil.rmtree(building, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)
    return run / MODEL


def model_facts(run: Path) -> Mapping[str, Any] | None:
    """Return what a run's model says of itself; None where there is none, or it is damaged."""
    try:
        facts = json.loads((run / MODEL / FACTS).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return facts if isinstance(facts, dict) and isinstance(facts.get("files"), dict) else None


def model_files(run: Path) -> dict[str, Path]:
    """Return the files that make up a model for others, by name below a common place."""
    files = {f"{MODEL}/{path.name}": path for path in sorted((run / MODEL).glob("*"))}
    beside = ("model_card.md", "best.yaml", "best_hyperparameters.json", "provenance.json")
    return files | {name: run / name for name in beside if (run / name).is_file()}
