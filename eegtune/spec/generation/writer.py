"""A plan as commented YAML."""

from __future__ import annotations

import json
from collections.abc import Iterator

from eegtune.spec.generation.plan import EARLY_STOPPING, Plan, Searched
from eegtune.spec.generation.trial_spec import trial_spec_lines
from eegtune.spec.generation.words import quote

_WIDTH = 95


def write_plan(plan: Plan) -> str:
    """Return the Experiment's file."""
    sections = (_head, _objective, _algorithm, _counts, _parameters, _template, trial_spec_lines)
    return "\n".join(line for section in sections for line in section(plan)) + "\n"


def _head(plan: Plan) -> Iterator[str]:
    yield f"# yaml-language-server: $schema={plan.schema}"
    yield f"# {plan.summary}"
    yield "#"
    yield "#   eegtune run FILE                      on this machine"
    yield "#   kubectl apply -n NAMESPACE -f FILE    on Katib"
    if plan.made_by:
        yield "#"
        yield f"# Made by: {plan.made_by}"
    yield "apiVersion: kubeflow.org/v1beta1"
    yield "kind: Experiment"
    yield "metadata:"
    yield f"  name: {plan.name}"
    yield "spec:"


def _objective(plan: Plan) -> Iterator[str]:
    yield "  objective:"
    yield f"    type: {plan.objective_type}"
    if plan.goal is not None:
        yield f"    goal: {plan.goal:g}"
    yield f"    objectiveMetricName: {quote(plan.objective_metric)}"
    if plan.additional_metrics:
        names = ", ".join(quote(name) for name in plan.additional_metrics)
        yield f"    additionalMetricNames: [{names}]"
    if plan.latest:
        yield "    # A trial's last line holds all metrics of its best epoch."
        yield "    metricStrategies:"
        for name in (plan.objective_metric, *plan.additional_metrics):
            yield f"    - {{name: {quote(name)}, value: latest}}"


def _algorithm(plan: Plan) -> Iterator[str]:
    yield "  algorithm:"
    yield f"    algorithmName: {plan.algorithm}"
    if plan.all_settings:
        yield "    algorithmSettings:"
        for name, value in plan.all_settings:
            yield from _setting(name, value)
    if plan.early_stopping:
        yield "  earlyStopping:"
        yield f"    algorithmName: {plan.early_stopping}"
        yield "    algorithmSettings:"
        for name, value in EARLY_STOPPING.get(plan.early_stopping, ()):
            yield from _setting(name, value)


def _setting(name: str, value: str) -> Iterator[str]:
    line = f"    - {{name: {name}, value: {json.dumps(value)}}}"
    if len(line) <= _WIDTH and ": " not in value:
        yield line
        return
    yield f"    - name: {name}"
    if len(value) + 15 <= _WIDTH:
        yield f"      value: {json.dumps(value)}"
        return
    yield "      value: >-"
    parts = value.split("; ")
    for i, part in enumerate(parts):
        yield f"        {part}{';' if i < len(parts) - 1 else ''}"


def _counts(plan: Plan) -> Iterator[str]:
    count = plan.trial_count
    yield f"  parallelTrialCount: {min(plan.parallel, count)}"
    yield f"  maxTrialCount: {count}"
    yield f"  maxFailedTrialCount: {max(1, min(5, count // 4))}"


def _parameters(plan: Plan) -> Iterator[str]:
    yield "  parameters:"
    for parameter in plan.searched:
        if parameter.comment:
            yield f"  # {parameter.comment}"
        yield f"  - name: {quote(parameter.name)}"
        yield f"    parameterType: {parameter.kind}"
        yield from _space(parameter)


def _space(parameter: Searched) -> Iterator[str]:
    if parameter.values:
        values = [json.dumps(value, ensure_ascii=False) for value in parameter.values]
        line = f"    feasibleSpace: {{list: [{', '.join(values)}]}}"
        if len(line) <= _WIDTH:
            yield line
            return
        yield "    feasibleSpace:"
        yield "      list:"
        for value in values:
            yield f"      - {value}"
        return
    fields = [f'min: "{parameter.low}"', f'max: "{parameter.high}"']
    if parameter.step is not None:
        fields.append(f'step: "{parameter.step}"')
    if parameter.log:
        fields.append("distribution: logUniform")
    yield f"    feasibleSpace: {{{', '.join(fields)}}}"


def _template(plan: Plan) -> Iterator[str]:
    yield "  trialTemplate:"
    yield "    # Pods stay, so that Katib's UI can show their logs."
    yield "    retain: true"
    yield f"    primaryContainerName: {plan.container_name}"
    yield "    trialParameters:"
    for parameter in plan.searched:
        yield f"    - name: {parameter.placeholder}"
        yield f"      reference: {quote(parameter.name)}"
        if parameter.comment:
            yield f"      description: {json.dumps(parameter.comment, ensure_ascii=False)}"
    if any("${trialParameters.trialName}" in word for word in plan.command):
        yield "    - name: trialName"
        yield '      reference: "${trialSpec.Name}"'
