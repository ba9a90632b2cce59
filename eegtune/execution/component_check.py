"""Check a template's `trial-runner` command against the component's declaration.

What a trial would refuse as wrong usage fails every trial; it is found here before the first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING

from eegtune.execution.command import command_of, trial_runner_arguments, variables_of
from eegtune.execution.pod import pod_of
from eegtune.spec.experiment import Experiment, Parameter
from eegtune.spec.rendering import render_trial

if TYPE_CHECKING:
    from trial_runner.components import Component

_TRIAL = "check"
_HELP = ("-h", "--help", "help", "describe")


def check_component(experiment: Experiment, assignments: Mapping[str, str]) -> None:
    """Refuse a command of `trial-runner` that its component would refuse.

    Args:
        experiment: The Experiment.
        assignments: Some point of its search space.

    Raises:
        ValueError: An unknown component or argument, or a value outside what is accepted; the
            message says what there is.
    """
    words = _arguments(experiment, assignments)
    if words is None:
        return
    component = _component(words)
    somewhere = list(_pairs(words[1:]))
    for parameter in experiment.spec.parameters:
        for value in _corners(parameter):
            corner = _arguments(experiment, {**assignments, parameter.name: value}) or words
            changed = [pair for pair in _pairs(corner[1:]) if pair not in somewhere]
            _check_pairs(component, changed, f"spec.parameters {parameter.name}: ")
    _check_pairs(component, somewhere, "")


def _arguments(experiment: Experiment, assignments: Mapping[str, str]) -> tuple[str, ...] | None:
    job = render_trial(experiment, _TRIAL, assignments)
    pod = pod_of(job, experiment.spec.trial_template.primary_container_name)
    return trial_runner_arguments(command_of(pod, variables_of(pod, _TRIAL, {}).values))


def _component(words: Sequence[str]) -> Component:
    from trial_runner.components import component_names, get_component

    names = component_names()
    if not words or words[0] in _HELP:
        raise ValueError(f"trial-runner: no component is named; there are {', '.join(names)}")
    try:
        return get_component(words[0])
    except KeyError:
        hint = _did_you_mean(words[0].replace("-", "_"), names)
        raise ValueError(
            f"trial-runner: there is no component {words[0]!r}{hint}; there are {', '.join(names)}"
        ) from None


def _check_pairs(
    component: Component, pairs: Sequence[tuple[str, str | None]], where: str
) -> None:
    declared = {each.name: each for each in component.hyperparameters}
    options = {each.name: each for each in component.options}
    known = (*declared, *options)
    for name, text in pairs:
        if name not in known:
            hint = _did_you_mean(name, known)
            raise ValueError(
                f"{where}trial-runner {component.name}: there is no argument --{name}{hint}; "
                f"`trial-runner {component.name} --help` lists them"
            )
        if text is None:
            continue
        if name in declared:
            try:
                declared[name].parse(text)
            except ValueError as error:
                raise ValueError(f"{where}trial-runner {component.name}: {error}") from None
        elif options[name].choices and text not in options[name].choices:
            allowed = ", ".join(options[name].choices)
            raise ValueError(
                f"{where}trial-runner {component.name}: --{name} is {text!r}; allowed is one of "
                f"{allowed}"
            )


def _pairs(words: Sequence[str]) -> Iterator[tuple[str, str | None]]:
    """Yield names in snake case with their texts; None where a flag stands alone."""
    waiting: str | None = None
    for word in words:
        if word.startswith("--"):
            if waiting is not None:
                yield waiting, None
            name, equals, text = word[2:].partition("=")
            waiting = None if equals else name.replace("-", "_")
            if equals:
                yield name.replace("-", "_"), text
        elif waiting is not None:
            yield waiting, word
            waiting = None
    if waiting is not None:
        yield waiting, None


def _corners(parameter: Parameter) -> tuple[str, ...]:
    space = parameter.feasible_space
    if space.values is not None:
        return space.values
    return tuple(text for text in (space.min, space.max) if text is not None)


def _did_you_mean(name: str, known: Sequence[str]) -> str:
    close = get_close_matches(name, known, 1)
    return f" (did you mean {close[0]}?)" if close else ""
