from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from eegtune.execution.checkpoint_cleanup import clean_up, is_over, location_of
from eegtune.execution.records import RunCondition, RunState
from eegtune.execution.run import run_experiment
from eegtune.execution.run_folder import RunFolder
from eegtune.execution.store import RunStore
from eegtune.spec import Experiment

MakeExperiment = Callable[..., Experiment]

# What a component does with trial_runner.training.checkpoints, without torch.
SCRIPT = """
import os, sys
from trial_runner.training.checkpoint_place import open_place
place, trial = open_place(os.environ["CHECKPOINTS"]), os.environ["KATIB_TRIAL_NAME"]
series = "probe-" + format(abs(hash(trial)), "x").zfill(64)
place.write(series + "/00000001-0123456789abcdef.pt", b"state")
place.write("trials/" + trial, series.encode())
print("loss=" + sys.argv[1])
"""


def at(location: str) -> dict[str, Any]:
    return {"env": [{"name": "CHECKPOINTS", "value": location}]}


def test_a_folder(make_experiment: MakeExperiment, tmp_path: Path) -> None:
    result = run_experiment(make_experiment(SCRIPT), tmp_path)
    assert result.best is not None
    checkpoints = tmp_path / "checkpoints"
    assert len(list(checkpoints.iterdir())) == 5
    with RunStore.open(tmp_path) as store:
        assert clean_up(store, {result.best.name}) == (3, "")
        assert clean_up(store, {result.best.name}) == (0, "")
    assert [path.name for path in (checkpoints / "trials").iterdir()] == [result.best.name]
    series = (checkpoints / "trials" / result.best.name).read_text()
    assert sorted(path.name for path in checkpoints.iterdir()) == [series, "trials"]


@pytest.fixture
def bucket(s3_server: str) -> Any:
    import boto3

    client = boto3.client("s3")
    client.create_bucket(Bucket="lab")
    return client


def keys(client: Any) -> list[str]:
    return [each["Key"] for each in client.list_objects_v2(Bucket="lab").get("Contents", ())]


def test_a_bucket(make_experiment: MakeExperiment, tmp_path: Path, bucket: Any) -> None:
    experiment = make_experiment(SCRIPT, container=at("s3://lab/probe"), maxTrialCount=3)
    result = run_experiment(experiment, tmp_path)
    assert result.best is not None
    bucket.put_object(Bucket="lab", Key="probe/trials/of-another-run", Body=b"x")
    assert len(keys(bucket)) == 7
    assert not (tmp_path / "checkpoints").exists()
    with RunStore.open(tmp_path) as store:
        assert clean_up(store, {result.best.name}) == (2, "")
        left = keys(bucket)
        assert len(left) == 3
        assert {f"probe/trials/{result.best.name}", "probe/trials/of-another-run"} < set(left)
        bucket.delete_object(Bucket="lab", Key="probe/trials/of-another-run")
        assert clean_up(store, ()) == (1, "")
        assert keys(bucket) == []
        bucket.delete_bucket(Bucket="lab")
        assert "s3://lab/probe are left: " in clean_up(store, ()).problem
        assert "NoSuchBucket" in clean_up(store, ()).problem


@pytest.mark.parametrize(
    ("condition", "policy", "settings", "expected"),
    [
        (RunCondition.SUCCEEDED, "Never", [], True),
        (RunCondition.SUCCEEDED, "LongRunning", [], False),
        (RunCondition.SUCCEEDED, "FromVolume", [], False),
        (RunCondition.FAILED, "Never", [], False),
        (RunCondition.RUNNING, "Never", [], False),
        (RunCondition.SUCCEEDED, "Never", [("objectives", "loss:min,size:min")], False),
    ],
)
def test_when_a_run_is_over(
    make_experiment: MakeExperiment,
    condition: RunCondition,
    policy: str,
    settings: list[tuple[str, str]],
    expected: bool,
) -> None:
    listed = [{"name": name, "value": value} for name, value in settings]
    algorithm = {"algorithmName": "nsga2" if listed else "random", "algorithmSettings": listed}
    objective = {
        "type": "minimize", "objectiveMetricName": "loss", "additionalMetricNames": ["size"],
    }  # fmt: skip
    experiment = make_experiment(resumePolicy=policy, algorithm=algorithm, objective=objective)
    assert is_over(experiment, RunState(condition)) is expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [("/checkpoints", "run/checkpoints"), ("s3://lab/probe", "s3://lab/probe")],
)
def test_where_checkpoints_are(make_experiment: MakeExperiment, given: str, expected: str) -> None:
    folder = RunFolder(Path("run"))
    assert location_of(make_experiment(container=at(given)), folder) == expected
    assert location_of(make_experiment(), folder) == "run/checkpoints"
