from __future__ import annotations

from dataclasses import replace

from eegtune.report.exports.tracking import read_tracked
from eegtune.report.redaction import secrets_of

from ..runs import experiment, material
from ..stored import store


def _with_variable(name, value):
    made = experiment()
    template = made.spec.trial_template
    spec = dict(template.trial_spec)
    pod = spec["spec"]["template"]["spec"]
    container = {**pod["containers"][0], "env": [{"name": name, "value": value}]}
    inner = {**spec["spec"]["template"], "spec": {**pod, "containers": [container]}}
    spec["spec"] = {**spec["spec"], "template": inner}
    return made.with_spec(trial_template=template.model_copy(update={"trial_spec": spec}))


def test_a_secret_of_the_template_is_one():
    assert secrets_of({}, _with_variable("MY_API_TOKEN", "planted-4444")) == ("planted-4444",)
    assert secrets_of({}, _with_variable("SUBJECTS", "planted-4444")) == ()


def test_an_experiment_with_a_secret_stays_here(tmp_path):
    for variable, leaves in (("SUBJECTS", True), ("MY_API_TOKEN", False)):
        made = material(3, made=_with_variable(variable, "planted-4444"))
        told = replace(made.records[0], message="it said planted-4444")
        run = store(replace(made, records=(told, *made.records[1:])), tmp_path / variable)
        run.experiment.write_text(f"value: planted-4444 # {variable}\n")
        tracked = read_tracked(run.path)
        assert (run.experiment in tracked.files) is leaves
        assert ("planted-4444" in tracked.trials[0].message) is leaves
