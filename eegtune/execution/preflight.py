"""What would fail every trial of an Experiment, found before the first one starts."""

from __future__ import annotations

from eegtune.execution.command import command_of, variables_of
from eegtune.execution.component_check import check_component
from eegtune.execution.pod import pod_of
from eegtune.execution.runner import RunnerError
from eegtune.metrics.reader import metric_reader
from eegtune.search import suggest, validate_settings
from eegtune.spec.experiment import Experiment
from eegtune.spec.rendering import RenderError, render_trial
from eegtune.stopping import validate_stopping

_READABLE_COLLECTORS = ("StdOut", "None")


def check(experiment: Experiment, *, has_images: bool = False) -> None:
    """Refuse an Experiment that cannot run on this machine.

    Args:
        experiment: The Experiment.
        has_images: Whether trials run in containers, whose images know a command and may hold
            other programs than there are here.

    Raises:
        ValueError: The message names the field, what it is, and what to do.
    """
    validate_settings(experiment)
    validate_stopping(experiment)
    metric_reader(experiment.spec)
    kind = experiment.spec.metrics_collector_spec.collector.kind
    if kind not in _READABLE_COLLECTORS:
        raise ValueError(
            f"spec.metricsCollectorSpec.collector.kind is {kind}; here trials are read as "
            "StdOut does: print the metrics, or run the Experiment on Katib"
        )
    proposal = suggest(experiment, [], (), 0, 1)
    if not proposal.suggestions:
        raise ValueError("spec.parameters: the search has nothing to suggest")
    try:
        job = render_trial(experiment, "check", proposal.suggestions[0].assignments)
        pod = pod_of(job, experiment.spec.trial_template.primary_container_name)
        variables = variables_of(pod, "check", {}).values
        if not has_images:
            command_of(pod, variables)
    except (RenderError, RunnerError) as error:
        raise ValueError(f"spec.trialTemplate: {error}") from error
    if not has_images:
        check_component(experiment, proposal.suggestions[0].assignments)
