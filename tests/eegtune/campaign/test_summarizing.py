from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from eegtune.campaign.document import CampaignError, load_campaign
from eegtune.campaign.run import run_campaign
from eegtune.campaign.summarizing import is_campaign, summarize_campaign
from eegtune.cli.compare import command
from eegtune.execution.run import run_experiment
from eegtune.spec import load_experiment

from .conftest import WriteCampaign
from .test_run import THREE, trials_of


def test_a_campaign_is_compared_as_one_with_all_that_its_phases_cost(
    write_campaign: WriteCampaign, tmp_path: Path
) -> None:
    file = write_campaign(*THREE, seed=3)
    result = run_campaign(load_campaign(file), file, tmp_path / "run")
    run_experiment(load_experiment(tmp_path / "base.yaml"), tmp_path / "single")
    found = summarize_campaign(tmp_path / "run")
    values = [metrics["loss"] for phase in ("random", "bayesian", "grid")
              for _, metrics, _ in trials_of(tmp_path / "run", phase)]  # fmt: skip
    assert found.trials == len(values)
    assert found.best == min(values)
    assert result.best is not None
    assert found.winner == str(tmp_path / "run" / "phases" / result.best.name)
    assert found.group == "campaign study"

    folders = [str(tmp_path / "run"), str(tmp_path / "single")]
    said = CliRunner().invoke(command, folders)
    assert said.exit_code == 0, said.output
    assert "with one run of campaign study that says nothing about the algorithms" in said.output
    assert "for an interval of the winners' difference: " in said.output
    as_json = json.loads(CliRunner().invoke(command, [*folders, "--format", "json"]).output)
    assert [run["group"] for run in as_json["runs"]] == ["campaign study", "tpe"]


def test_a_campaign_that_has_not_begun_is_no_campaign_yet(
    write_campaign: WriteCampaign, tmp_path: Path
) -> None:
    assert not is_campaign(tmp_path)
    place = tmp_path / "begun"
    place.mkdir()
    (place / "campaign.yaml").write_text(write_campaign(*THREE).read_text())
    assert is_campaign(place)
    with pytest.raises(CampaignError, match="no phase of the campaign has begun"):
        summarize_campaign(place)
