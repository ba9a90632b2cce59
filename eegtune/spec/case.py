"""One Experiment as the rules see it: decoded, defaulted, its template with test values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from eegtune.spec.go_json import go_json
from eegtune.spec.katib_config import KatibConfig, Service
from eegtune.spec.nodes import Node
from eegtune.spec.rendering import PLACEHOLDER
from eegtune.spec.scalars import resolve_plain

INJECTION_LABEL = ("katib.kubeflow.org/metrics-collector-injection", "enabled")
WRAPPED = ("StdOut", "File", "TensorFlowEvent")
TEST_VALUE = "test-value"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is known of the cluster.

    Attributes:
        config: Katib's configuration.
        config_maps: ConfigMaps' data by namespace and name.
        namespaces: Namespaces' labels by name.
        namespace_labels: Labels of the namespace the Experiment goes to; None where unknown.
        previous: Experiments that are in the cluster already, by name: spec and status.
    """

    config: KatibConfig
    config_maps: Mapping[tuple[str, str], Mapping[str, str]]
    namespaces: Mapping[str, Mapping[str, str]]
    namespace_labels: Mapping[str, str] | None = None
    previous: Mapping[str, dict[str, Any]] = field(default_factory=dict)


class Case:
    """An Experiment and everything a rule may want to know of it.

    Attributes:
        root: The document.
        metadata: Its metadata, as written.
        spec: Its spec, decoded and defaulted: what Katib's validating webhook sees.
        around: What is known of the cluster.
    """

    def __init__(
        self, root: Node, metadata: dict[str, Any], spec: dict[str, Any], around: Surroundings
    ) -> None:
        self.root = root
        self.metadata = metadata
        self.spec = spec
        self.around = around

    @property
    def name(self) -> str:
        """The Experiment's name; empty where it has none."""
        name = self.metadata.get("name")
        return name if isinstance(name, str) else ""

    @property
    def previous(self) -> dict[str, Any] | None:
        """The Experiment of this name that is in the cluster already."""
        return self.around.previous.get(self.name)

    @cached_property
    def parameters(self) -> list[dict[str, Any]]:
        """The searched parameters."""
        return self.spec.get("parameters") or []

    @cached_property
    def parameter_names(self) -> list[str]:
        """Their names."""
        return [str(parameter.get("name", "")) for parameter in self.parameters]

    @cached_property
    def objective(self) -> dict[str, Any]:
        """The objective."""
        return self.spec.get("objective") or {}

    @cached_property
    def metrics(self) -> list[str]:
        """The objective metric and the additional ones."""
        names = [self.objective.get("objectiveMetricName", "")]
        return names + list(self.objective.get("additionalMetricNames") or ())

    @cached_property
    def algorithm(self) -> str:
        """The algorithm's name."""
        return str((self.spec.get("algorithm") or {}).get("algorithmName", ""))

    @cached_property
    def settings(self) -> dict[str, str]:
        """The algorithm's settings."""
        return settings_of(self.spec.get("algorithm"))

    @cached_property
    def service(self) -> Service | None:
        """The suggestion service that Katib would start."""
        return self.around.config.suggestions.get(self.algorithm)

    @property
    def provider(self) -> str:
        """Which implementation serves the algorithm."""
        return self.service.provider if self.service else "unknown"

    @cached_property
    def early_stopping(self) -> str:
        """The early-stopping rule's name; empty without one."""
        return str((self.spec.get("earlyStopping") or {}).get("algorithmName", ""))

    @cached_property
    def template(self) -> dict[str, Any]:
        """The trial template."""
        return self.spec.get("trialTemplate") or {}

    @cached_property
    def trial_parameters(self) -> list[dict[str, Any]]:
        """The placeholders and what they refer to."""
        return self.template.get("trialParameters") or []

    @cached_property
    def collector(self) -> str:
        """The metrics collector's kind."""
        kind = (self.spec["metricsCollectorSpec"].get("collector") or {}).get("kind", "")
        return str(kind)

    @cached_property
    def source(self) -> dict[str, Any]:
        """The metrics collector's source."""
        return self.spec["metricsCollectorSpec"].get("source") or {}

    @cached_property
    def filters(self) -> list[str]:
        """The metrics collector's own regular expressions."""
        return (self.source.get("filter") or {}).get("metricsFormat") or []

    @cached_property
    def parallel(self) -> int:
        """How many trials at a time."""
        return int(self.spec["parallelTrialCount"])

    @cached_property
    def max_trials(self) -> int | None:
        """How many trials in all."""
        count: int | None = self.spec.get("maxTrialCount")
        return count

    @cached_property
    def template_text(self) -> str | None:
        """The template as text, with placeholders; None where it is not known."""
        trial_spec, source = self.template.get("trialSpec"), self.template.get("configMap")
        if trial_spec is not None:
            return go_json(trial_spec)
        if not source:
            return None
        key = (source.get("configMapNamespace", ""), source.get("configMapName", ""))
        return self.around.config_maps.get(key, {}).get(source.get("templatePath", ""))

    @cached_property
    def rendered_text(self) -> str | None:
        """The template's text with a test value for every placeholder that is declared."""
        text = self.template_text
        return None if text is None else _substitute(text, self.placeholder_names)

    @cached_property
    def placeholder_names(self) -> frozenset[str]:
        """The names that trialParameters declare."""
        return frozenset(str(entry.get("name", "")) for entry in self.trial_parameters)

    @cached_property
    def placeholders(self) -> frozenset[str]:
        """The names that the template uses as `${trialParameters.NAME}`."""
        parts = (self.template_text or "").split("${trialParameters.")[1:]
        return frozenset(part.partition("}")[0] for part in parts if "}" in part)

    @cached_property
    def rendered(self) -> dict[str, Any] | None:
        """The trial's object; None where the template cannot be parsed."""
        if self.rendered_text is None:
            return None
        if self.template.get("trialSpec") is not None:
            found = _substitute(self.template["trialSpec"], self.placeholder_names)
            return found if isinstance(found, dict) else None
        return _parse(self.rendered_text)

    @cached_property
    def left_over(self) -> list[str]:
        """Placeholders in the template that no trial parameter fills."""
        text = self.rendered_text or ""
        return PLACEHOLDER.findall(text[: text.rfind("}") + 1])

    @property
    def template_path(self) -> tuple[str, ...]:
        """Where the template's object stands in the document."""
        inline = self.template.get("trialSpec") is not None
        return ("spec", "trialTemplate", "trialSpec" if inline else "configMap")

    @cached_property
    def is_job(self) -> bool:
        """Whether trials are Jobs of Kubernetes."""
        rendered = self.rendered or {}
        return rendered.get("apiVersion") == "batch/v1" and rendered.get("kind") == "Job"

    @cached_property
    def pods(self) -> list[tuple[tuple[str | int, ...], dict[str, Any]]]:
        """Pod templates in the trial's object: path within the object, and the pod's spec."""
        return list(_find_pods(self.rendered or {}, ()))

    @cached_property
    def primary(self) -> tuple[tuple[str | int, ...], dict[str, Any]] | None:
        """The primary container: its path in the document, and itself."""
        wanted = self.template.get("primaryContainerName")
        for path, pod in self.pods:
            for index, container in enumerate(_list(pod.get("containers"))):
                if isinstance(container, dict) and container.get("name") == wanted:
                    return (*self.template_path, *path, "containers", index), container
        return None

    @cached_property
    def containers(self) -> list[tuple[tuple[str | int, ...], dict[str, Any]]]:
        """Every container with its path in the document."""
        found = []
        for path, pod in self.pods:
            for group in ("initContainers", "containers"):
                for index, container in enumerate(_list(pod.get(group))):
                    if isinstance(container, dict):
                        found.append(((*self.template_path, *path, group, index), container))
        return found


def settings_of(algorithm: Mapping[str, Any] | None) -> dict[str, str]:
    """Return the settings of an algorithm or early-stopping rule by name."""
    entries = (algorithm or {}).get("algorithmSettings") or ()
    return {entry.get("name", ""): entry.get("value", "") for entry in entries}


def number(text: object) -> float | None:
    """Return the number that a bound's text stands for, None where it is none."""
    try:
        value = float(text) if isinstance(text, str) and "_" not in text else None
    except ValueError:
        return None
    return value if value is not None and abs(value) < float("inf") else None


# Where a TrainJob says what differs from its runtime's pods: parts of pods, without images.
_PATCHES = ("runtimePatches", "podTemplateOverrides", "podSpecOverrides")
_NAMED = re.compile(r"\$\{trialParameters\.([^{}]*)\}")


def _substitute(value: Any, names: frozenset[str]) -> Any:
    """Return a template with a test value in place of each declared placeholder."""
    if isinstance(value, str):
        if "${" not in value or "}" not in value:
            return value
        return _NAMED.sub(lambda m: TEST_VALUE if m.group(1) in names else m.group(0), value)
    if isinstance(value, list):
        return [_substitute(item, names) for item in value]
    if isinstance(value, dict):
        return {_substitute(key, names): _substitute(item, names) for key, item in value.items()}
    return value


def _parse(text: str) -> dict[str, Any] | None:
    from eegtune.spec.finding import SpecError
    from eegtune.spec.reader import read_trees

    try:
        trees = read_trees(text)
    except SpecError:
        return None
    value = trees[0][0].plain() if trees else None
    return value if isinstance(value, dict) and value.get("kind") else None


def _find_pods(value: Any, path: tuple[str | int, ...], depth: int = 0) -> Any:
    """Yield every mapping that has a list of containers, wherever the kind keeps it."""
    if depth > 10:
        return
    if isinstance(value, dict):
        if isinstance(value.get("containers"), list):
            yield path, value
            return
        for key, item in value.items():
            if key not in _PATCHES:
                yield from _find_pods(item, (*path, key), depth + 1)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _find_pods(item, (*path, index), depth + 1)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def is_number_text(text: str) -> bool:
    """Say whether text reads as a number."""
    value = resolve_plain(text)
    return isinstance(value, (int, float)) and not isinstance(value, bool)
