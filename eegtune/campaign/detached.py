"""A campaign as one Job of a cluster: the objects, made of those of a detached run. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from eegtune.campaign.document import Campaign, CampaignError
from eegtune.cluster.jobs.detached import controller_objects
from eegtune.spec import Experiment
from eegtune.spec.dumping import dump_yaml

_RUN, _CAMPAIGN = "eegtune run /experiment/experiment.yaml", "eegtune campaign run"
_FILE = "/experiment/campaign.yaml"


def campaign_objects(
    campaign: Campaign,
    experiments: Mapping[str, str],
    first: Experiment,
    namespace: str,
) -> list[dict[str, Any]]:
    """Return the ConfigMap with a campaign's files, and the Job that runs it.

    Args:
        campaign: The campaign.
        experiments: By the name that the campaign gives it, the text of each Experiment's file.
        first: The Experiment of its first phase: whose image says where ours come from.
        namespace: Where the Job and the trials run.

    Raises:
        CampaignError: Two Experiments' files cannot lie in one ConfigMap.
    """
    named = first.model_copy(
        update={"metadata": first.metadata.model_copy(update={"name": campaign.name})}
    )
    config_map, job = controller_objects(named, namespace)
    keys = {name: _key(name) for name in experiments}
    if len(set(keys.values())) < len(keys):
        raise CampaignError(
            f"the files {', '.join(experiments)} would have one name in the cluster; rename one"
        )
    files = {keys[name]: text for name, text in experiments.items()}
    config_map["data"] = {"campaign.yaml": dump_yaml(_flat(campaign, keys)), **files}
    container = job["spec"]["template"]["spec"]["containers"][0]
    script: str = container["command"][-1]
    if _RUN not in script:
        raise CampaignError("the Job of a run has changed; a campaign cannot be made of it")
    container["command"][-1] = script.replace(_RUN, f"{_CAMPAIGN} {_FILE}")
    return [config_map, job]


def experiment_files(campaign: Campaign, source: Path) -> dict[str, str]:
    """Return the text of each file that a campaign names, by its name there.

    Raises:
        OSError: One cannot be read.
    """
    names = [campaign.spec.experiment, *(phase.experiment for phase in campaign.phases)]
    return {
        name: (source.parent / name).read_text("utf-8")
        for name in dict.fromkeys(names)
        if name is not None
    }


def _key(name: str) -> str:
    """Return a key of a ConfigMap for a file: its path without what a key cannot hold.

    >>> _key("../experiments/linear_probe/bayesian.yaml")
    'experiments-linear_probe-bayesian.yaml'
    """
    return re.sub(r"[^\w.-]+", "-", name.replace("../", "")).strip("-.")


def _flat(campaign: Campaign, keys: Mapping[str, str]) -> dict[str, Any]:
    """Return a campaign whose Experiments lie beside it."""
    document = campaign.model_dump(mode="json", exclude_unset=True)
    for part in (document["spec"], *document["spec"]["phases"]):
        if part.get("experiment"):
            part["experiment"] = keys[part["experiment"]]
    return document
