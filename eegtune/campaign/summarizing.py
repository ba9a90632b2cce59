"""A campaign beside single runs: what all of its phases have found and cost together."""

from __future__ import annotations

from pathlib import Path

from eegtune.campaign.document import CampaignError, load_campaign
from eegtune.campaign.folder import CampaignFolder
from eegtune.campaign.order import order_phases
from eegtune.campaign.outcomes import leading, read_outcome
from eegtune.execution.records import TrialRecord
from eegtune.execution.store import RunStore
from eegtune.report.comparison import RunSummary, best_on_the_way, values_of


def is_campaign(path: Path) -> bool:
    """Say whether a folder is a campaign's."""
    return CampaignFolder(path).campaign.is_file()


def summarize_campaign(path: Path) -> RunSummary:
    """Read what a campaign has found; phases that have not begun count for nothing.

    Raises:
        CampaignError: The folder is damaged, or no phase has begun.
        NoRunError: A phase's run cannot be read.
    """
    folder = CampaignFolder(path)
    campaign = load_campaign(folder.campaign)
    outcomes, records, values = [], list[TrialRecord](), list[float]()
    for step in order_phases(campaign.phases):
        if not (folder.phase(step.name) / "run.db").is_file():
            continue
        with RunStore.open(folder.phase(step.name)) as store:
            outcomes.append(read_outcome(step.name, store))
            made = store.trials()
            records += made
            values += values_of(store.experiment, made)
    if not outcomes:
        raise CampaignError(f"{path}: no phase of the campaign has begun")
    experiment = outcomes[-1].experiment
    best, objective = leading(outcomes, experiment), experiment.spec.objective
    return RunSummary(
        str(path), f"campaign {campaign.name}", objective.objective_metric_name, objective.type,
        len(records), sum(record.duration_seconds or 0.0 for record in records),
        None if best is None else best.value, best_on_the_way(values, objective),
        "" if best is None else str(folder.phase(best.name)),
    )  # fmt: skip
