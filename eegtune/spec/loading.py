"""From a file to the typed Experiment."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import ValidationError

from eegtune.spec.checking import Verdict, check_tree, read_files
from eegtune.spec.experiment import Experiment
from eegtune.spec.files import read_bytes
from eegtune.spec.finding import Finding, Severity, SpecError


def load_experiment(path: str | Path, *beside: str | Path) -> Experiment:
    """Read the one Experiment of a file.

    Args:
        path: The file.
        beside: Files with ConfigMaps that hold its trial template.

    Raises:
        SpecError: A file cannot be read, or there is no Experiment that can be run: none or
            several, refused by Katib, or broken. What only concerns Katib's cluster (which
            algorithms it knows, how it wraps commands) is no reason.
    """
    texts: list[tuple[str, str | bytes]] = [
        (str(name), read_bytes(name)) for name in (path, *beside)
    ]
    return _load(texts, str(path))


def load_experiment_text(text: str | bytes, source: str = "<text>") -> Experiment:
    """Read the one Experiment of a text; see `load_experiment`."""
    return _load([(source, text)], source)


def typed_experiment(verdict: Verdict) -> Experiment:
    """Return the typed Experiment of a verdict.

    Raises:
        SpecError: It cannot be run.
    """
    findings = [f for f in verdict.findings if f.severity.is_error and not f.only_on_katib]
    if findings:
        raise SpecError(verdict.source, findings)
    try:
        experiment = Experiment.model_validate(verdict.document)
    except ValidationError as error:
        found = [_from_pydantic(item, verdict) for item in error.errors()]
        raise SpecError(verdict.source, found) from None
    return _with_template_text(experiment, verdict)


def _load(texts: list[tuple[str, str | bytes]], source: str) -> Experiment:
    trees, around = read_files(texts)
    if len(trees) != 1:
        finding = Finding(
            "one-experiment", Severity.UNREADABLE, (),
            f"There are {len(trees)} Experiments here; expected one.",
            "Give a file with one document of kind Experiment (kubeflow.org/v1beta1).",
        )  # fmt: skip
        raise SpecError(source, [finding])
    return typed_experiment(check_tree(trees[0], around))


def _with_template_text(experiment: Experiment, verdict: Verdict) -> Experiment:
    """Put the text of a template from a ConfigMap beside its name, for rendering."""
    source = experiment.spec.trial_template.config_map
    if source is None:
        return experiment
    key = (source.config_map_namespace, source.config_map_name)
    text = verdict.config_maps.get(key, {}).get(source.template_path)
    template = experiment.spec.trial_template.model_copy(
        update={"config_map": source.model_copy(update={"text": text})}
    )
    spec = experiment.spec.model_copy(update={"trial_template": template})
    return experiment.model_copy(update={"spec": spec})


def _from_pydantic(item: Any, verdict: Verdict) -> Finding:
    path = tuple(part for part in item["loc"] if isinstance(part, (str, int)))
    node = verdict.root.nearest(path)
    return Finding(
        "not-usable", Severity.BROKEN, path, f"{item['msg']}.", "Correct it.",
        node.line, node.column, node.width, item.get("input"),
    )  # fmt: skip
