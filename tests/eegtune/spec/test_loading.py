"""Files to typed Experiments and back."""

from pathlib import Path

import pytest
from hypothesis import given, settings

from eegtune.spec import (
    SpecError,
    dump_experiment,
    load_experiment,
    load_experiment_text,
)

from .strategies import experiments

DATA = Path(__file__).parent / "data"
GOOD = (DATA / "good.yaml").read_text("utf-8")


def test_a_file_is_read_with_every_default():
    experiment = load_experiment(DATA / "traffic.yaml")
    spec = experiment.spec
    assert experiment.name == "traffic"
    assert spec.resume_policy == "Never"
    assert spec.objective.strategy_of("latency_ms") == "max"
    assert spec.parameters[1].feasible_space.distribution == "uniform"
    assert "Complete" in spec.trial_template.success_condition
    assert spec.algorithm.settings == {"random_state": "7"}


@given(experiments())
@settings(max_examples=150, deadline=None)
def test_what_the_models_build_survives_dump_and_load(experiment):
    text = dump_experiment(experiment)
    again = load_experiment_text(text)
    assert again == experiment
    assert dump_experiment(again) == text


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("name: lr", "name: y", "wrong-type"),
        ("reference: units}", "reference: unit}", "reference"),
        ('min: "1e-4"', 'min: "0"', "log-range"),
        ("v1beta1\nkind: Experiment", "v1beta1\nkind: Trial", "one-experiment"),
        ("  - name: units", "  - name: lr", "parameter-name"),
    ],
)
def test_what_cannot_be_run_is_refused_with_its_place(old, new, rule):
    with pytest.raises(SpecError) as caught:
        load_experiment_text(GOOD.replace(old, new, 1), "my.yaml")
    assert rule in [finding.rule for finding in caught.value.findings]
    assert str(caught.value).startswith("my.yaml:")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("algorithmName: multivariate-tpe", "algorithmName: asha"),
        ("namespace: lab", "namespace: default"),
        ("[python3, -u, /trial.py, ", '[python3, -u, -c, "print(1)", '),
        ("objectiveMetricName: score", "objectiveMetricName: score\n    extra: 1"),
    ],
)
def test_what_only_a_cluster_minds_is_no_reason(old, new):
    text = GOOD.replace(old, new, 1)
    if "extra" in new:
        with pytest.raises(SpecError, match="extra"):
            load_experiment_text(text)
    else:
        assert load_experiment_text(text).name == "good"


def test_two_experiments_are_one_too_many():
    with pytest.raises(SpecError, match="There are 2 Experiments here"):
        load_experiment_text(GOOD + "---\n" + GOOD)


def test_a_negative_zero_is_written_as_go_reads_it():
    experiment = load_experiment_text(GOOD)
    objective = experiment.spec.objective.model_copy(update={"goal": -0.0})
    spec = experiment.spec.model_copy(update={"objective": objective})
    assert "goal: 0.0\n" in dump_experiment(experiment.model_copy(update={"spec": spec}))


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(SpecError, match="No such file") as caught:
        load_experiment(tmp_path / "no.yaml")
    assert caught.value.findings[0].rule == "no-file"


def test_the_template_may_come_from_a_file_beside(tmp_path):
    start = GOOD.index("    trialSpec:")
    template = "\n".join("    " + line[6:] for line in GOOD[start:].splitlines()[1:])
    experiment = tmp_path / "experiment.yaml"
    experiment.write_text(
        GOOD[:start] + "    configMap: {configMapName: t, configMapNamespace: lab, templatePath: "
        "job}\n    successCondition: done\n    failureCondition: failed\n"
    )
    config_map = tmp_path / "template.yaml"
    config_map.write_text(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: t, namespace: lab}\ndata:\n  job: |\n"
        + template + "\n"
    )  # fmt: skip
    with pytest.raises(SpecError, match="not among the files given"):
        load_experiment(experiment)
    loaded = load_experiment(experiment, config_map)
    source = loaded.spec.trial_template.config_map
    assert source is not None
    assert "kind: Job" in (source.text or "")
    assert "text" not in dump_experiment(loaded).split("configMap:")[1].split("\n")[1]
