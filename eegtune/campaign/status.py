"""How far a campaign has come, read from its folder while it may be running."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from eegtune.campaign.document import Campaign
from eegtune.campaign.folder import CampaignFolder, read_endings
from eegtune.campaign.order import order_phases
from eegtune.campaign.outcomes import read_outcome
from eegtune.campaign.spending import spent_in
from eegtune.execution.lock import is_running
from eegtune.execution.store import RunStore


class PhaseStatus(NamedTuple):
    """How a phase stands.

    Attributes:
        name: Its step.
        state: `ended`, `running`, `interrupted`, `left out` or `waiting`.
        trials: How many trials it has made.
        seconds: For how long any of them ran.
        metric: The objective metric; empty where it has not begun.
        value: The best trial's value so far.
        why: Why it ended.
    """

    name: str
    state: str
    trials: int = 0
    seconds: float = 0.0
    metric: str = ""
    value: float | None = None
    why: str = ""


def campaign_status(campaign: Campaign, path: Path) -> list[PhaseStatus]:
    """Return how each phase stands, in the order in which they run.

    Raises:
        CampaignError: Phases clash or wait for each other, or the folder is damaged.
        NoRunError: A phase's run cannot be read.
    """
    folder = CampaignFolder(path)
    endings = read_endings(folder)
    steps = order_phases(campaign.phases)
    return [_status(folder, step.name, endings.get(step.name)) for step in steps]


def _status(folder: CampaignFolder, name: str, why: str | None) -> PhaseStatus:
    path = folder.phase(name)
    if not (path / "run.db").is_file():
        return PhaseStatus(name, "left out" if why else "waiting", why=why or "")
    with RunStore.open(path) as store:
        outcome, runs = read_outcome(name, store), is_running(store.folder.lock)
    state = "ended" if why else "running" if runs else "interrupted"
    spent = spent_in(outcome.trials)
    metric = outcome.experiment.spec.objective.objective_metric_name
    return PhaseStatus(
        name, state, len(outcome.trials), spent.seconds or 0.0, metric, outcome.value, why or ""
    )
