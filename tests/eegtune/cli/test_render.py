import json
from pathlib import Path

import pytest
import yaml

DATA = Path(__file__).parents[1] / "spec" / "data"
TRAFFIC = DATA / "traffic.yaml"


def test_the_job_of_a_trial(eegtune):
    code, output, _ = eegtune("render", TRAFFIC, "--set", "x=0.5", "--trial-name", "t-1")
    job = yaml.safe_load(output)
    assert code == 0
    assert job["metadata"] == {"name": "t-1", "namespace": "lab"}
    command = job["spec"]["template"]["spec"]["containers"][0]["command"]
    # Given, the middle on its step, and the first of the list.
    assert command[3:7] == ["--x=0.5", "--units=32", "--dropout=0.1", "--kind=plain"]


def test_the_pod_as_recorded(eegtune):
    recorded = json.loads((DATA / "pod.json").read_text("utf-8"))
    code, output, _ = eegtune(
        "render", TRAFFIC, "--as-pod", "--format", "json", "--trial-name", "traffic-2lrj5c2q",
        "--stop-rule", "score;-1.2;less;2", "--set", "x=1.5562089170069189", "--set", "units=48",
        "--set", "dropout=0.5", "--set", "kind=silent",
    )  # fmt: skip
    assert code == 0
    pod = json.loads(output)
    for ours, theirs in zip(
        pod["spec"]["containers"], recorded["spec"]["containers"], strict=True
    ):
        assert ours["args"] == theirs["args"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--set", "nope=1"], "there is no parameter nope"),
        (["--set", "x"], "is not PARAMETER=VALUE"),
        (["--set", 'kind=a"b'], "a value must not contain"),
    ],
)
def test_what_cannot_be_rendered_is_told(eegtune, words, said):
    code, _, errors = eegtune("render", TRAFFIC, *words)
    assert code == 2
    assert said in errors


def test_a_missing_file(eegtune):
    code, _, errors = eegtune("render", "none.yaml")
    assert code == 2
    assert "No such file" in errors
