"""From `--name=value` to the checked values of a component's declaration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from trial_runner.components import Component, Option
from trial_runner.errors import UsageError, did_you_mean
from trial_runner.hyperparameters import Hyperparameter, Value


@dataclass(frozen=True, slots=True)
class Arguments:
    """All arguments of one trial, checked.

    Attributes:
        component: What runs.
        hyperparameters: The value of every hyperparameter.
        options: The text of every option; empty where it has no default and need not be given.
        given: Names of those that were given, the others have their defaults.
    """

    component: Component
    hyperparameters: Mapping[str, Value]
    options: Mapping[str, str]
    given: frozenset[str] = frozenset()

    def number(self, hyperparameter: str) -> float:
        """Return the value of a numeric hyperparameter."""
        return float(self.hyperparameters[hyperparameter])

    def whole(self, name: str) -> int:
        """Return the value of a whole-number hyperparameter or option."""
        return int(self.hyperparameters.get(name, self.options.get(name, "")))

    def text(self, hyperparameter: str) -> str:
        """Return the value of a categorical hyperparameter."""
        return str(self.hyperparameters[hyperparameter])

    def is_on(self, hyperparameter: str) -> bool:
        """Return the value of a hyperparameter that is on or off."""
        return self.hyperparameters[hyperparameter] is True


def parse_arguments(component: Component, argv: Sequence[str]) -> Arguments:
    """Check arguments against a component's declaration.

    Args:
        component: The declaration.
        argv: `--name=value` or `--name value` each; dashes and underscores are the same.

    Raises:
        UsageError: An argument is unknown, repeated, missing, or has a value that is not allowed.
    """
    given = _pair(component, argv)
    return Arguments(
        component,
        MappingProxyType({h.name: _value(h, given) for h in component.hyperparameters}),
        MappingProxyType({o.name: _text(component, o, given) for o in component.options}),
        frozenset(given),
    )


def _pair(component: Component, argv: Sequence[str]) -> dict[str, str]:
    words = list(argv)
    flags = {h.name for h in component.hyperparameters if h.is_flag}
    flags |= {o.name for o in component.options if o.choices == ("true", "false")}
    known = {h.name for h in component.hyperparameters} | {o.name for o in component.options}
    given: dict[str, str] = {}
    while words:
        word = words.pop(0)
        if not word.startswith("--"):
            raise UsageError(
                f"unexpected {word!r}; arguments of {component.name} are written --name=value"
            )
        written, equals, value = word[2:].partition("=")
        name = written.replace("-", "_")
        if name not in known:
            close = did_you_mean(name, known)
            raise UsageError(
                f"{component.name} has no argument --{written}{close} "
                f"(trial-runner {component.name} --help lists all)"
            )
        if name in given:
            raise UsageError(f"--{name} is given twice; give it once")
        if not equals:
            value = _next_value(name, words, name in flags)
        given[name] = value
    return given


def _next_value(name: str, words: list[str], is_flag: bool) -> str:
    if words and not words[0].startswith("--"):
        return words.pop(0)
    if is_flag:
        return "true"
    raise UsageError(f"--{name} has no value; write --{name}=VALUE")


def _value(hyperparameter: Hyperparameter, given: Mapping[str, str]) -> Value:
    if hyperparameter.name not in given:
        return hyperparameter.default
    text = given[hyperparameter.name]
    try:
        return hyperparameter.parse(text)
    except ValueError as error:
        close = did_you_mean(text, map(str, hyperparameter.choices))
        raise UsageError(f"{error}{close}") from None


def _text(component: Component, option: Option, given: Mapping[str, str]) -> str:
    if option.name not in given:
        if option.default is None:
            raise UsageError(f"{component.name} needs --{option.name}: {option.help}")
        return option.default
    text = given[option.name]
    if option.choices and text not in option.choices:
        allowed = ", ".join(option.choices)
        raise UsageError(f"--{option.name} is {text!r}; allowed is one of {allowed}")
    if option.at_least is not None:
        _check_whole(option, text)
    return text


def _check_whole(option: Option, text: str) -> None:
    try:
        is_allowed = int(text) >= (option.at_least or 0)
    except ValueError:
        is_allowed = False
    if not is_allowed and not (text == "" and option.default == ""):
        raise UsageError(
            f"--{option.name} is {text!r}; allowed is a whole number from {option.at_least}"
        )
