"""The Experiment: read it as Katib does, say what is wrong with it, render its trials."""

from eegtune.spec.experiment import Experiment
from eegtune.spec.finding import Finding, Severity, SpecError
from eegtune.spec.loading import dump_experiment, load_experiment, load_experiment_text
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
    "dump_experiment",
    "load_experiment",
    "load_experiment_text",
    "render_trial",
]
