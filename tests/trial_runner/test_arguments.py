from __future__ import annotations

import pytest

from trial_runner.arguments import parse_arguments
from trial_runner.components import get_component
from trial_runner.errors import UsageError

PROBE = get_component("linear_probe")


@pytest.mark.parametrize(
    "words",
    [
        ["--learning-rate=0.01"],
        ["--learning_rate=0.01"],
        ["--learning-rate", "0.01"],
        ["--learning_rate", "1e-2"],
    ],
)
def test_dashes_underscores_and_both_ways_to_give_a_value(words: list[str]) -> None:
    arguments = parse_arguments(PROBE, ["--data=x", *words])
    assert arguments.number("learning_rate") == 0.01


def test_defaults_are_those_of_the_declaration() -> None:
    arguments = parse_arguments(PROBE, ["--data", "x"])
    assert dict(arguments.hyperparameters) == {h.name: h.default for h in PROBE.hyperparameters}
    assert arguments.options["split"] == "validation"
    assert arguments.whole("folds") == 5


@pytest.mark.parametrize(
    ("words", "expected"),
    [(["--use-hidden"], True), (["--use_hidden=yes"], True), (["--use_hidden", "false"], False)],
)
def test_flags(words: list[str], expected: bool) -> None:
    assert parse_arguments(PROBE, ["--data=x", *words]).is_on("use_hidden") is expected


def test_a_value_may_hold_an_equals_sign_and_start_with_a_minus() -> None:
    assert parse_arguments(PROBE, ["--data=a=b"]).options["data"] == "a=b"
    with pytest.raises(UsageError, match=r"--learning_rate is '-1'; allowed is 1e-08 to 10"):
        parse_arguments(PROBE, ["--data=x", "--learning_rate", "-1"])


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], r"linear_probe needs --data"),
        (["--data=x", "--learning_rat=1"], r"no argument --learning_rat; did you mean learning_"),
        (["--data=x", "--zzz=1"], r"no argument --zzz \(trial-runner linear_probe --help"),
        (["--data=x", "7"], r"unexpected '7'; .* written --name=value"),
        (["--data=x", "--data=y"], r"--data is given twice"),
        (["--data=x", "--learning_rate"], r"--learning_rate has no value"),
        (["--data=x", "--learning_rate", "--seed=1"], r"--learning_rate has no value"),
        (["--data=x", "--learning_rate=fast"], r"is 'fast'; expected a number"),
        (["--data=x", "--learning_rate=nan"], r"is 'nan'; expected a number"),
        (["--data=x", "--hidden_dim=128.5"], r"is '128.5'; expected a whole number"),
        (["--data=x", "--dropout_rate=1"], r"is '1'; allowed is 0 to 0.95"),
        (["--data=x", "--activation=rleu"], r"one of relu, gelu, swish; did you mean relu\?"),
        (["--data=x", "--use_hidden=maybe"], r"is 'maybe'; allowed is one of false, true"),
        (["--data=x", "--split=train"], r"--split is 'train'; allowed is one of validation, test"),
        (["--data=x", "--folds=1"], r"--folds is '1'; allowed is a whole number from 2"),
        (["--data=x", "--seeds=two"], r"--seeds is 'two'; allowed is a whole number from 1"),
    ],
)
def test_mistakes_name_the_argument_the_value_and_what_is_allowed(
    words: list[str], message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        parse_arguments(PROBE, words)
