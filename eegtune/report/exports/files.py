"""A run as one file: all trials as a table, or the best configuration."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path

from eegtune.execution.run_folder import RunFolder
from eegtune.report.exports.best import best_json, best_yaml
from eegtune.report.exports.latex import latex_tables
from eegtune.report.exports.table import trial_columns, write_trials
from eegtune.report.material import Material
from eegtune.report.reading import read_data_note, read_material
from eegtune.report.redaction import redacted, secrets_of


def write_file(folder: Path, kind: str, output: Path | None, top: int = 10) -> str:
    """Write a run as csv, parquet, latex, yaml or json; return the text (empty for parquet).

    Args:
        folder: The run's folder.
        kind: The format.
        output: The file; None writes none.
        top: How many trials the LaTeX table has.

    Raises:
        NoRunError: There is no run in the folder.
        ValueError: No trial has a result, where one is needed.
    """
    material = read_material(folder)
    if kind == "parquet":
        if output is not None:
            write_trials(material.experiment, material.records, output)
        return ""
    note = read_data_note(RunFolder(folder), material.finished)
    text = redacted(_text(material, kind, top, note), secrets_of(os.environ, material.experiment))
    if output is not None:
        output.write_text(text, encoding="utf-8")
    return text


def write_best(folder: Path, trial: str, output: Path) -> None:
    """Write one trial's configuration as `best.yaml` has it.

    Raises:
        NoRunError: There is no run in the folder.
    """
    material = read_material(folder)
    record = next(each for each in material.records if each.name == trial)
    note = read_data_note(RunFolder(folder), material.finished)
    text = redacted(best_yaml(material, record, note), secrets_of(os.environ, material.experiment))
    output.write_text(text, encoding="utf-8")


def _text(material: Material, kind: str, top: int, data_note: str) -> str:
    if kind == "csv":
        return _csv(material)
    if kind == "latex":
        return latex_tables(material, top)
    if material.best is None:
        raise ValueError(f"{material.folder}: no trial has a result yet")
    if kind == "yaml":
        return best_yaml(material, material.best, data_note)
    return (
        json.dumps(best_json(material, material.best, data_note), indent=2, ensure_ascii=False)
        + "\n"
    )


def _csv(material: Material) -> str:
    import pyarrow
    from pyarrow import csv

    buffer = io.BytesIO()
    csv.write_csv(pyarrow.table(trial_columns(material.experiment, material.records)), buffer)
    return buffer.getvalue().decode("utf-8")
