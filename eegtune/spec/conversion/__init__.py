"""An Experiment for other tools, and a W&B sweep as an Experiment.

What the other side cannot express is listed; nothing is dropped silently.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from eegtune.spec.conversion.conversion import Conversion

if TYPE_CHECKING:
    from eegtune.spec.experiment import Experiment

__all__ = ["TARGETS", "Conversion", "convert_to"]

TARGETS = {
    "optimizationjob": "optimization_job",
    "wandb-sweep": "wandb_sweep",
    "optuna": "optuna_script",
    "ray": "ray_script",
}


def convert_to(experiment: Experiment, target: str) -> Conversion:
    """Write an Experiment for another tool.

    Raises:
        ValueError: The tool is unknown, or can express nothing of the Experiment.
    """
    if target not in TARGETS:
        raise ValueError(f"unknown target {target!r}; allowed are {', '.join(TARGETS)}")
    conversion: Conversion = import_module(f"{__name__}.{TARGETS[target]}").convert(experiment)
    return conversion
