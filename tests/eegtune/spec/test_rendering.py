"""A trial's object."""

from pathlib import Path

import pytest

from eegtune.spec import RenderError, load_experiment_text, render_trial

DATA = Path(__file__).parent / "data"
GOOD = (DATA / "good.yaml").read_text("utf-8")
VALUES = {"lr": "0.01", "units": "16", "dropout": "0.1", "kind": "plain"}


def render(text=GOOD, values=VALUES, **options):
    return render_trial(load_experiment_text(text), "t-1", values, **options)


def command_of(job):
    return job["spec"]["template"]["spec"]["containers"][0]["command"]


def test_values_and_metadata_are_filled_in():
    job = render(namespace="lab")
    assert job["metadata"] == {"name": "t-1", "namespace": "lab"}
    assert command_of(job)[3:] == [
        "--lr=0.01", "--units=16", "--dropout=0.1", "--kind=plain", "--name=t-1",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("reference", "value"),
    [
        ("${trialSpec.Namespace}", "default"),
        ("${trialSpec.Kind}", "Job"),
        ("${trialSpec.APIVersion}", "batch/v1"),
        ("${trialSpec.Labels[team]}", "eeg"),
        ("${trialSpec.Annotations[note]}", "a <b> & c"),
    ],
)
def test_metadata_references(reference, value):
    text = GOOD.replace("${trialSpec.Name}", reference).replace(
        "      kind: Job",
        "      kind: Job\n      metadata: {labels: {team: eeg}, annotations: {note: a <b> & c}}",
    )
    assert command_of(render(text))[-1] == f"--name={value}"


def test_labels_reach_the_pods_as_katib_puts_them():
    job = render(labels={"eegtune.dev/parent": "t-0"})
    assert job["spec"]["template"]["metadata"]["labels"] == {
        "team": "eeg", "katib.kubeflow.org/experiment": "good",
        "katib.kubeflow.org/trial": "t-1", "eegtune.dev/parent": "t-0",
    }  # fmt: skip
    assert "labels" not in job["metadata"]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"lr": "1"}, "the template wants units, which has no value"),
        (VALUES | {"more": "1"}, "no trialParameters entry references more"),
        (VALUES | {"kind": 'a"b'}, "cannot be parsed after its values were put in"),
        (VALUES | {"kind": "a\\"}, "cannot be parsed after its values were put in"),
    ],
)
def test_what_katib_could_not_create_is_refused(values, message):
    with pytest.raises(RenderError, match=message):
        render(values=values)


def test_a_template_from_a_config_map_is_substituted_as_text():
    start = GOOD.index("    trialSpec:")
    template = "\n".join(line[6:] for line in GOOD[start:].splitlines()[1:])
    template = template.replace("batch/v1", "example.com/v1").replace(
        "backoffLimit: 0", "backoffLimit: 0\n  parallelism: ${trialParameters.units}"
    )
    indented = "\n".join("    " + line for line in template.splitlines())
    source = (
        "    configMap: {configMapName: templates, configMapNamespace: lab, templatePath: job}\n"
        "    successCondition: done\n    failureCondition: failed\n"
    )
    text = (
        f"{GOOD[:start]}{source}---\napiVersion: v1\nkind: ConfigMap\nmetadata: "
        f"{{name: templates, namespace: lab}}\ndata:\n  job: |\n{indented}\n"
    )
    job = render(text)
    # Here, other than inline, a placeholder can stand for a number (in other kinds than Job,
    # which Katib converts with text in its place).
    assert job["spec"]["parallelism"] == 16
    assert command_of(job)[-1] == "--name=t-1"
