"""Write a run's report and exports: each file whole or not at all."""

from __future__ import annotations

import json
import logging
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from eegtune.execution import times
from eegtune.execution.run_folder import RunFolder
from eegtune.report.command import ComponentCommand, component_command
from eegtune.report.evaluation.final_model import model_facts
from eegtune.report.evaluation.titles import metric_titles
from eegtune.report.exports.best import best_json, best_yaml
from eegtune.report.exports.provenance import collect_provenance, merged, this_process
from eegtune.report.exports.table import write_trials
from eegtune.report.material import Material
from eegtune.report.model_card import model_card
from eegtune.report.page.render import render_page
from eegtune.report.reading import (
    read_data_digest,
    read_data_note,
    read_material,
    read_provenance,
    with_provenance,
)
from eegtune.report.redaction import redacted, secrets_of

logger = logging.getLogger(__name__)

MARKDOWN, CARD = "report.md", "model_card.md"


@dataclass(frozen=True, slots=True)
class Written:
    """What was written.

    Attributes:
        files: The files, the page for people last.
        notes: What is missing and why, in sentences.
    """

    files: tuple[Path, ...]
    notes: tuple[str, ...]


def write_report(folder: Path, *, is_run: bool = True) -> Written:
    """Write report and exports of a run, from its database, at any time.

    A file that cannot be written becomes a note: a run that has ended does not fail because of
    its report.

    Args:
        folder: The run's folder.
        is_run: Whether this process has run the trials, so that its code and machine are theirs.

    Raises:
        NoRunError: There is no run in the folder, or it cannot be read.
    """
    run_folder = RunFolder(Path(folder))
    material = read_material(run_folder.path)
    secrets = secrets_of(os.environ, material.experiment)
    material = _without_secrets(material, secrets)
    data_note = redacted(read_data_note(run_folder, material.finished), secrets)
    command = _component_command(material)
    when, digest = "run" if is_run else "rebuilt", read_data_digest(run_folder, material.finished)
    found = collect_provenance(material, command, when, this_process(), digest)
    material = with_provenance(material, merged(read_provenance(run_folder), found))
    steps: list[tuple[Path, Callable[[Path], list[str]]]] = [
        (run_folder.provenance, lambda path: _json(path, dict(material.provenance), secrets)),
        (run_folder.trials_table, lambda path: _table(path, material)),
    ]
    best = material.best
    if best is not None:
        as_json = best_json(material, best, data_note)
        as_yaml = best_yaml(material, best, data_note)
        steps += [
            (run_folder.best, lambda path: _text(path, as_yaml, secrets)),
            (run_folder.best_hyperparameters, lambda path: _json(path, as_json, secrets)),
        ]
    kept = model_facts(run_folder.path)
    card = model_card(material, command, data_note, _titles(material), kept)
    if card is not None:
        steps.append((run_folder.path / CARD, lambda path: _text(path, card, secrets)))
    steps.append(
        (
            run_folder.report,
            lambda path: _page(path, run_folder.path, material, command, data_note, secrets),
        )
    )
    written = _write_all(steps)
    if run_folder.report in written.files:
        others = written.files[:-1]
        return replace(written, files=(*others, run_folder.path / MARKDOWN, run_folder.report))
    return written


def _without_secrets(material: Material, secrets: tuple[str, ...]) -> Material:
    """Clean what trials wrote before it is cut to length: half a secret is one too."""
    records = tuple(
        replace(record, message=redacted(record.message, secrets)) if record.message else record
        for record in material.records
    )
    return replace(material, records=records)


def _write_all(steps: list[tuple[Path, Callable[[Path], list[str]]]]) -> Written:
    files, notes = [], []
    for path, write in steps:
        try:
            notes += _atomically(path, write)
            files.append(path)
        except Exception as error:
            # Whatever is wrong with one file must not cost the others, nor the run.
            logger.warning("%s could not be written: %s", path, error)
            logger.debug("why", exc_info=True)
            notes.append(f"{path.name} could not be written ({type(error).__name__}: {error})")
    return Written(tuple(files), tuple(notes))


def _atomically(path: Path, write: Callable[[Path], list[str]]) -> list[str]:
    """Write beside the file, then rename: readers see the old one or the new one."""
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    os.close(descriptor)
    temporary = Path(name)
    try:
        notes = write(temporary)
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    return notes


def replace_file(path: Path, text: str) -> None:
    """Write a text file that is the old one or the new one at any instant."""

    def write(temporary: Path) -> list[str]:
        temporary.write_bytes(text.encode("utf-8"))
        return []

    mode = path.stat().st_mode & 0o7777 if path.exists() else None
    _atomically(path, write)
    if mode is not None:
        path.chmod(mode)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _text(path: Path, text: str, secrets: tuple[str, ...]) -> list[str]:
    path.write_text(redacted(text, secrets), encoding="utf-8")
    return []


def _json(path: Path, value: Any, secrets: tuple[str, ...]) -> list[str]:
    text = json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False)
    return _text(path, f"{text}\n", secrets)


def _table(path: Path, material: Material) -> list[str]:
    write_trials(material.experiment, material.records, path)
    return []


def _page(
    path: Path,
    folder: Path,
    material: Material,
    command: ComponentCommand | None,
    data_note: str,
    secrets: tuple[str, ...],
) -> list[str]:
    page = render_page(
        material,
        command,
        data_note,
        times.now(),
        _titles(material),
        clean=lambda text: redacted(text, secrets),
    )
    path.write_text(page.html, encoding="utf-8")
    replace_file(folder / MARKDOWN, page.markdown)
    return [note for note in page.notes.values() if "could not be drawn" in note]


def _titles(material: Material) -> dict[str, str]:
    return {} if material.evaluation is None else metric_titles()


def _component_command(material: Material) -> ComponentCommand | None:
    shown = material.best or (material.records[0] if material.records else None)
    if shown is None:
        return None
    return component_command(material.experiment, shown.trial.assignments)
