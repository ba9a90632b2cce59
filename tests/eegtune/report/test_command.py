from eegtune.report.command import command_words, component_command

from .runs import PARAMETERS, experiment

VALUES = {
    "learning_rate": "0.01",
    "dropout_rate": "0.1",
    "hidden_dim": "128",
    "use_hidden": "true",
    "features": "tangent_space",
    "batch_size": "64",
    "weight_decay": "1e-5",
    "label_smoothing": "0.2",
}


def test_a_component_is_known_with_what_is_searched_and_what_is_fixed():
    found = component_command(
        experiment(command=("python", "-m", "trial_runner", "linear-probe", "--data", "x.yaml")),
        VALUES,
    )
    assert found is not None
    assert found.component.name == "linear_probe"
    assert found.fixed == {"data": "x.yaml"}
    assert found.searched == {name: name for name in VALUES}
    assert found.arguments["learning_rate"] == "0.01"


def test_defaults_are_those_of_the_declaration():
    defaults = component_command(experiment(), VALUES).default_assignments()
    assert defaults["learning_rate"] == "0.001"
    assert defaults["use_hidden"] == "false"
    assert defaults["features"] == "band_power"


def test_parameters_may_have_other_names_than_arguments():
    parameters = (PARAMETERS[0] | {"name": "lr"},)
    made = experiment(parameters)
    container = made.spec.trial_template.trial_spec["spec"]["template"]["spec"]["containers"][0]
    container["command"] = [
        "trial-runner",
        "linear_probe",
        "--learning-rate=${trialParameters.lr}",
    ]
    found = component_command(made, {"lr": "0.5"})
    assert found.searched == {"lr": "learning_rate"}
    assert found.default_assignments() == {"lr": "0.001"}


def test_a_foreign_command_is_no_component():
    made = experiment(command=("python", "train.py"))
    assert component_command(made, VALUES) is None
    assert command_words(made, VALUES)[:3] == ("python", "train.py", "--learning_rate=0.01")


def test_a_template_that_cannot_be_filled_in_is_no_component():
    assert component_command(experiment(), {"learning_rate": "0.1"}) is None
