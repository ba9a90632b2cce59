"""Defaults beyond the recorded verdicts."""

import json
from pathlib import Path

import pytest

from eegtune.spec import check_text

GOOD = (Path(__file__).parent / "data" / "good.yaml").read_text("utf-8")


def defaulted(old, new):
    (verdict,) = check_text(GOOD.replace(old, new, 1))
    return verdict.document["spec"]


@pytest.mark.parametrize(
    ("kind", "condition", "labels"),
    [
        ("Job", "Complete", None),
        ("TrainJob", "Complete", {"jobset.sigs.k8s.io/replicatedjob-name": "node",
                                  "batch.kubernetes.io/job-completion-index": "0"}),
        ("PyTorchJob", "Succeeded", {"training.kubeflow.org/job-role": "master"}),
        ("TFJob", "Succeeded", {"training.kubeflow.org/job-role": "master"}),
        ("MPIJob", "Succeeded", {"training.kubeflow.org/job-role": "master"}),
        ("XGBoostJob", "Succeeded", {"training.kubeflow.org/job-role": "master"}),
        ("Workflow", None, None),
    ],
)  # fmt: skip
def test_conditions_and_labels_follow_the_kind(kind, condition, labels):
    template = defaulted("kind: Job", f"kind: {kind}")["trialTemplate"]
    success = condition and f'status.conditions.#(type=="{condition}")#|#(status=="True")#'
    assert template.get("successCondition") == success
    assert template.get("primaryPodLabels") == labels


def test_a_given_condition_stays():
    template = defaulted("    retain: true", "    successCondition: mine")["trialTemplate"]
    assert template["successCondition"] == "mine"
    assert "Failed" in template["failureCondition"]
    assert "retain" not in template


@pytest.mark.parametrize(
    ("collector", "spec"),
    [
        ("{}", {"collector": {"kind": "StdOut"}}),
        ("{collector: {}}", {"collector": {}}),
        ("{source: {filter: {}}}", {"collector": {"kind": "StdOut"}, "source": {"filter": {}}}),
        ("{collector: {kind: File}}", {
            "collector": {"kind": "File"},
            "source": {"fileSystemPath": {
                "path": "/var/log/katib/metrics.log", "kind": "File", "format": "TEXT"}}}),
        ("{collector: {kind: TensorFlowEvent}}", {
            "collector": {"kind": "TensorFlowEvent"},
            "source": {"fileSystemPath": {
                "path": "/var/log/katib/tfevent/", "kind": "Directory"}}}),
        ("{collector: {kind: PrometheusMetric}, source: {httpGet: {port: 9090}}}", {
            "collector": {"kind": "PrometheusMetric"},
            "source": {"httpGet": {"path": "/metrics", "port": 9090}}}),
        ("{collector: {kind: PrometheusMetric}}", {
            "collector": {"kind": "PrometheusMetric"},
            "source": {"httpGet": {"path": "/metrics", "port": 8080}}}),
        ("{collector: {kind: Custom, customCollector: {image: a, resources: {limits: {cpu: "
         "1000m}}}}}", {
            "collector": {"kind": "Custom", "customCollector": {
                "name": "", "image": "a", "resources": {"limits": {"cpu": "1"}}}}}),
    ],
)  # fmt: skip
def test_the_collector_is_completed(collector, spec):
    text = GOOD.replace("metricsCollectorSpec:\n    collector: {kind: StdOut}",
                        f"metricsCollectorSpec: {collector}")  # fmt: skip
    (verdict,) = check_text(text)
    assert verdict.document["spec"]["metricsCollectorSpec"] == spec


def test_strategies_of_an_objective_without_direction_are_latest():
    objective = defaulted("    type: maximize\n", "")["objective"]
    assert objective["metricStrategies"] == [
        {"name": "score", "value": "latest"}, {"name": "latency_ms", "value": "latest"},
    ]  # fmt: skip


def test_empty_values_and_unknown_fields_are_dropped():
    spec = defaulted("  maxTrialCount: 12", "  maxTrialCount: null\n  nasConfig: {}\n  more: 1")
    assert "maxTrialCount" not in spec
    assert "more" not in spec
    assert spec["nasConfig"] == {"graphConfig": {}}


def test_the_documents_of_a_list_are_each_checked():
    import yaml

    good = yaml.safe_load(GOOD)
    text = json.dumps({"apiVersion": "v1", "kind": "List", "items": [good, good]})
    assert [verdict.name for verdict in check_text(text)] == ["good", "good"]
