"""Rules on the trial template: what Katib's webhook asks of it."""

# ruff: noqa: D103 - the declaration above each check is its documentation
from __future__ import annotations

import re
from collections.abc import Iterator

from eegtune.spec.case import Case
from eegtune.spec.decode import close_names
from eegtune.spec.edits import Edit
from eegtune.spec.job_check import job_problems
from eegtune.spec.rendering import METADATA_KEYS, find_metadata
from eegtune.spec.rules.rule import Problem, broken, poor, refused

_TEMPLATE = ("spec", "trialTemplate")
_MOST_NAMES = 30
_KEYED = re.compile(r"(.+)\[(.+)\]")
_SHIPPED_TEMPLATES = {
    ("kubeflow", "trial-templates"): (
        "defaultTrialTemplate.yaml",
        "enasCPUTemplate",
        "pytorchJobTemplate",
    )
}


@refused("template", "Trials are made from spec.trialTemplate.", "Add it.")
def template(case: Case) -> Iterator[Problem]:
    if "trialTemplate" not in case.spec:
        yield Problem(_TEMPLATE, "there is no trialTemplate.", at_key=True)


@refused(
    "primary-container-name",
    "Katib must know which container trains.",
    "Set primaryContainerName to the container's name.",
)
def primary_container_name(case: Case) -> Iterator[Problem]:
    if "trialTemplate" in case.spec and not case.template.get("primaryContainerName"):
        names = [container.get("name") for _, container in case.containers]
        path = (*_TEMPLATE, "primaryContainerName")
        edit = Edit(path, str(names[0])) if len(names) == 1 and names[0] else None
        yield Problem(path, "there is no primaryContainerName.", edit=edit, at_key=True)


@refused(
    "conditions",
    "Katib knows when a Job or a Kubeflow job has ended; other kinds, and "
    "templates in a ConfigMap, must say so.",
    "Set successCondition and failureCondition.",
)
def conditions(case: Case) -> Iterator[Problem]:
    missing = [k for k in ("successCondition", "failureCondition") if not case.template.get(k)]
    if "trialTemplate" in case.spec and missing:
        kind = (case.template.get("trialSpec") or {}).get("kind")
        of = f" (kind {kind})" if kind else ""
        yield Problem(_TEMPLATE, f"there is no {' and no '.join(missing)}{of}.", at_key=True)


@refused(
    "trial-parameters",
    "The template's placeholders are declared in trialParameters.",
    "List name and reference of each.",
)
def trial_parameters(case: Case) -> Iterator[Problem]:
    if "trialTemplate" in case.spec and not case.trial_parameters:
        yield Problem(
            (*_TEMPLATE, "trialParameters"), "there are no trialParameters.", at_key=True
        )


@refused(
    "template-source",
    "The template is either inline or in a ConfigMap.",
    "Give exactly one of trialSpec and configMap.",
)
def template_source(case: Case) -> Iterator[Problem]:
    found = [key for key in ("trialSpec", "configMap") if key in case.template]
    if "trialTemplate" in case.spec and len(found) != 1:
        said = "both trialSpec and configMap" if found else "neither trialSpec nor configMap"
        yield Problem(_TEMPLATE, f"there is {said}.", at_key=True)


@refused(
    "config-map",
    "A template in a ConfigMap is named by three fields, and must exist.",
    "Set configMapName, configMapNamespace and templatePath, and give the ConfigMap's file "
    "beside the Experiment's.",
)
def config_map(case: Case) -> Iterator[Problem]:
    source = case.template.get("configMap")
    if source is None or "trialSpec" in case.template:
        return
    path = (*_TEMPLATE, "configMap")
    keys = ("configMapNamespace", "configMapName", "templatePath")
    missing = [key for key in keys if not source.get(key)]
    if missing:
        yield Problem(path, f"there is no {' and no '.join(missing)}.", at_key=True)
        return
    namespace, name, key = (source[k] for k in keys)
    known = case.around.config_maps.get((namespace, name))
    if known is None and key in _SHIPPED_TEMPLATES.get((namespace, name), ()):
        return
    if known is None:
        yield Problem(path, f"the ConfigMap {namespace}/{name} is not among the files given.")
    elif key not in known:
        said = f"the ConfigMap {namespace}/{name} has no {key!r}; it has {', '.join(known)}."
        yield Problem((*path, "templatePath"), said)


@poor(
    "config-map-unseen",
    "What a template holds that is not among the files given cannot be checked.",
    "Give the ConfigMap's file beside the Experiment's.",
)
def config_map_unseen(case: Case) -> Iterator[Problem]:
    source = case.template.get("configMap")
    if source and case.template_text is None and not list(config_map.check(case)):  # type: ignore[misc]
        yield Problem((*_TEMPLATE, "configMap"), "the template was not checked.")


@refused(
    "trial-parameter",
    "Each entry has a name without braces and a reference, and no name or reference stands twice.",
    "Correct the entry.",
)
def trial_parameter(case: Case) -> Iterator[Problem]:
    names: set[str] = set()
    references: set[str] = set()
    for index, entry in enumerate(case.trial_parameters):
        path = (*_TEMPLATE, "trialParameters", index)
        name, reference = entry.get("name", ""), entry.get("reference", "")
        if not name or not reference:
            yield Problem(path, f"there is no {'reference' if name else 'name'}.")
        elif "{" in name or "}" in name:
            yield Problem((*path, "name"), f"the name {name!r} has a brace.")
        elif name in names:
            yield Problem((*path, "name"), f"the name {name!r} stands twice.")
        elif reference in references:
            yield Problem((*path, "reference"), f"the reference {reference!r} stands twice.")
        else:
            names.add(name)
            references.add(reference)


@refused(
    "reference",
    "A reference is the name of a parameter, or the trial's own metadata such "
    "as ${trialSpec.Name}.",
    "Name a parameter of spec.parameters.",
)
def reference(case: Case) -> Iterator[Problem]:
    if not case.parameters:
        return
    known = set(case.parameter_names)
    for index, entry in enumerate(case.trial_parameters):
        text = entry.get("reference", "")
        if text and text not in known and not is_metadata(text):
            path = (*_TEMPLATE, "trialParameters", index, "reference")
            yield Problem(path, f"there is no parameter {text!r}.", _known(case, text))


@refused(
    "placeholder-unused",
    "Each trialParameters entry must occur as ${trialParameters.NAME} in the template.",
    "Use it in the template, or remove the entry.",
)
def placeholder_unused(case: Case) -> Iterator[Problem]:
    for index, entry in enumerate(case.trial_parameters if case.template_text else ()):
        name = entry.get("name", "")
        if name and name not in case.placeholders:
            path = (*_TEMPLATE, "trialParameters", index, "name")
            yield Problem(path, f"${{trialParameters.{name}}} is not in the template.")


@refused(
    "placeholder-undeclared",
    "Each ${trialParameters.NAME} in the template must be declared.",
    "Add it to trialParameters.",
)
def placeholder_undeclared(case: Case) -> Iterator[Problem]:
    for placeholder in dict.fromkeys(case.left_over):
        yield Problem(
            _find(case, placeholder), f"{placeholder} is in no entry of trialParameters."
        )


@refused(
    "template-object",
    "The rendered template must be one Kubernetes object, without name and namespace of its own.",
    "Correct the template.",
)
def template_object(case: Case) -> Iterator[Problem]:
    if case.rendered_text is None:
        return
    path, rendered = case.template_path, case.rendered
    if rendered is None:
        yield Problem(path, "the template is not an object with a kind.")
        return
    metadata = rendered.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    for key in ("name", "namespace"):
        if metadata.get(key) and isinstance(metadata[key], str):
            yield Problem(
                (*path, "metadata", key),
                f"the template has a {key}; Katib gives the trial's.",
                f"Remove metadata.{key}.",
                at_key=True,
            )
    for key in ("apiVersion", "kind"):
        if not rendered.get(key) or not isinstance(rendered[key], str):
            yield Problem(path, f"the template has no {key}.", f"Add {key}.")


@refused(
    "job",
    "A Job must convert to Kubernetes' type without loss: no unknown fields, right "
    'types, no empty values (`env: []`, `value: ""`, `readOnly: false`), which the type '
    "drops.",
    "Correct or remove the field.",
)
def job(case: Case) -> Iterator[Problem]:
    if not case.is_job or case.rendered is None:
        return
    for problem in job_problems(case.rendered):
        path = (*case.template_path, *problem.path)
        edit = None
        if problem.rename:
            edit = Edit(path, rename=problem.rename)
        yield Problem(path, problem.message, problem.fix, edit, at_key=problem.at_key)


@broken(
    "parameter-unreferenced",
    "Katib admits a parameter that no trialParameters entry refers "
    "to, then cannot create a single trial: the Experiment stays in Running with none.",
    "Add it to trialParameters and to the command, or remove it.",
)
def parameter_unreferenced(case: Case) -> Iterator[Problem]:
    used = {entry.get("reference") for entry in case.trial_parameters}
    for index, name in enumerate(case.parameter_names):
        if name and name not in used and case.trial_parameters:
            path = ("spec", "parameters", index, "name")
            yield Problem(path, f"nothing refers to the parameter {name!r}.")


@broken(
    "metadata-reference",
    "A reference to a label or annotation that the template does not have stops every trial.",
    "Add it to the template's metadata, or correct the name.",
)
def metadata_reference(case: Case) -> Iterator[Problem]:
    rendered = case.rendered or {}
    metadata = rendered.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    for index, entry in enumerate(case.trial_parameters):
        match = find_metadata(entry.get("reference", ""))
        if match is None or not case.rendered:
            continue
        keyed = _KEYED.search(match.group(1))
        group = keyed.group(1) if keyed else match.group(1)
        if group in ("Labels", "Annotations"):
            known = metadata.get(group.lower())
            if not keyed or not isinstance(known, dict) or keyed.group(2) not in known:
                path = (*_TEMPLATE, "trialParameters", index, "reference")
                yield Problem(path, f"the template has nothing for {match.group(0)}.")


@broken(
    "trial-kind",
    "The controller watches the kinds of its trialResources only; a trial of "
    "another kind never ends.",
    "Use a Job, or add the kind to katib-config.",
    only_on_katib=True,
)
def trial_kind(case: Case) -> Iterator[Problem]:
    rendered = case.rendered or {}
    group, _, version = str(rendered.get("apiVersion", "")).rpartition("/")
    name = f"{rendered.get('kind')}.{version}.{group}".rstrip(".")
    if (
        case.rendered
        and group
        and rendered.get("kind")
        and name not in case.around.config.trial_kinds
    ):
        yield Problem((*case.template_path, "kind"), f"Katib does not watch {name}.")


def is_metadata(reference: str) -> bool:
    """Say whether a reference is to the trial's own metadata."""
    match = find_metadata(reference)
    if match is None:
        return False
    keyed = _KEYED.search(match.group(1))
    return (keyed.group(1) if keyed else match.group(1)) in METADATA_KEYS


def _known(case: Case, text: str) -> str:
    names = case.parameter_names[:_MOST_NAMES]
    near = close_names(text, names)
    return f"Did you mean {near[0]}?" if near else f"There are {', '.join(names)}."


def _find(case: Case, text: str) -> tuple[str | int, ...]:
    """Return the path of the first text in the template that holds a placeholder."""
    stack: list[tuple[tuple[str | int, ...], object]] = [(case.template_path, case.rendered)]
    while stack:
        path, value = stack.pop()
        if isinstance(value, str) and text in value:
            return path
        if isinstance(value, dict):
            stack += [((*path, key), item) for key, item in value.items()]
        elif isinstance(value, list):
            stack += [((*path, index), item) for index, item in enumerate(value)]
    return case.template_path


RULES = (
    template,
    primary_container_name,
    conditions,
    trial_parameters,
    template_source,
    config_map,
    config_map_unseen,
    trial_parameter,
    reference,
    placeholder_unused,
    placeholder_undeclared,
    template_object,
    job,
    parameter_unreferenced,
    metadata_reference,
    trial_kind,
)
