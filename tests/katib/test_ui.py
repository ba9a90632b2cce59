"""What Katib's UI would show of our Experiments."""

import csv
import io
import json
import re
from pathlib import Path

import pytest
import yaml

from eegtune.cluster.katib.trial_templates import trial_templates
from eegtune.spec import load_experiment

from .replay import RECORDED
from .ui_table import ui_table

EXPERIMENTS = sorted(
    path
    for path in Path(__file__).parents[2].glob("manifests/experiments/*/*.yaml")
    if path.name != "kustomization.yaml"
)
MOST_COLUMNS = 24
NAMES = [f"{path.parent.name}-{path.stem}" for path in EXPERIMENTS]


def recorded(name):
    loaded = json.loads((RECORDED / name).read_text())
    return loaded["items"] if isinstance(loaded, dict) and "items" in loaded else loaded


def recorded_logs():
    pair = re.compile(r'metric:\{name:"([^"]+)"\s+value:"([^"]*)"\}')
    return {
        pod.rsplit("-", 1)[0]: pair.findall(entry["collector"])
        for pod, entry in recorded("pod-logs.json").items()
    }


def test_the_recorded_table_is_built_to_the_letter():
    table = ui_table(recorded("experiment.json"), recorded("trials.json"), recorded_logs())
    assert table == recorded("ui_fetch_hp_job_info.json")


def one_trial(experiment, pick):
    """Return a Trial object with one value of every parameter."""
    assignments = []
    for parameter in experiment.spec.parameters:
        space = parameter.feasible_space
        value = pick(space.values) if space.values else space.max
        assignments.append({"name": parameter.name, "value": value})
    return {
        "metadata": {"name": f"{experiment.name}-bcdfghjk"},
        "spec": {"parameterAssignments": assignments},
        "status": {"conditions": [{"type": "Succeeded", "status": "True"}]},
    }


@pytest.mark.parametrize("path", EXPERIMENTS, ids=NAMES)
@pytest.mark.parametrize("pick", [lambda values: values[0], lambda v: max(v, key=len)])
def test_columns_of_a_generated_experiment_hold_what_they_say(path, pick):
    experiment = load_experiment(path)
    trial = one_trial(experiment, pick)
    names = experiment.spec.objective.metric_names
    logs = {trial["metadata"]["name"]: [(name, f"0.{i + 1}") for i, name in enumerate(names)]}
    table = ui_table(experiment.to_dict(), [trial], logs)
    header, row = csv.reader(io.StringIO(table))
    assert len(header) == len(row), "a comma in a value or a name moves the columns"
    shown = dict(zip(header, row, strict=True))
    for assignment in trial["spec"]["parameterAssignments"]:
        assert shown[assignment["name"]] == assignment["value"]
    assert [shown[name] for name in names] == [f"0.{i + 1}" for i in range(len(names))]
    assert len(header) <= MOST_COLUMNS
    assert len(set(header)) == len(header)


@pytest.mark.parametrize("path", EXPERIMENTS, ids=NAMES)
def test_a_generated_experiment_reads_well(path):
    experiment = load_experiment(path)
    template = experiment.spec.trial_template
    assert template.retain, "without it the Logs tab is empty"
    for entry in template.trial_parameters:
        assert entry.description or entry.reference.startswith("${trialSpec."), entry.name
    for parameter in experiment.spec.parameters:
        for value in parameter.feasible_space.values or ():
            assert len(value) <= 60, value
            assert "," not in value
    assert len(experiment.name) <= 40


def test_templates_are_offered_by_the_uis_form():
    (config_map,) = list(yaml.safe_load_all(trial_templates([EXPERIMENTS[0]], "lab")))
    assert config_map["metadata"]["labels"] == {"katib.kubeflow.org/component": "trial-templates"}
    assert config_map["metadata"]["namespace"] == "lab"
    experiment = load_experiment(EXPERIMENTS[0])
    (name, text), *_ = config_map["data"].items()
    assert name == f"{experiment.name}.yaml"
    job = yaml.safe_load(text)
    assert job == experiment.spec.trial_template.trial_spec
    for entry in experiment.spec.trial_template.trial_parameters:
        assert f"${{trialParameters.{entry.name}}}" in text
