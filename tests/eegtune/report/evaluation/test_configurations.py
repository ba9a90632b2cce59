import pytest

from eegtune.report.command import component_command
from eegtune.report.evaluation.configurations import (
    ConfigurationError,
    Named,
    configurations,
    parse_named,
    words_of,
)

from ..runs import experiment, material


@pytest.fixture
def command():
    words = ("trial-runner", "linear_probe", "--data=x", "--max-epochs=7", "--trial-name=t",
             "--split=validation")  # fmt: skip
    made = material(5, made=experiment(command=words))
    return component_command(made.experiment, made.best.trial.assignments)


def test_default_leaves_out_what_was_searched_and_keeps_what_was_fixed(command):
    default, tuned = configurations(command)
    assert default.arguments == {"data": "x", "max_epochs": "7"}
    assert set(tuned.arguments) == {"data", "max_epochs", *command.searched.values()}
    assert default.shown["learning_rate"] == "0.001"
    assert tuned.shown["learning_rate"] == command.arguments["learning_rate"]


def test_named_ones_change_the_default(command):
    named = parse_named("all: features=band_power+tangent_space, weight-decay=1e-5")
    third = configurations(command, [named])[2]
    assert third.arguments == {
        "data": "x", "max_epochs": "7", "features": "band_power+tangent_space",
        "weight_decay": "1e-5",
    }  # fmt: skip


def test_the_command_scores_on_the_test_data(command):
    words = words_of("linear_probe", configurations(command)[0], 5)
    assert words == [
        "trial-runner", "linear_probe", "--data=x", "--max_epochs=7", "--split=test", "--seeds=5",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("features=x", "write 'NAME: parameter=value"),
        (": features=x", "write 'NAME"),
        ("default: features=x", "the name 'default' is taken"),
        ("a: features", "'features' is not written parameter=value"),
    ],
)
def test_what_cannot_be_read_is_named(text, message):
    with pytest.raises(ConfigurationError, match=message):
        parse_named(text)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"lr": "1"}, "no hyperparameter 'lr'; there are features"),
        ({"learning_rate": "fast"}, "expected a number"),
        ({"features": "magic"}, "allowed is one of"),
        ({"data": "other"}, "no hyperparameter 'data'"),
    ],
)
def test_changes_must_be_the_components(command, changes, message):
    with pytest.raises(ConfigurationError, match=message):
        configurations(command, [Named("a", changes)])


def test_two_of_one_name_are_refused(command):
    with pytest.raises(ConfigurationError, match="two configurations"):
        configurations(command, [Named("a", {}), Named("a", {})])
