"""The command of a trial: what it runs, with which arguments, and which of them are searched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from eegtune.execution.command import command_of, trial_runner_arguments
from eegtune.execution.pod import pod_of
from eegtune.execution.runner import RunnerError
from eegtune.spec.experiment import Experiment
from eegtune.spec.rendering import RenderError, render_trial

if TYPE_CHECKING:
    from trial_runner.components import Component

_NAME = "trial"


@dataclass(frozen=True, slots=True)
class ComponentCommand:
    """A trial of one of our components.

    Attributes:
        component: Its declaration.
        arguments: Text of every argument the command gives, by name in snake case.
        searched: By searched parameter, the argument that it is the value of.
    """

    component: Component
    arguments: Mapping[str, str]
    searched: Mapping[str, str]

    @property
    def fixed(self) -> dict[str, str]:
        """The arguments that are the same in every trial."""
        searched = set(self.searched.values())
        return {name: text for name, text in self.arguments.items() if name not in searched}

    def default_assignments(self) -> dict[str, str]:
        """Return the declared default of every searched hyperparameter."""
        from trial_runner.hyperparameters import format_value

        declared = {each.name: each for each in self.component.hyperparameters}
        return {
            parameter: format_value(declared[argument].default)
            for parameter, argument in self.searched.items()
            if argument in declared
        }


def command_words(experiment: Experiment, assignments: Mapping[str, str]) -> tuple[str, ...]:
    """Return the words of a trial's command; variables of its environment stay unresolved.

    Raises:
        RenderError: The template cannot be filled in.
        RunnerError: It has no such container, or the container no command.
    """
    job = render_trial(experiment, _NAME, assignments)
    pod = pod_of(job, experiment.spec.trial_template.primary_container_name)
    return command_of(pod, {})


def component_command(
    experiment: Experiment, assignments: Mapping[str, str]
) -> ComponentCommand | None:
    """Return the command where it is one of our components; None for any other."""
    from trial_runner.components import component_names, get_component

    arguments = _runner_arguments(experiment, assignments)
    if not arguments or arguments[0].replace("-", "_") not in component_names():
        return None
    marks = {parameter.name: f"<{parameter.name}>" for parameter in experiment.spec.parameters}
    marked = parse_words((_runner_arguments(experiment, marks) or ("",))[1:])
    by_mark = {mark: parameter for parameter, mark in marks.items()}
    return ComponentCommand(
        get_component(arguments[0]),
        parse_words(arguments[1:]),
        {by_mark[text]: name for name, text in marked.items() if text in by_mark},
    )


def _runner_arguments(
    experiment: Experiment, assignments: Mapping[str, str]
) -> tuple[str, ...] | None:
    try:
        return trial_runner_arguments(command_words(experiment, assignments))
    except (RenderError, RunnerError):
        return None


def parse_words(words: Sequence[str]) -> dict[str, str]:
    """Return `--name=value` and `--name value` by name; the last of two wins.

    >>> parse_words(["--learning-rate=0.1", "--data", "SelfRegulationSCP1"])
    {'learning_rate': '0.1', 'data': 'SelfRegulationSCP1'}
    """
    found: dict[str, str] = {}
    waiting = ""
    for word in words:
        if word.startswith("--"):
            name, has_value, value = word[2:].partition("=")
            waiting = "" if has_value else name.replace("-", "_")
            found[name.replace("-", "_")] = value
        elif waiting:
            found[waiting], waiting = word, ""
    return found
