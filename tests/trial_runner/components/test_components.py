from __future__ import annotations

import importlib
import subprocess
import sys

import pytest

from trial_runner.components import component_names, get_component
from trial_runner.hyperparameters import Hyperparameter

HEAVY = ("torch", "mne", "scipy", "sklearn", "pandas", "optuna", "pydantic", "numpy")


@pytest.mark.parametrize("name", component_names())
def test_declarations_are_complete(name: str) -> None:
    component = get_component(name)
    assert get_component(name.replace("_", "-")) is component
    assert component.name == name
    names = [h.name for h in component.hyperparameters] + [o.name for o in component.options]
    assert len(set(names)) == len(names)
    assert component.resource is None or component.resource in names
    module, _, function = component.entry.partition(":")
    assert callable(getattr(importlib.import_module(module), function))
    for module in component.preload:
        importlib.import_module(module)


@pytest.mark.parametrize(
    "hyperparameter",
    [h for name in component_names() for h in get_component(name).hyperparameters if h.when],
    ids=lambda h: h.name,
)
def test_conditions_speak_of_hyperparameters(hyperparameter: Hyperparameter) -> None:
    assert hyperparameter.when is not None
    named = hyperparameter.when.split()[0]
    assert any(
        named in [h.name for h in get_component(name).hyperparameters]
        for name in component_names()
    )


def test_declarations_import_nothing_heavy() -> None:
    code = (
        "import sys; from trial_runner.components import *\n"
        "from trial_runner.cli import main\n"
        "[get_component(name) for name in component_names()]; main(['--help'])\n"
        f"print([m for m in {HEAVY} if m in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert result.stdout.splitlines()[-1] == "[]", result.stderr


def test_an_unknown_component() -> None:
    with pytest.raises(KeyError, match="no component 'lienar_probe'; there are"):
        get_component("lienar_probe")
