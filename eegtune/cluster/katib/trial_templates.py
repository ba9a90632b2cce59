"""Trial templates as ConfigMaps, which the Katib UI's own form then offers."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import yaml

from eegtune.spec import load_experiment

LABELS = {"katib.kubeflow.org/component": "trial-templates"}


def trial_templates(
    files: Iterable[Path], namespace: str, name: str = "eegtune-trial-templates"
) -> str:
    """Return a ConfigMap with the trial templates of several Experiments.

    Args:
        files: The Experiments; each gives an entry of its name.
        namespace: Where the UI looks for templates: Katib's namespace, or the user's.
        name: The ConfigMap's name.

    Raises:
        ValueError: An Experiment takes its template from a ConfigMap already, or two have
            one name.
    """
    data: dict[str, str] = {}
    for file in files:
        experiment = load_experiment(file)
        trial_spec = experiment.spec.trial_template.trial_spec
        key = f"{experiment.name}.yaml"
        if trial_spec is None:
            raise ValueError(f"{file}: its template is in a ConfigMap already")
        if key in data:
            raise ValueError(f"{file}: another Experiment is called {experiment.name} too")
        data[key] = yaml.safe_dump(trial_spec, sort_keys=False, width=10_000)
    config_map = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name, "namespace": namespace, "labels": LABELS},
        "data": data,
    }
    return yaml.dump(config_map, Dumper=_Dumper, sort_keys=False, width=10_000)


class _Dumper(yaml.SafeDumper):
    """Writes text of several lines as such."""


def _write_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _write_text)
