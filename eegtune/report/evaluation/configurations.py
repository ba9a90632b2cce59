"""Which configurations are scored: the default one, the best one, and those a user names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from eegtune.report.command import ComponentCommand
from eegtune.report.evaluation.results import DEFAULT, TUNED

_NOT_OF_A_CONFIGURATION = ("trial_name", "split", "seeds")


@dataclass(frozen=True, slots=True)
class Configuration:
    """One configuration of a component.

    Attributes:
        name: What tables call it.
        arguments: Text of every argument it gives, by name in snake case.
        shown: The hyperparameters that tell it from the others.
    """

    name: str
    arguments: Mapping[str, str]
    shown: Mapping[str, str]


class Named(NamedTuple):
    """A configuration that a user wrote: the default one with changes."""

    name: str
    changes: dict[str, str]


class ConfigurationError(ValueError):
    """A configuration cannot be read or is not one of the component's."""


def parse_named(text: str) -> Named:
    """Read `NAME: parameter=value, parameter=value`.

    >>> parse_named("all features: features=band_power+tangent_space, use-hidden=true")
    Named(name='all features', changes={'features': 'band_power+tangent_space', 'use_hidden': 'true'})

    Raises:
        ConfigurationError: It is not written like that, or its name is taken.
    """  # noqa: E501
    name, colon, rest = text.partition(":")
    name = name.strip()
    if not colon or not name:
        raise ConfigurationError(
            f"--configuration is {text!r}; write 'NAME: parameter=value, parameter=value'"
        )
    if name in (DEFAULT, TUNED):
        raise ConfigurationError(f"--configuration {text!r}: the name {name!r} is taken")
    changes = {}
    for part in filter(None, (part.strip() for part in rest.split(","))):
        parameter, equals, value = part.partition("=")
        if not equals:
            raise ConfigurationError(
                f"--configuration {text!r}: {part!r} is not written parameter=value"
            )
        changes[parameter.strip().replace("-", "_")] = value.strip()
    return Named(name, changes)


def configurations(
    command: ComponentCommand, named: Iterable[Named] = ()
) -> tuple[Configuration, ...]:
    """Return default, tuned and named configurations.

    What the template holds fixed (data, folds, epochs) is the same in all of them. The default
    one leaves out what was searched, so that the component's own defaults hold.

    Args:
        command: The command of the best trial.
        named: Changes to the default one.

    Raises:
        ConfigurationError: A change is not one of the component's, or two have one name.
    """
    fixed = {n: t for n, t in command.fixed.items() if n not in _NOT_OF_A_CONFIGURATION}
    tuned = {n: t for n, t in command.arguments.items() if n not in _NOT_OF_A_CONFIGURATION}
    required = {option.name for option in command.component.options if option.default is None}
    default = fixed | {name: text for name, text in tuned.items() if name in required}
    searched = list(command.searched.values())
    defaults = _defaults(command)
    found = [
        Configuration(DEFAULT, default, {n: defaults[n] for n in searched if n in defaults}),
        Configuration(TUNED, tuned, {n: tuned[n] for n in searched if n in tuned}),
    ]
    for name, changes in named:
        if any(each.name == name for each in found):
            raise ConfigurationError(f"two configurations are called {name!r}")
        _check(command, name, changes)
        found.append(Configuration(name, default | changes, changes))
    return tuple(found)


def words_of(component: str, configuration: Configuration, seeds: int) -> list[str]:
    """Return the command that scores a configuration on the test data."""
    arguments = {**configuration.arguments, "split": "test", "seeds": str(seeds)}
    return [
        "trial-runner",
        component,
        *(f"--{name}={text}" for name, text in arguments.items()),
    ]


def slug(name: str) -> str:
    """Return a name that can be a folder's and a trial's.

    >>> slug("All features!")
    'all-features'
    """
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "configuration"


def _defaults(command: ComponentCommand) -> dict[str, str]:
    by_parameter = command.default_assignments()
    return {command.searched[parameter]: text for parameter, text in by_parameter.items()}


def _check(command: ComponentCommand, name: str, changes: Mapping[str, str]) -> None:
    declared = {each.name: each for each in command.component.hyperparameters}
    for parameter, text in changes.items():
        if parameter not in declared:
            raise ConfigurationError(
                f"configuration {name!r}: {command.component.name} has no hyperparameter "
                f"{parameter!r}; there are {', '.join(declared)}"
            )
        try:
            declared[parameter].parse(text)
        except ValueError as error:
            raise ConfigurationError(f"configuration {name!r}: {error}") from None
