"""Phases of a campaign as Experiments on Katib: applied, followed, mirrored into run folders."""

from __future__ import annotations

from pathlib import Path

from eegtune.campaign.document import Campaign, CampaignError
from eegtune.campaign.run import Elsewhere
from eegtune.cluster.katib.client.follow import (
    NotThereError,
    Place,
    apply,
    follow,
    obstacles,
)
from eegtune.cluster.katib.kube import KubeError
from eegtune.execution.loop import Interruption
from eegtune.execution.observer import Observer
from eegtune.execution.records import RunState
from eegtune.execution.runner import RunnerError
from eegtune.spec import Experiment


def phases_on(place: Place) -> Elsewhere:
    """Return what runs a phase's Experiment on Katib, or goes on following it.

    An Experiment that is there already is the phase itself, begun by an earlier process.
    """

    def run(
        experiment: Experiment, path: Path, observer: Observer, interruption: Interruption
    ) -> RunState:
        try:
            return _followed(place, experiment, path, observer, interruption)
        except (KubeError, NotThereError) as error:
            raise RunnerError(str(error)) from error

    return run


def _followed(
    place: Place,
    experiment: Experiment,
    path: Path,
    observer: Observer,
    interruption: Interruption,
) -> RunState:
    there = place.kube.has_katib() and place.kube.katib_object(
        "experiments", place.namespace, experiment.name
    )
    if not there:
        stops = [each.message for each in obstacles(place, experiment) if each.stops]
        if stops:
            raise CampaignError(f"{experiment.name}: {'; '.join(stops)}")
        apply(place, experiment)
    return follow(
        place, experiment.name, path, observer,
        is_told_to_stop=lambda: interruption.signal is not None,
    )  # fmt: skip


def check_for_katib(campaign: Campaign) -> None:
    """Refuse what Katib's controller does not do.

    Raises:
        CampaignError: The message names the phase, the field and what to do.
    """
    for phase in campaign.phases:
        for field, instead in (
            ("transfer", "set warm_start in its algorithmSettings instead"),
            ("stop", "use earlyStopping or a goal instead"),
            ("time", "give trials instead"),
        ):
            if getattr(phase, field):
                raise CampaignError(
                    f"phase {phase.name!r} has {field}, which Katib cannot do; {instead}"
                )
    if campaign.spec.budget.time is not None:
        raise CampaignError("spec.budget.time cannot be kept on Katib; give spec.budget.trials")
