"""The commands by which a reader can repeat a run or go on with it."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence

from eegtune.execution.runner import RunnerError
from eegtune.report.command import ComponentCommand, command_words
from eegtune.report.material import Material
from eegtune.spec.rendering import RenderError

_NAMES_THE_TRIAL = re.compile(r"--trial[_-]name=")


def commands(material: Material, command: ComponentCommand | None) -> list[tuple[str, str]]:
    """Return what each command is for, and the command."""
    folder = shlex.quote(material.folder)
    experiment = shlex.quote(f"{material.folder}/experiment.yaml")
    found = [
        ("Go on with this run, or end it where it was interrupted",
         f"eegtune run {experiment} --dir {folder}"),
        ("Try more configurations",
         f"eegtune run {experiment} --dir {folder} --max-trials {_more(material)}"),
    ]  # fmt: skip
    best = best_command(material)
    if best:
        found.append(("Run the best configuration by itself", best))
    if material.best is not None and material.evaluation is None:
        what = (
            "Score the best and the default configuration once on the test data"
            if command
            else "Repeat the best and the first configuration"
        )
        found.append((what, f"eegtune evaluate {folder}"))
    found.append(("Write this report again", f"eegtune report {folder}"))
    return found


def _more(material: Material) -> int:
    planned = material.experiment.spec.max_trial_count or 0
    return max(1, planned, len(material.records)) * 2


def best_command(material: Material) -> str:
    """Return the command of the best trial; empty without one, or where it cannot be made."""
    best = material.best
    if best is None:
        return ""
    try:
        words = command_words(material.experiment, best.trial.assignments)
        return _lines([word for word in words if not _NAMES_THE_TRIAL.match(word)])
    except (RenderError, RunnerError):
        return ""


def _lines(words: Sequence[str]) -> str:
    """Write a command, long ones over several lines."""
    quoted = [shlex.quote(word) for word in words]
    if len(" ".join(quoted)) < 80:
        return " ".join(quoted)
    head = [word for word in quoted if not word.startswith("--")]
    if quoted[: len(head)] != head:
        return " ".join(quoted)
    return " \\\n  ".join([" ".join(head), *quoted[len(head) :]])
