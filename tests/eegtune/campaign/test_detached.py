from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from eegtune.campaign.detached import campaign_objects, experiment_files
from eegtune.campaign.document import CampaignError, load_campaign
from eegtune.campaign.run import check_campaign

from .conftest import base_document

WriteCampaign = Callable[..., Path]
PHASES: tuple[dict[str, Any], ...] = (
    {"name": "random", "algorithm": "random", "trials": 2, "time": "90s"},
    {"name": "grid", "grid": {"factors": [0.5, 1]}, "search": ["rate"]},
)


def _objects(file: Path) -> list[dict[str, Any]]:
    campaign = load_campaign(file)
    first = next(iter(check_campaign(campaign, file).values()))
    return campaign_objects(campaign, experiment_files(campaign, file), first, "tuning")


def test_the_job_runs_the_campaign_that_the_config_map_holds(
    write_campaign: WriteCampaign, tmp_path: Path
) -> None:
    file = write_campaign(*PHASES, seed=1)
    config_map, job = _objects(file)
    assert config_map["metadata"]["name"] == job["metadata"]["name"] == "study-run"
    script = job["spec"]["template"]["spec"]["containers"][0]["command"][-1]
    assert (
        "eegtune campaign run /experiment/campaign.yaml --on kubernetes -n tuning "
        "--dir /runs/study"
    ) in script
    assert "eegtune run" not in script
    place = tmp_path / "mounted"
    place.mkdir()
    for name, text in config_map["data"].items():
        (place / name).write_text(text)
    mounted = load_campaign(place / "campaign.yaml")
    here, there = (
        check_campaign(load_campaign(file), file),
        check_campaign(mounted, place / "campaign.yaml"),
    )
    assert here == there, "in the pod the campaign is the same"


def test_experiments_of_other_folders_lie_beside_it(
    write_campaign: WriteCampaign, tmp_path: Path
) -> None:
    other = tmp_path / "deep" / "base.yaml"
    other.parent.mkdir()
    other.write_text(json.dumps(base_document()))
    file = write_campaign(*PHASES, {"name": "last", "experiment": "deep/base.yaml", "trials": 1})
    assert set(_objects(file)[0]["data"]) == {"campaign.yaml", "base.yaml", "deep-base.yaml"}


def test_files_that_would_have_one_name_are_refused(
    write_campaign: WriteCampaign, tmp_path: Path
) -> None:
    for name in ("a/b.yaml", "a-b.yaml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(json.dumps(base_document()))
    file = write_campaign(
        {"name": "x", "experiment": "a/b.yaml", "trials": 1},
        {"name": "y", "experiment": "a-b.yaml", "trials": 1},
    )
    with pytest.raises(CampaignError, match="would have one name"):
        _objects(file)
