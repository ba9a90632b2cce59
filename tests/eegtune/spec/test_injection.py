"""The pod as Katib's webhook rewrote it on a cluster."""

import json
from pathlib import Path

import pytest

from eegtune.spec import RenderError, load_experiment, load_experiment_text, render_trial
from eegtune.spec.injection import injected_pod, wrapped_line

DATA = Path(__file__).parent / "data"
GOOD = (DATA / "good.yaml").read_text("utf-8")
RECORDED = json.loads((DATA / "pod.json").read_text("utf-8"))
TRIAL = RECORDED["metadata"]["labels"]["katib.kubeflow.org/trial"]


def assert_within(part, whole, path=""):
    """Every value of `part` is in `whole` (which has what Kubernetes adds beside it)."""
    if isinstance(part, dict):
        for key, value in part.items():
            assert key in whole, f"{path}.{key}"
            assert_within(value, whole[key], f"{path}.{key}")
    elif isinstance(part, list):
        if all(isinstance(item, dict) and "name" in item for item in part):
            named = {item["name"]: item for item in whole}
            for item in part:
                assert item["name"] in named, f"{path}: {item['name']}"
                assert_within(item, named[item["name"]], f"{path}[{item['name']}]")
        else:
            assert part == whole, path
    else:
        assert part == whole, path


def test_the_recorded_pod_is_what_we_say():
    experiment = load_experiment(DATA / "traffic.yaml")
    values = {"x": "1.5562089170069189", "units": "48", "dropout": "0.5", "kind": "silent"}
    job = render_trial(experiment, TRIAL, values, "lab", labels={"eegtune/rung": "0"})
    pod = injected_pod(experiment, job, ["score;-1.2;less;2"])
    assert_within(pod, RECORDED)
    # And the other way round, for what the webhook itself adds.
    for ours, theirs in zip(
        pod["spec"]["containers"], RECORDED["spec"]["containers"], strict=True
    ):
        assert ours["name"] == theirs["name"]
        assert ours.get("args") == theirs["args"]
        assert ours.get("command") == theirs.get("command")
        assert ours.get("env", []) == [
            {"name": e["name"], "valueFrom": {"fieldRef": {
                "fieldPath": e["valueFrom"]["fieldRef"]["fieldPath"]}}}
            for e in theirs.get("env", [])
        ]  # fmt: skip
    assert pod["spec"]["shareProcessNamespace"] is RECORDED["spec"]["shareProcessNamespace"]


PATH = "/var/log/katib/metrics.log"
DONE = "&& echo completed > /var/log/katib/$$$$.pid"


@pytest.mark.parametrize(
    ("container", "kind", "shell", "line"),
    [
        ({"command": ["python", "a.py"], "args": ["--x", "1"]}, "StdOut", ["sh", "-c"],
         f"python a.py --x 1 1>{PATH} 2>&1 {DONE}"),
        ({"command": ["bash", "-c"], "args": ["a; b"]}, "StdOut", ["bash", "-c"],
         f"a; b 1>{PATH} 2>&1 {DONE}"),
        ({"command": ["/bin/sh", "-c", "a b"]}, "StdOut", ["sh", "-c"],
         f"/bin/sh -c a b 1>{PATH} 2>&1 {DONE}"),
        ({"command": ["python", "a.py"]}, "File", ["sh", "-c"], f"python a.py {DONE}"),
    ],
)  # fmt: skip
def test_the_command_is_joined_to_one_line(container, kind, shell, line):
    wrapped = wrapped_line(container, kind, PATH, is_file=True, with_stopping=False)
    assert wrapped == (shell, [line])


def test_push_changes_nothing_but_labels_and_the_trials_name():
    text = GOOD.replace("kind: StdOut", "kind: Push")
    experiment = load_experiment_text(text)
    values = {"lr": "1", "units": "8", "dropout": "0.1", "kind": "plain"}
    pod = injected_pod(experiment, render_trial(experiment, "t", values))
    (container,) = pod["spec"]["containers"]
    assert container["command"][:3] == ["python3", "-u", "/trial.py"]
    assert container["env"][0]["name"] == "KATIB_TRIAL_NAME"


def test_a_custom_collector_is_added_as_it_is():
    text = GOOD.replace(
        "collector: {kind: StdOut}",
        "collector: {kind: Custom, customCollector: {name: mine, image: a/b:1}}\n"
        "    source: {fileSystemPath: {kind: Directory, path: /out}}",
    )
    experiment = load_experiment_text(text)
    values = {"lr": "1", "units": "8", "dropout": "0.1", "kind": "plain"}
    pod = injected_pod(experiment, render_trial(experiment, "t", values))
    trial, mine = pod["spec"]["containers"]
    assert mine["image"] == "a/b:1"
    assert mine["volumeMounts"] == trial["volumeMounts"] == [
        {"name": "metrics-volume", "mountPath": "/out"}
    ]  # fmt: skip
    assert trial["command"][0] == "python3"


def test_without_a_command_katib_would_ask_the_registry():
    experiment = load_experiment_text(GOOD.replace("command: [python3", "args: [python3"))
    values = {"lr": "1", "units": "8", "dropout": "0.1", "kind": "plain"}
    with pytest.raises(RenderError, match="no command"):
        injected_pod(experiment, render_trial(experiment, "t", values))
