"""A cluster as the place of an Experiment's trials: what it takes to run there as Jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from eegtune.execution.observer import Observer

if TYPE_CHECKING:
    from eegtune.spec import Experiment


class JobsObserver(Observer, Protocol):
    """Hears of trials that wait for the cluster, too."""

    def waits(self, trial: str, why: str) -> None:
        """A trial waits: for room on a node, for quota."""


def check_for_jobs(experiment: Experiment) -> None:
    """Refuse an Experiment that cannot run as Jobs, before anything is made.

    Raises:
        ValueError: The message names the field and what to do.
    """
    from eegtune.execution.pod import pod_of
    from eegtune.execution.runner import RunnerError
    from eegtune.metrics.reader import metric_reader
    from eegtune.search import suggest, validate_settings
    from eegtune.spec.rendering import RenderError, render_trial
    from eegtune.stopping import validate_stopping

    validate_settings(experiment)
    validate_stopping(experiment)
    metric_reader(experiment.spec)
    kind = experiment.spec.metrics_collector_spec.collector.kind
    if kind not in ("StdOut", "None"):
        raise ValueError(
            f"spec.metricsCollectorSpec.collector.kind is {kind}; Jobs without Katib are read as "
            "StdOut does: print the metrics, or use --on katib"
        )
    proposal = suggest(experiment, [], (), 0, 1)
    if not proposal.suggestions:
        raise ValueError("spec.parameters: the search has nothing to suggest")
    try:
        job = render_trial(experiment, "check", proposal.suggestions[0].assignments)
        pod_of(job, experiment.spec.trial_template.primary_container_name)
    except (RenderError, RunnerError) as error:
        raise ValueError(f"spec.trialTemplate: {error}") from error
