"""The Experiment: read it as Katib does, say what is wrong with it, render its trials.

Names are imported when they are used: checking a file needs none of the typed models.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from eegtune.spec.checking import Verdict, check_text
    from eegtune.spec.dumping import dump_experiment
    from eegtune.spec.experiment import Experiment
    from eegtune.spec.finding import Finding, Severity, SpecError
    from eegtune.spec.loading import load_experiment, load_experiment_text
    from eegtune.spec.rendering import RenderError, render_trial
    from eegtune.spec.trial import Trial, TrialCondition

__all__ = [
    "Experiment",
    "Finding",
    "RenderError",
    "Severity",
    "SpecError",
    "Trial",
    "TrialCondition",
    "Verdict",
    "check_text",
    "dump_experiment",
    "load_experiment",
    "load_experiment_text",
    "render_trial",
]

_HOMES = {
    "Experiment": "experiment",
    "Finding": "finding",
    "RenderError": "rendering",
    "Severity": "finding",
    "SpecError": "finding",
    "Trial": "trial",
    "TrialCondition": "trial",
    "Verdict": "checking",
    "check_text": "checking",
    "dump_experiment": "dumping",
    "load_experiment": "loading",
    "load_experiment_text": "loading",
    "render_trial": "rendering",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
