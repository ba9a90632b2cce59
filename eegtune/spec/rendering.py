"""The object that Katib creates for a trial: JSON text, placeholders replaced, parsed again.

Katib substitutes text in the serialised template without escaping: a value with a quote or a
backslash in it breaks the JSON, and a placeholder always stays text, so numbers such as
`parallelism` cannot be parameters. That is kept here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from eegtune.spec.finding import SpecError
from eegtune.spec.go_json import go_json
from eegtune.spec.reader import read_trees

if TYPE_CHECKING:
    from eegtune.spec.experiment import Experiment, TrialParameter, TrialTemplate

PLACEHOLDER = re.compile(r"\$\{trialParameters\..+?\}")
METADATA = re.compile(r"\$\{trialSpec\.(.+?)\}")
_KEYED = re.compile(r"(.+)\[(.+)\]")
METADATA_KEYS = ("Name", "Namespace", "Kind", "APIVersion", "Annotations", "Labels")

EXPERIMENT_LABEL = "katib.kubeflow.org/experiment"
TRIAL_LABEL = "katib.kubeflow.org/trial"
PARENT_LABEL = "eegtune.dev/parent"  # the trial whose checkpoint this one goes on from


class RenderError(ValueError):
    """A trial that Katib could not create from its template."""


def render_trial(
    experiment: Experiment,
    trial_name: str,
    assignments: Mapping[str, str],
    namespace: str = "default",
    labels: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Return the trial's object with its values filled in, as Katib creates it.

    Args:
        experiment: The Experiment; a template from a ConfigMap must have been put inline.
        trial_name: The trial's name, which the object gets too.
        assignments: A value for every searched parameter.
        namespace: Where the object is created.
        labels: What the search gave the trial. Katib puts labels on the Trial and on its pods,
            not on the object: here they are written into the pod template (for a Job), beside
            those that Katib adds itself, which is what the pod ends up with.

    Raises:
        RenderError: A parameter without value or reference, or a value that breaks the template.
    """
    template = experiment.spec.trial_template
    text, trial_spec = _template(template)
    values = _values(template.trial_parameters, trial_spec, trial_name, assignments, namespace)
    rendered = parse_template(substitute(text, values))
    metadata = rendered.setdefault("metadata", {})
    metadata |= {"name": trial_name, "namespace": namespace}
    if labels is not None:
        _label_pods(rendered, experiment, trial_name, labels)
    return rendered


def substitute(text: str, values: Mapping[str, str]) -> str:
    """Replace `${trialParameters.NAME}` by values, as text."""
    for name, value in values.items():
        text = text.replace("${trialParameters." + name + "}", value)
    return text


def parse_template(text: str) -> dict[str, Any]:
    """Parse a substituted template: JSON, or YAML where it comes from a ConfigMap.

    Raises:
        RenderError: It is neither.
    """
    try:
        trees = read_trees(text)
    except SpecError as error:
        raise RenderError(
            f"the template cannot be parsed after its values were put in "
            f'({error.findings[0].message}); a value must not contain " or \\'
        ) from None
    rendered = trees[0][0].plain() if trees else None
    if not isinstance(rendered, dict) or not rendered.get("kind"):
        raise RenderError("the template is not a Kubernetes object with a kind")
    return rendered


def _template(template: TrialTemplate) -> tuple[str, dict[str, Any]]:
    """Return the template's text and, for its metadata, the object."""
    if template.trial_spec is not None:
        return go_json(template.trial_spec), template.trial_spec
    text = template.config_map.text if template.config_map else None
    if text is None:
        raise RenderError("the trial template is in a ConfigMap; load it together with that file")
    return text, parse_template(text)


def find_metadata(reference: str) -> re.Match[str] | None:
    """Find a reference to the trial's own metadata; linear in the text's length."""
    start = reference.find("${trialSpec.")
    return METADATA.search(reference) if start >= 0 and "}" in reference[start:] else None


def metadata_value(
    reference: str, trial_spec: Mapping[str, Any], trial_name: str, namespace: str
) -> str | None:
    """Return what `${trialSpec.…}` stands for; None where the reference is not of that kind.

    Raises:
        RenderError: It names metadata that does not exist.
    """
    match = find_metadata(reference)
    if match is None:
        return None
    key, index = match.group(1), ""
    keyed = _KEYED.search(key)
    if keyed:
        key, index = keyed.groups()
    metadata = trial_spec.get("metadata") or {}
    known: dict[str, Any] = {
        "Name": trial_name,
        "Namespace": namespace,
        "Kind": trial_spec.get("kind", ""),
        "APIVersion": trial_spec.get("apiVersion", ""),
        "Labels": (metadata.get("labels") or {}).get(index),
        "Annotations": (metadata.get("annotations") or {}).get(index),
    }
    value = known.get(key)
    if value is None:
        raise RenderError(f"{reference} names no metadata of the trial template")
    return str(value)


def _values(
    parameters: tuple[TrialParameter, ...],
    trial_spec: Mapping[str, Any],
    trial_name: str,
    assignments: Mapping[str, str],
    namespace: str,
) -> dict[str, str]:
    values, used = {}, set()
    for parameter in parameters:
        value = metadata_value(parameter.reference, trial_spec, trial_name, namespace)
        if value is None:
            if parameter.reference not in assignments:
                raise RenderError(
                    f"the template wants {parameter.reference}, which has no value; there are "
                    f"{', '.join(assignments) or 'none'}"
                )
            value = assignments[parameter.reference]
            used.add(parameter.reference)
        values[parameter.name] = value
    unused = [name for name in assignments if name not in used]
    if unused:
        raise RenderError(
            f"no trialParameters entry references {', '.join(unused)}; Katib creates no trial then"
        )
    return values


def _label_pods(
    rendered: dict[str, Any], experiment: Experiment, trial_name: str, labels: Mapping[str, str]
) -> None:
    template = (rendered.get("spec") or {}).get("template")
    if isinstance(template, dict):
        own = {EXPERIMENT_LABEL: experiment.name, TRIAL_LABEL: trial_name}
        metadata = template.setdefault("metadata", {})
        merged = {**(metadata.get("labels") or {}), **experiment.metadata.labels, **own, **labels}
        metadata["labels"] = merged
