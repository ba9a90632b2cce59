"""The help pages, made from the declarations."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

from trial_runner.components import Component, Option, component_names, get_component
from trial_runner.hyperparameters import Hyperparameter, format_value

_WIDTH = 96
_INDENT = 24


def overview() -> str:
    """Return what `trial-runner --help` prints."""
    names = component_names()
    wide = max(map(len, names)) + 2
    components = "\n".join(f"  {name:<{wide}}{get_component(name).summary}" for name in names)
    return f"""\
Run one trial of an EEG pipeline: train, score, print one metric line an epoch.

Usage:
  trial-runner COMPONENT --name=value ...
  trial-runner COMPONENT --help
  trial-runner describe COMPONENT [--format=text|json]
  trial-runner data add|ls|verify|pull|push ...
  trial-runner predict MODEL RECORDING [--format=csv|json] [--output=FILE]

Components:
{components}

Example:
  trial-runner linear_probe --data=selfregulationscp1 --learning-rate=0.01

Exit code: 0 done, 1 the trial failed, 2 an argument or a data path cannot be used.
Environment: ARTEFACTS, EEGTUNE_CACHE (folders), CHECKPOINTS (folder or s3://bucket/prefix),
EEGTUNE_CHECKPOINT_SECONDS (between two, 10), EEGTUNE_PARENT (trial that is continued),
EEGTUNE_REPLICATE (number of a repetition), KATIB_TRIAL_NAME."""


def component_page(component: Component) -> str:
    """Return what `trial-runner COMPONENT --help` prints."""
    parts = [
        component.summary,
        f"Usage:\n  trial-runner {component.name} --data=NAME_OR_PATH [--name=value ...]",
        _section("Hyperparameters:", map(_hyperparameter, component.hyperparameters)),
        _section("Options:", map(_option, component.options)),
        _metrics(component),
    ]  # fmt: skip
    return "\n\n".join(parts)


def _section(title: str, rows: Iterable[tuple[str, str, str]]) -> str:
    return "\n".join([title, *(_row(*row) for row in rows)])


def _row(name: str, text: str, facts: str) -> str:
    lines = [*_wrap(text), *_wrap(facts)]
    head = f"  --{name}".ljust(_INDENT - 1) + " "
    return "\n".join([head + lines[0], *(" " * _INDENT + line for line in lines[1:])])


def _wrap(text: str) -> list[str]:
    return textwrap.wrap(text, _WIDTH - _INDENT, break_on_hyphens=False)


def _hyperparameter(hyperparameter: Hyperparameter) -> tuple[str, str, str]:
    text = hyperparameter.help
    if hyperparameter.when:
        text += f"; matters only where {hyperparameter.when.replace(' == ', ' is ')}"
    facts = f"default {format_value(hyperparameter.default)}"
    if hyperparameter.is_flag:
        return hyperparameter.name, text, f"{facts}; true or false"
    kind = "one of" if hyperparameter.kind == "categorical" else "searched"
    return hyperparameter.name, text, f"{facts}; {kind} {searched_space(hyperparameter)}"


def searched_space(hyperparameter: Hyperparameter) -> str:
    """Return the searched range or choices as people write them.

    >>> from trial_runner.hyperparameters import double
    >>> searched_space(double("learning_rate", 1e-3, 1e-5, 1e-2, "", log=True))
    '1e-05 to 0.01, log scale'
    """
    if hyperparameter.choices:
        return ", ".join(format_value(choice) for choice in hyperparameter.choices)
    text = f"{hyperparameter.low:g} to {hyperparameter.high:g}"
    if hyperparameter.step is not None:
        text += f" in steps of {hyperparameter.step:g}"
    return text + (", log scale" if hyperparameter.log else "")


def _option(option: Option) -> tuple[str, str, str]:
    facts = ["required"] if option.default is None else []
    if option.default:
        facts.append(f"default {option.default}")
    if option.choices:
        facts.append(" or ".join(option.choices))
    return option.name, option.help, "; ".join(facts)


def _metrics(component: Component) -> str:
    objective = f"{component.objective_metric} ({component.objective_type})"
    others = ", ".join(component.additional_metrics)
    return "\n".join(
        [
            "Metrics:",
            textwrap.fill(
                f"One line an epoch with {objective}, {others}; a last line with all metrics of "
                "the best epoch. Names of arguments may be written with dashes or underscores.",
                _WIDTH,
                initial_indent="  ",
                subsequent_indent="  ",
            ),
        ]
    )
