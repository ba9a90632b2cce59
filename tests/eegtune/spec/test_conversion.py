"""Experiments for other tools; what they cannot express is listed."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from eegtune.spec import check_text, load_experiment_text
from eegtune.spec.conversion import TARGETS, convert_to
from eegtune.spec.conversion.optimization_job import variable
from eegtune.spec.conversion.ranges import grid_values
from eegtune.spec.conversion.wandb_sweep import from_sweep

GOOD = (Path(__file__).parent / "data" / "good.yaml").read_text("utf-8")
# The types of trainer.kubeflow.org/v1alpha1 (phase 1), as its CRD validates them.
DOUBLE = re.compile(r"^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$")


def convert(target, text=GOOD):
    return convert_to(load_experiment_text(text), target)


def lost(conversion, *words):
    return any(all(word in sentence for word in words) for sentence in conversion.lost)


def check_optimization_job(document):
    """Check what the CRD of OptimizationJob checks."""
    spec = document["spec"]
    assert document["apiVersion"] == "trainer.kubeflow.org/v1alpha1"
    assert set(spec) <= {"objectives", "searchAlgorithm", "parameters", "numTrials",
                         "parallelTrials", "trainJobTemplate"}  # fmt: skip
    (objective,) = spec["objectives"]
    assert objective["direction"] in ("Maximize", "Minimize")
    assert len(spec["searchAlgorithm"]) == 1
    assert set(spec["searchAlgorithm"]) <= {"random", "grid"}
    assert 1 <= spec["parallelTrials"] <= spec["numTrials"] <= 100
    for parameter in spec["parameters"]:
        ((kind, space),) = parameter["searchSpace"].items()
        assert kind in ("uniform", "logUniform", "categorical")
        if kind == "categorical":
            assert len(set(space["choices"])) == len(space["choices"]) <= 100
            assert all(isinstance(choice, str) for choice in space["choices"])
        else:
            assert "grid" not in spec["searchAlgorithm"]
            assert DOUBLE.match(space["min"])
            assert DOUBLE.match(space["max"])
            assert float(space["min"]) < float(space["max"])
            assert kind == "uniform" or float(space["min"]) > 0
            assert space["type"] in ("Int", "Float")
    trainer = spec["trainJobTemplate"]["spec"]["trainer"]
    assert set(trainer) <= {"image", "command", "args", "env", "resourcesPerNode"}
    assert spec["trainJobTemplate"]["spec"]["runtimeRef"]["name"]


def test_an_optimization_job_has_the_types_of_trainer():
    conversion = convert("optimizationjob")
    document = yaml.safe_load(conversion.text)
    check_optimization_job(document)
    trainer = document["spec"]["trainJobTemplate"]["spec"]["trainer"]
    assert f"--lr=$({variable('lr')})" in trainer["command"]
    assert variable("lr") == "KUBEFLOW_TRAINER_OPT_LR"
    for words in (
        ("goal",),
        ("latency_ms",),
        ("multivariate-tpe", "random"),
        ("units", "step"),
        ("maxFailedTrialCount",),
        ("strategy", "latest"),
        ("trialSpec.Name",),
    ):
        assert lost(conversion, *words), words


def test_a_grid_becomes_choices():
    text = GOOD.replace("algorithmName: multivariate-tpe", "algorithmName: grid").replace(
        'min: "1e-4", max: "1e-1", distribution: logUniform', 'min: "0", max: "1", step: "0.25"'
    )
    document = yaml.safe_load(convert("optimizationjob", text).text)
    check_optimization_job(document)
    choices = {p["name"]: p["searchSpace"]["categorical"]["choices"]
               for p in document["spec"]["parameters"]}  # fmt: skip
    assert choices["lr"] == ["0", "0.25", "0.5", "0.75", "1"]
    assert choices["units"] == [str(n) for n in range(8, 65, 8)]


def test_more_than_a_hundred_trials_are_told():
    conversion = convert(
        "optimizationjob", GOOD.replace("maxTrialCount: 12", "maxTrialCount: 300")
    )
    assert yaml.safe_load(conversion.text)["spec"]["numTrials"] == 100
    assert lost(conversion, "maxTrialCount 300")


def test_a_sweep():
    conversion = convert("wandb-sweep")
    sweep = yaml.safe_load(conversion.text)
    assert sweep["method"] == "bayes"
    assert sweep["metric"] == {"name": "score", "goal": "maximize", "target": 0.99}
    assert sweep["parameters"] == {
        "lr": {"distribution": "log_uniform_values", "min": 1e-4, "max": 1e-1},
        "units": {"distribution": "q_uniform", "q": 8, "min": 8, "max": 64},
        "dropout": {"values": [0.1, 0.25]},
        "kind": {"values": ["plain", "fancy"]},
    }
    assert sweep["command"] == ["python3", "-u", "/trial.py", "${args}", "--name="]
    assert sweep["run_cap"] == 12
    assert lost(conversion, "trialSpec.Name")
    assert lost(conversion, "parallelTrialCount 2")


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('min: "8", max: "64", step: "8"', 'min: "1", max: "8", step: "3"', {"values": [1, 4, 7]}),
        ('min: "8", max: "64", step: "8"', 'min: "8", max: "64", step: "1"',
         {"distribution": "int_uniform", "min": 8, "max": 64}),
        ("algorithmName: multivariate-tpe", "algorithmName: grid",
         {"values": list(range(8, 65, 8))}),
    ],
)  # fmt: skip
def test_steps_of_a_sweep(old, new, expected):
    text = GOOD.replace(old, new)
    if "grid" in new:
        text = text.replace("distribution: logUniform", 'step: "0.01"')
    assert yaml.safe_load(convert("wandb-sweep", text).text)["parameters"]["units"] == expected


def test_a_grid_is_the_same_everywhere():
    text = GOOD.replace("multivariate-tpe", "grid").replace(
        'min: "1e-4", max: "1e-1", distribution: logUniform', 'min: "0", max: "1", step: "0.3"'
    )
    assert grid_values(load_experiment_text(text).spec.parameters[0]) == [0, 0.3, 0.6, 0.9]
    assert "'lr': tune.grid_search([0.0, 0.3, 0.6, 0.9])" in convert("ray", text).text
    assert "suggest_float('lr', 0.0, 1.0, step=0.3)" in convert("optuna", text).text


def test_a_parameter_elsewhere_in_the_command_is_told():
    conversion = convert("wandb-sweep", GOOD.replace('"--lr=$', '"--rate=$'))
    assert lost(conversion, "lr stands in the command")


def test_a_sweep_comes_back_as_an_experiment():
    back = from_sweep(convert("wandb-sweep").text, "registry.example/eeg/trial:1")
    (verdict,) = check_text(back.text)
    assert verdict.findings == ()
    first, again = load_experiment_text(GOOD).spec, load_experiment_text(back.text).spec
    assert [p.name for p in again.parameters] == [p.name for p in first.parameters]
    assert [p.parameter_type for p in again.parameters] == ["double", "int", "discrete",
                                                            "categorical"]  # fmt: skip
    assert again.objective.goal == first.objective.goal
    assert again.max_trial_count == first.max_trial_count


SWEEP = """
program: train.py
method: random
metric: {name: loss, goal: minimize}
early_terminate: {type: hyperband}
project: mine
parameters:
  lr: {distribution: log_uniform, min: -9.21034, max: -2.302585}
  layers: {min: 1, max: 4}
  rate: {min: 0.0, max: 1.0}
  shape: {distribution: normal, mu: 0, sigma: 1, min: -3, max: 3}
  act: {values: [relu, gelu], probabilities: [0.5, 0.5]}
  fixed: {value: 7}
"""


def test_what_an_experiment_cannot_express_of_a_sweep_is_told():
    conversion = from_sweep(SWEEP, "a/b:1")
    spec = yaml.safe_load(conversion.text)["spec"]
    spaces = {p["name"]: p["feasibleSpace"] for p in spec["parameters"]}
    assert float(spaces["lr"]["min"]) == pytest.approx(1e-4, rel=1e-3)
    assert spaces["lr"]["distribution"] == "logUniform"
    assert spaces["layers"] == {"min": "1", "max": "4"}
    container = spec["trialTemplate"]["trialSpec"]["spec"]["template"]["spec"]["containers"][0]
    assert container["command"][:4] == ["python", "-u", "train.py", "--fixed=7"]
    for words in (("early_terminate",), ("project",), ("shape", "normal"),
                  ("act", "probabilities")):  # fmt: skip
        assert lost(conversion, *words), words


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1", "no parameters"),
        ("parameters: {a: 1}", "is no mapping"),
        ("parameters: {a: {value: 1}}", "searches nothing"),
        ("parameters: {a: {distribution: normal, mu: 0}}", "no min and max"),
    ],
)
def test_what_is_no_sweep_is_told(text, message):
    with pytest.raises(ValueError, match=message):
        from_sweep(text, "a/b:1")


TRIAL = """
import sys
values = dict(word[2:].split("=") for word in sys.argv[1:])
print("epoch=1 score=0.1")
print("score=%.4f" % (float(values["lr"]) + (values["kind"] == "fancy")))
"""


def test_the_optuna_script_runs(tmp_path):
    (tmp_path / "trial.py").write_text(TRIAL)
    text = GOOD.replace("/trial.py", str(tmp_path / "trial.py")).replace(
        "python3, -u", f"{sys.executable}, -u"
    )
    script = tmp_path / "study.py"
    script.write_text(convert("optuna", text).text)
    done = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    best = float(done.stdout.split()[0])
    assert 1 < best <= 1.1  # the latest value, of a fancy one
    assert "'kind': 'fancy'" in done.stdout


def test_the_ray_script_runs(tmp_path):
    pytest.importorskip("ray", reason="Ray Tune is not installed")
    (tmp_path / "trial.py").write_text(TRIAL)
    text = GOOD.replace("/trial.py", str(tmp_path / "trial.py")).replace(
        "python3, -u", f"{sys.executable}, -u"
    )
    script = tmp_path / "tune_it.py"
    script.write_text(convert("ray", text).text)
    done = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    assert 1 < float(done.stdout.splitlines()[-1].split()[0]) <= 1.1


def test_the_ray_script_is_python_with_every_parameter():
    conversion = convert("ray")
    tree = ast.parse(conversion.text)
    names = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    assert {"lr", "units", "dropout", "kind", "good"} <= names
    assert "tune.loguniform(0.0001, 0.1)" in conversion.text
    assert "tune.qrandint(8, 64, 8)" in conversion.text


@pytest.mark.parametrize("target", TARGETS)
def test_our_own_settings_are_told_by_every_target(target):
    own = "- {name: conditions, value: \"units: kind == 'fancy'\"}"
    conversion = convert(target, GOOD.replace('- {name: random_state, value: "7"}', own))
    assert lost(conversion, "conditions")


@pytest.mark.parametrize("target", TARGETS)
def test_a_template_that_is_no_job_is_refused(target):
    text = GOOD.replace("            containers:", "            initContainers:").replace(
        "kind: Job", "kind: Other\n      x: {containers: [{name: trial, image: 'a/b:1'}]}"
    ).replace("    retain: true", "    successCondition: a\n    failureCondition: b")  # fmt: skip
    with pytest.raises(ValueError, match="can be converted"):
        convert(target, text)
