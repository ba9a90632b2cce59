from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from eegtune.cli.overrides import apply_overrides
from eegtune.cli.run import parse_time
from eegtune.execution.store import RunStore


def test_a_run_prints_its_trials_its_best_and_its_report(eegtune: Any, write: Any) -> None:
    code, output, errors = eegtune("run", write())
    assert (code, errors) == (0, "")
    lines = output.splitlines()
    assert lines[0] == "tried: random, 3 trials, 1 at once"
    assert [line.split()[0] for line in lines[1:4]] == ["[1/3]", "[2/3]", "[3/3]"]
    assert "Succeeded: 3 trials are done; maxTrialCount is 3" in output
    assert "Best: loss 0." in output
    assert "Report: runs/tried/report.html" in output
    assert Path("runs/tried/report.html").is_file()


def test_quiet_prints_nothing(eegtune: Any, write: Any) -> None:
    assert eegtune("run", write(), "--quiet", "--no-report") == (0, "", "")
    assert not Path("runs/tried/report.html").exists()


def test_options_replace_what_the_file_says(eegtune: Any, write: Any) -> None:
    code, output, _ = eegtune(
        "run", write(), "--no-report", "--max-trials", 2, "--parallel", 2, "--dir", "here",
        "--set", "spec.parameters.x.feasibleSpace.min=0.9",
    )  # fmt: skip
    assert code == 0
    assert "tried: random, 2 trials, 2 at once" in output
    with RunStore.open("here") as store:
        assert [float(t.trial.assignments["x"]) > 0.9 for t in store.trials()] == [True, True]


def test_again_and_fresh(eegtune: Any, write: Any) -> None:
    file = write()
    assert eegtune("run", file, "--no-report")[0] == 0
    code, output, _ = eegtune("run", file, "--no-report")
    assert code == 0
    assert "[1/3]" not in output
    code, _, errors = eegtune("run", write("print('loss=1')"), "--no-report")
    assert code == 2
    assert "holds a run of another Experiment" in errors
    assert "spec.trialTemplate.trialSpec.spec.template.spec.containers[0].command[2]" in errors
    assert "--fresh" in errors
    code, output, _ = eegtune("run", file, "--no-report", "--fresh")
    assert code == 0
    assert "The earlier run was moved to runs/tried." in output
    assert len(list(Path("runs").iterdir())) == 2


def test_an_experiment_without_any_success_fails(eegtune: Any, write: Any) -> None:
    code, output, _ = eegtune("run", write("raise ValueError('the data is empty')"))
    assert code == 1
    assert "No trial succeeded; the last one: exit code 1: ValueError: the data is empty" in output
    assert "Report: runs/tried/report.html" in output
    assert Path("runs/tried/report.html").is_file()


def test_a_failed_experiment(eegtune: Any, write: Any) -> None:
    file = write("import sys; sys.exit(4)", maxFailedTrialCount=2)
    code, output, _ = eegtune("run", file, "--no-report")
    assert code == 1
    assert "Failed: 2 trials failed; maxFailedTrialCount is 2" in output


def test_timeout(eegtune: Any, write: Any) -> None:
    script = "import sys, time; time.sleep(.3); print('loss=' + sys.argv[1])"
    file = write(script, maxTrialCount=100)
    code, output, _ = eegtune("run", file, "--no-report", "--timeout", "1.5s")
    assert code in (0, 1)  # 1 where the machine was too busy for a single trial
    assert "The time given is over" in output
    assert "Go on with: eegtune" in output


SPACE = {"list": ["0.1", "0.2"]}
PROBE = ["trial-runner", "linear_probe", "--learning-rate=${trialParameters.x}"]
WRONG: list[tuple[dict[str, Any], str]] = [
    ({"algorithm": {"algorithmName": "magic"}}, "magic"),
    ({"algorithm": {"algorithmName": "random", "algorithmSettings": [
        {"name": "random_state", "value": "x"}]}}, "random_state"),
    ({"earlyStopping": {"algorithmName": "hope"}}, "hope"),
    ({"maxTrialCount": "3"}, "maxTrialCount"),
    ({"parameters": [{"name": "x", "parameterType": "double",
                      "feasibleSpace": {"min": "1", "max": "0"}}]}, "min"),
    ({"metricsCollectorSpec": {"collector": {"kind": "StdOut"}, "source": {
        "filter": {"metricsFormat": ["(a)=("]}}}}, "metricsFormat"),
    ({"metricsCollectorSpec": {"collector": {"kind": "Push"}}}, "Push"),
    ({"command": ["trial-runner", "linear_prob", "--a=${trialParameters.x}"]},
     "did you mean linear_probe?"),
    ({"command": ["trial-runner", "linear_probe", "--lerning-rate=${trialParameters.x}"]},
     "did you mean learning_rate?"),
    ({"command": ["trial-runner", "linear_probe", "--optimizer=${trialParameters.x}"],
      "parameters": [{"name": "x", "parameterType": "categorical",
                      "feasibleSpace": {"list": ["adamw", "adam"]}}]}, "'adam'"),
    ({"command": PROBE, "parameters": [{"name": "x", "parameterType": "double", "feasibleSpace": {
        "min": "0.001", "max": "100000"}}]}, "100000"),
]  # fmt: skip


@pytest.mark.parametrize(("spec", "message"), WRONG, ids=[message for _, message in WRONG])
def test_a_wrong_experiment_is_refused_before_anything_runs(
    eegtune: Any, write: Any, spec: dict[str, Any], message: str
) -> None:
    code, output, errors = eegtune("run", write(**spec))
    assert (code, output) == (2, "")
    assert errors.startswith("eegtune: ")
    assert message in errors
    assert not Path("runs").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["missing.yaml"], "missing.yaml"),
        (["broken.yaml"], "broken.yaml"),
        (["empty.yaml"], "empty.yaml"),
        (["tried.yaml", "--timeout", "soon"], "'soon' is not a time"),
        (["tried.yaml", "--parallel", "0"], "0 is not in the range"),
        (["tried.yaml", "--set", "spec.objective"], "expected path=value"),
        (["tried.yaml", "--set", "spec.objectiv.goal=1"], "no 'objectiv'; there are"),
        (["tried.yaml", "--set", "spec.parameters.y.name=1"], "no 'y'; there are x"),
        (["tried.yaml", "--set", "spec.maxTrialCount=many"], "maxTrialCount"),
        (["tried.yaml", "--bogus"], "--bogus"),
        ([], "FILE"),
    ],
)
def test_wrong_usage(eegtune: Any, write: Any, words: list[str], message: str) -> None:
    write()
    Path("broken.yaml").write_text("spec: [")
    Path("empty.yaml").write_text("")
    code, _, errors = eegtune("run", *words)
    assert code == 2
    assert message in errors
    assert not Path("runs").exists()


def test_overrides_keep_quotes_and_types() -> None:
    text = '{kind: Experiment, spec: {a: "1", b: 2, c: [{name: lr, max: "3"}, {name: x}]}}'
    overrides = ["spec.a=5", "spec.b=6", "spec.c.lr.max=7", "spec.c[1].name=y", "spec.d=8"]
    import yaml

    changed = yaml.safe_load(apply_overrides(text, overrides))
    assert changed["spec"] == {
        "a": "5", "b": 6, "c": [{"name": "lr", "max": "7"}, {"name": "y"}], "d": 8,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "seconds"), [("90", 90.0), ("90s", 90.0), ("1.5h", 5400.0), ("2 min", 120.0)]
)
def test_times(text: str, seconds: float) -> None:
    assert parse_time(None, None, text) == seconds


def test_json_of_a_run_stays_readable_while_names_are_odd(eegtune: Any, write: Any) -> None:
    eegtune("run", write(), "--no-report", "--quiet")
    code, output, _ = eegtune("trials", "tried", "--format", "json")
    assert code == 0
    assert [sorted(row) for row in json.loads(output)] == [
        ["finished", "metrics", "name", "parameters", "started", "status"]
    ] * 3
