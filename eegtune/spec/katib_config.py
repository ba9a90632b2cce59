"""Which algorithms, early-stopping rules, collectors and trial kinds a Katib knows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from eegtune.spec.files import read_bytes
from eegtune.spec.reader import read_trees

DEFAULT_MEMORY = "100Mi"
SHIPPED, OWN = "stock", "eegtune"


@dataclass(frozen=True, slots=True)
class Service:
    """A suggestion or early-stopping service.

    Attributes:
        image: Its image.
        memory: Its memory limit; None where there is none.
    """

    image: str
    memory: str | None = DEFAULT_MEMORY

    @property
    def provider(self) -> str:
        """Which implementation it is: `hyperopt`, `optuna`, …, or `eegtune`, or unknown."""
        name = self.image.rpartition("/")[2].partition(":")[0].partition("@")[0]
        if "eegtune" in self.image:
            return "eegtune"
        for prefix in ("suggestion-", "earlystopping-"):
            if name.startswith(prefix):
                return name.removeprefix(prefix)
        return "unknown"


@dataclass(frozen=True, slots=True)
class KatibConfig:
    """What the ConfigMap `katib-config` says.

    Attributes:
        suggestions: Suggestion services by algorithm.
        early_stoppings: Early-stopping services by algorithm.
        collectors: Collector images by kind.
        wait_all_processes: What collectors are told about processes, by kind.
        trial_kinds: `Kind.version.group` of trials that the controller watches.
        is_given: Whether the user gave it; otherwise it is what Katib ships.
    """

    suggestions: Mapping[str, Service]
    early_stoppings: Mapping[str, Service]
    collectors: Mapping[str, str]
    wait_all_processes: Mapping[str, bool]
    trial_kinds: tuple[str, ...]
    is_given: bool = False


_IMAGES = "ghcr.io/kubeflow/katib/"
_PROVIDERS = {
    "random": "hyperopt", "tpe": "hyperopt", "grid": "optuna", "multivariate-tpe": "optuna",
    "hyperband": "hyperband", "bayesianoptimization": "skopt", "cmaes": "goptuna",
    "sobol": "goptuna", "enas": "enas", "darts": "darts", "pbt": "pbt",
}  # fmt: skip
_OWN_ALGORITHMS = (
    "random", "grid", "sobol", "tpe", "multivariate-tpe", "bayesianoptimization", "cmaes",
    "hyperband", "asha", "bohb", "pbt", "nsga2", "manual", "auto",
)  # fmt: skip
_OWN_STOPPING = ("medianstop", "percentile", "patience", "asha-stop", "wilcoxon")
_KINDS = (
    "TrainJob.v1alpha1.trainer.kubeflow.org", "Job.v1.batch", "TFJob.v1.kubeflow.org",
    "PyTorchJob.v1.kubeflow.org", "MPIJob.v1.kubeflow.org", "XGBoostJob.v1.kubeflow.org",
)  # fmt: skip


def shipped_config() -> KatibConfig:
    """Return the configuration that Katib v0.19 ships."""
    suggestions = {
        name: Service(
            f"{_IMAGES}suggestion-{provider}:v0.19.0",
            "400Mi" if name == "enas" else DEFAULT_MEMORY,
        )
        for name, provider in _PROVIDERS.items()
    }
    return KatibConfig(
        suggestions,
        {"medianstop": Service(f"{_IMAGES}earlystopping-medianstop:v0.19.0")},
        {
            "StdOut": f"{_IMAGES}file-metrics-collector:v0.19.0",
            "File": f"{_IMAGES}file-metrics-collector:v0.19.0",
            "TensorFlowEvent": f"{_IMAGES}tfevent-metrics-collector:v0.19.0",
        },
        {},
        _KINDS,
    )


def own_config() -> KatibConfig:
    """Return the configuration with eegtune's services, as its chart installs them."""
    shipped = shipped_config()
    return KatibConfig(
        {name: Service("eegtune/services", "1Gi") for name in _OWN_ALGORITHMS},
        {name: Service("eegtune/services", "1Gi") for name in _OWN_STOPPING},
        shipped.collectors, shipped.wait_all_processes, shipped.trial_kinds, is_given=True,
    )  # fmt: skip


def load_katib_config(name: str) -> KatibConfig:
    """Return `stock`, `eegtune`, or what a file says: the ConfigMap or its katib-config.yaml.

    Raises:
        SpecError: The file cannot be read.
        ValueError: It is no KatibConfig.
    """
    if name in (SHIPPED, OWN):
        return shipped_config() if name == SHIPPED else own_config()
    documents = [node.plain() for node, _ in read_trees(read_bytes(name), name)]
    for document in documents:
        if isinstance(document, dict) and document.get("kind") == "ConfigMap":
            text = (document.get("data") or {}).get("katib-config.yaml")
            documents += [node.plain() for node, _ in read_trees(str(text or ""), name)]
    for document in documents:
        if isinstance(document, dict) and document.get("kind") == "KatibConfig":
            return _from_document(document)
    raise ValueError(f"{name} holds no KatibConfig, nor a ConfigMap with katib-config.yaml")


def _from_document(document: Mapping[str, Any]) -> KatibConfig:
    runtime = _mapping(document.get("runtime"))
    controller = _mapping(_mapping(document.get("init")).get("controller"))
    collectors = _items(runtime, "metricsCollectors", "kind")
    kinds = controller.get("trialResources")
    return KatibConfig(
        {k: _service(v) for k, v in _items(runtime, "suggestions", "algorithmName").items()},
        {k: _service(v) for k, v in _items(runtime, "earlyStoppings", "algorithmName").items()},
        {kind: str(item["image"]) for kind, item in collectors.items()},
        {
            kind: bool(item["waitAllProcesses"])
            for kind, item in collectors.items()
            if item.get("waitAllProcesses") is not None
        },
        tuple(str(kind) for kind in kinds) if isinstance(kinds, list) else ("Job.v1.batch",),
        is_given=True,
    )


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _items(runtime: Mapping[str, Any], key: str, name: str) -> dict[str, dict[str, Any]]:
    """Return entries by name; the last of two wins, and one without an image does not count."""
    entries = runtime.get(key)
    found = (
        [item for item in entries if isinstance(item, dict)] if isinstance(entries, list) else []
    )
    by_name = {str(item.get(name, "")): item for item in found}
    return {key: item for key, item in by_name.items() if str(item.get("image") or "").strip()}


def _service(item: Mapping[str, Any]) -> Service:
    limits = _mapping(_mapping(item.get("resources")).get("limits"))
    memory = str(limits.get("memory", DEFAULT_MEMORY))
    return Service(str(item["image"]), None if memory.startswith("-") else memory)
