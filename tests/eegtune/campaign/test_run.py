from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from eegtune.campaign.document import CampaignError, load_campaign
from eegtune.campaign.effects import effects
from eegtune.campaign.on_katib import check_for_katib
from eegtune.campaign.run import CampaignOptions, Ended, check_campaign, run_campaign
from eegtune.execution.loop import Interruption
from eegtune.execution.observer import Observer
from eegtune.execution.records import RunState
from eegtune.execution.run import run_experiment
from eegtune.execution.store import RunStore
from eegtune.spec import Experiment

WriteCampaign = Callable[..., Path]
SHIPPED = Path(__file__).parents[3] / "manifests" / "campaigns"

THREE: tuple[dict[str, Any], ...] = (
    {"name": "random", "algorithm": "random", "trials": 5},
    {"name": "bayesian", "trials": 4, "narrow": {"factor": 10}, "transfer": True},
    {"name": "grid", "grid": {"factors": [0.5, 1, 2]}, "search": ["rate", "width"]},
)


def trials_of(folder: Path, phase: str) -> list[tuple[dict[str, str], dict[str, float], str]]:
    with RunStore.open(folder / "phases" / phase) as store:
        return [
            (dict(r.trial.assignments), dict(r.trial.metrics), str(r.condition))
            for r in store.trials()
        ]


def test_three_phases_end_better_than_they_began(
    write_campaign: WriteCampaign, tmp_path: Path
) -> None:
    file = write_campaign(*THREE, seed=3)
    result = run_campaign(load_campaign(file), file, tmp_path / "run")
    assert result.ended is Ended.DONE
    values = [outcome.value for outcome in result.outcomes]
    assert all(value is not None for value in values)
    assert result.best is not None
    assert result.best.value == min(v for v in values if v is not None)
    assert result.best.value < values[0]  # type: ignore[operator]
    random_best, grid = result.outcomes[0].best, trials_of(tmp_path / "run", "grid")
    assert random_best is not None
    assert len({act["act"] for act, _, _ in grid}) == 1, "act was not in `search`"
    narrow = {p.name: p for p in result.outcomes[1].experiment.spec.parameters}["rate"]
    best_rate = float(random_best.assignments["rate"])
    assert float(narrow.feasible_space.min or 0) == pytest.approx(
        max(1e-5, best_rate / 10), rel=1e-4
    )
    assert float(narrow.feasible_space.max or 0) == pytest.approx(min(1, best_rate * 10), rel=1e-4)


def test_a_campaign_that_has_ended_runs_nothing_again(
    write_campaign: WriteCampaign, tmp_path: Path
) -> None:
    file = write_campaign(*THREE)
    campaign, folder = load_campaign(file), tmp_path / "run"
    first = run_campaign(campaign, file, folder)
    again = run_campaign(campaign, file, folder)
    assert again.outcomes == first.outcomes


def test_killed_in_any_phase_it_comes_to_the_same_end(
    write_campaign: WriteCampaign, tmp_path: Path
) -> None:
    file = write_campaign(*THREE, seed=1)
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    run_campaign(load_campaign(file), file, whole)
    program = str(Path(sys.executable).with_name("eegtune"))
    command = [program, "campaign", "run", str(file), "--dir", str(killed), "--no-report"]
    for phase in ("random", "bayesian", "grid"):
        kill_in(phase, command, killed)
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    for phase in ("random", "bayesian", "grid"):
        assert trials_of(killed, phase) == trials_of(whole, phase)


def kill_in(phase: str, command: list[str], folder: Path) -> None:
    """Start the campaign and kill it with all its processes when a phase has one more trial."""
    before = made(folder, phase)
    process = subprocess.Popen(command, start_new_session=True, stdout=subprocess.DEVNULL)
    while process.poll() is None and made(folder, phase) <= before:
        time.sleep(0.01)
    assert process.poll() is None, f"it ended before it could be killed in {phase}"
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def made(folder: Path, phase: str) -> int:
    if not (folder / "phases" / phase / "run.db").is_file():
        return 0
    try:
        return len(trials_of(folder, phase))
    except Exception:  # the tables are being made
        return 0


def test_progressive_phases_freeze_what_earlier_ones_found(
    write_campaign: WriteCampaign, tmp_path: Path
) -> None:
    file = write_campaign(
        {"name": "architecture", "search": ["width", "act"], "trials": 8},
        {"name": "training", "search": ["rate"], "trials": 5},
        start={"rate": "0.1"},
    )
    result = run_campaign(load_campaign(file), file, tmp_path / "run")
    architecture = result.outcomes[0].best
    assert architecture is not None
    assert {each["rate"] for each, _, _ in trials_of(tmp_path / "run", "architecture")} == {"0.1"}
    training = trials_of(tmp_path / "run", "training")
    assert {(each["width"], each["act"]) for each, _, _ in training} == {
        (architecture.assignments["width"], architecture.assignments["act"])
    }
    assert len({each["rate"] for each, _, _ in training}) == 5


def test_the_budget_of_all_phases_ends_the_last_ones(
    write_campaign: WriteCampaign, tmp_path: Path
) -> None:
    file = write_campaign(
        {"name": "one", "trials": 4}, {"name": "two", "trials": 4}, {"name": "three", "trials": 4},
        budget={"trials": 6},
    )  # fmt: skip
    result = run_campaign(load_campaign(file), file, tmp_path / "run")
    assert [len(outcome.trials) for outcome in result.outcomes] == [4, 2]
    endings = json.loads((tmp_path / "run" / "phases.json").read_text())
    assert endings["three"] == "the campaign's budget is spent"


def test_a_phase_ends_when_nothing_is_gained(
    write_campaign: WriteCampaign, tmp_path: Path
) -> None:
    constant = {"spec.trialTemplate.trialSpec.spec.template.spec.containers.trial.command.2":
                "print('loss=1.0')"}  # fmt: skip
    file = write_campaign(
        {"name": "flat", "algorithm": "random", "trials": 60, "set": constant,
         "stop": {"trials": 4}},
    )  # fmt: skip
    result = run_campaign(load_campaign(file), file, tmp_path / "run")
    assert result.ended is Ended.DONE
    assert 14 <= len(result.outcomes[0].trials) <= 16
    endings = json.loads((tmp_path / "run" / "phases.json").read_text())
    assert endings["flat"].startswith("the last 4 trials gained nothing")


@pytest.mark.parametrize(
    ("phases", "spec", "message"),
    [
        (
            [{"name": "a", "trials": 1}, {"name": "a", "trials": 2}],
            {},
            "two phases are called 'a'",
        ),
        (
            [{"name": "a", "trials": 1, "after": ["b"]}, {"name": "b", "trials": 1}],
            {},
            "phases wait for each other: a after b after a",
        ),
        ([{"name": "a", "trials": 1, "after": ["x"]}], {}, "'x', which is no phase"),
        ([{"name": "a", "freeze": ["depth"]}], {}, "freeze names 'depth', which is no parameter"),
        ([{"name": "a", "freeze": ["rate"]}], {}, "no phase before it has a value"),
        ([{"name": "a"}], {}, "phase 'a' is empty"),
        ([], {}, "spec.phases: it is empty; give at least one"),
        ([{"name": "a", "trials": 0}], {}, "spec.phases[0].trials: it must be at least 1"),
        ([{"name": "a", "time": "0s"}], {}, "not a time above 0"),
        ([{"name": "a", "trials": 1}], {"budget": {"trials": 0}}, "spec.budget.trials"),
        ([{"name": "a", "trails": 1}], {}, "spec.phases[0].trails: there is no such field"),
        ([{"name": "a", "narrow": {"factor": 0.5}}], {}, "narrow.factor: Input should be greater"),
        ([{"name": "a", "narrow": True}], {}, "needs a best value of 'rate'"),
        (
            [{"name": "a", "freeze": ["rate", "width", "act"]}],
            {"start": {"rate": 0.1, "width": 64, "act": "gelu"}},
            "nothing to search",
        ),
        ([{"name": "a", "trials": 1}], {"start": {"deep": 1}}, "'deep', which is no parameter"),
        ([{"name": "a", "trials": 1}], {"start": {"act": "x"}}, None),
        (
            [{"name": "a", "search": ["rate"]}],
            {"start": {"act": "x", "width": 64}},
            "act is 'x'; allowed is one of relu, gelu",
        ),
        ([{"name": "a", "algorithm": "magic"}], {}, "magic"),
        ([{"name": "a", "set": {"spec.none.x": "1"}}], {}, "set spec.none.x: no 'none'"),
        (
            [{"name": "a", "trials": 3}, {"name": "b", "grid": True, "trials": 4}],
            {},
            "a grid of 9 points and 4 trials",
        ),
    ],
)
def test_bad_campaigns_are_refused_before_anything_runs(
    write_campaign: WriteCampaign,
    phases: list[dict[str, Any]],
    spec: dict[str, Any],
    message: str | None,
) -> None:
    file = write_campaign(*phases, **spec)
    if message is None:
        check_campaign(load_campaign(file), file)
        return
    with pytest.raises((CampaignError, ValueError)) as caught:
        check_campaign(load_campaign(file), file)
    assert message in str(caught.value)


TWO_SIDED: tuple[dict[str, Any], ...] = (
    {"name": "rates", "search": ["rate"], "algorithm": "random", "trials": 4, "after": []},
    {"name": "widths", "search": ["width"], "algorithm": "random", "trials": 4, "after": []},
    {"name": "both", "after": ["rates", "widths"], "trials": 3, "narrow": True},
)
START = {"rate": "0.1", "width": "64", "act": "relu"}


def test_phases_that_do_not_wait_for_each_other_run_side_by_side_to_the_same_end(
    write_campaign: WriteCampaign, tmp_path: Path
) -> None:
    file = write_campaign(*TWO_SIDED, seed=2, start=START)
    run_campaign(load_campaign(file), file, tmp_path / "one")
    file = write_campaign(*TWO_SIDED, seed=2, start=START, parallel=2)
    result = run_campaign(load_campaign(file), file, tmp_path / "two")
    assert result.ended is Ended.DONE
    for phase in ("rates", "widths", "both"):
        assert trials_of(tmp_path / "one", phase) == trials_of(tmp_path / "two", phase)

    def span(phase: str) -> tuple[Any, Any]:
        with RunStore.open(tmp_path / "two" / "phases" / phase) as store:
            trials = [record.trial for record in store.trials()]
        return trials[0].start_time, trials[-1].completion_time

    assert span("rates")[0] < span("widths")[1]
    assert span("widths")[0] < span("rates")[1]


def test_killed_while_two_phases_run_it_comes_to_the_same_end(
    write_campaign: WriteCampaign, tmp_path: Path
) -> None:
    file = write_campaign(*TWO_SIDED, seed=2, start=START, parallel=2)
    run_campaign(load_campaign(file), file, tmp_path / "whole")
    program = str(Path(sys.executable).with_name("eegtune"))
    killed = tmp_path / "killed"
    command = [program, "campaign", "run", str(file), "--dir", str(killed), "--no-report"]
    kill_in("widths", command, killed)
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    for phase in ("rates", "widths", "both"):
        assert trials_of(killed, phase) == trials_of(tmp_path / "whole", phase)


def test_the_budget_of_phases_side_by_side_is_shared_out_in_their_order(
    write_campaign: WriteCampaign, tmp_path: Path
) -> None:
    file = write_campaign(*TWO_SIDED, start=START, parallel=2, budget={"trials": 6})
    result = run_campaign(load_campaign(file), file, tmp_path / "run")
    assert [len(outcome.trials) for outcome in result.outcomes] == [4, 2]


def test_one_parameter_at_a_time(write_campaign: WriteCampaign, tmp_path: Path) -> None:
    file = write_campaign(
        {"name": "by-hand", "one_at_a_time": {"factors": [0.1, 10]}},
        start={"rate": "0.01", "width": "128", "act": "relu"},
    )
    run_campaign(load_campaign(file), file, tmp_path / "run")
    tried = [tuple(a.values()) for a, _, _ in trials_of(tmp_path / "run", "by-hand")]
    assert tried == [
        ("0.01", "128", "relu"),
        ("0.001", "128", "relu"), ("0.1", "128", "relu"),
        ("0.01", "32", "relu"), ("0.01", "256", "relu"),
        ("0.01", "128", "gelu"),
    ]  # fmt: skip


NOISY = """
import math, os, sys, random
rate, width, act = float(sys.argv[1]), float(sys.argv[2]), sys.argv[3]
noise = random.Random(int(os.environ.get('EEGTUNE_REPLICATE') or 0)).gauss(0, .3)
own = random.Random(repr(sys.argv)).gauss(0, .001)
loss = (math.log10(rate) + 2.5) ** 2 + (act == 'relu') + noise + own
print(f'loss={loss}')
"""


def test_ablation_tells_which_change_of_the_winner_mattered(
    write_campaign: WriteCampaign, tmp_path: Path
) -> None:
    place = "spec.trialTemplate.trialSpec.spec.template.spec.containers.trial.command.2"
    noisy = {place: NOISY}
    file = write_campaign(
        {"name": "search", "algorithm": "random", "trials": 12, "set": noisy},
        {"name": "ablation", "ablation": {"repeats": 4}, "set": noisy},
        {"name": "after", "search": ["rate"], "trials": 2, "set": noisy},
        start={"rate": "1e-5", "width": "32", "act": "relu"}, seed=1,
    )  # fmt: skip
    result = run_campaign(load_campaign(file), file, tmp_path / "run")
    ablation = result.outcomes[1]
    winner = result.outcomes[0].best
    assert winner is not None
    found = effects(ablation)
    assert found[0].change == {"rate": "1e-5", "width": "32", "act": "relu"}, "all taken back"
    by_name = {next(iter(e.change)): e for e in found if len(e.change) == 1}
    assert by_name["rate"].high < 0, "the winner is clearly worse without its rate"
    assert by_name["act"].gain == pytest.approx(-1, abs=0.01)
    assert by_name["width"].low == pytest.approx(0, abs=0.01), "the width is in no formula"
    assert {effect.repeats for effect in found} == {4}
    assert result.best is not None
    assert result.best.name != "ablation", "the luckiest repeat does not lead"


@pytest.mark.parametrize(
    ("phase", "message"),
    [
        ({"ablation": True, "transfer": True}, "leave out transfer"),
        ({"one_at_a_time": True, "algorithm": "tpe"}, "leave out algorithm"),
        ({"one_at_a_time": True, "grid": True}, "has grid and one_at_a_time; give one"),
        ({"ablation": {"repeats": 1}}, "ablation.repeats: it must be at least 2, but it is 1"),
        ({"ablation": True}, "needs a value of 'rate', 'width', 'act'"),
    ],
)
def test_bad_probes(write_campaign: WriteCampaign, phase: dict[str, Any], message: str) -> None:
    file = write_campaign({"name": "a", **phase})
    with pytest.raises(ValueError, match=message.replace("(", "\\(")):
        check_campaign(load_campaign(file), file)


@pytest.mark.parametrize("file", sorted(SHIPPED.glob("*.yaml")), ids=lambda file: file.stem)
def test_shipped_campaigns_can_be_run(file: Path) -> None:
    phases = check_campaign(load_campaign(file), file)
    assert phases
    for experiment in phases.values():
        assert (experiment.spec.max_trial_count or 0) > 0


def test_phases_run_elsewhere_and_their_mirrors_are_built_upon(
    write_campaign: WriteCampaign, tmp_path: Path
) -> None:
    """Whoever runs a phase leaves a run folder; here it is this machine again."""
    asked: list[str] = []

    def elsewhere(
        experiment: Experiment, path: Path, observer: Observer, interruption: Interruption
    ) -> RunState:
        asked.append(experiment.name)
        return run_experiment(experiment, path, observer=observer).state

    file = write_campaign(THREE[0], {"name": "narrow", "narrow": True, "trials": 2}, seed=4)
    options = CampaignOptions(elsewhere=elsewhere)
    result = run_campaign(load_campaign(file), file, tmp_path / "run", options)
    assert result.ended is Ended.DONE
    assert asked == ["study-random", "study-narrow"]
    again = run_campaign(load_campaign(file), file, tmp_path / "run", options)
    assert len(asked) == 2, "phases that have ended are not asked for again"
    assert again.outcomes == result.outcomes


@pytest.mark.parametrize(
    ("phase", "spec", "message"),
    [
        ({"transfer": True, "trials": 2}, {}, "phase 'a' has transfer, which Katib cannot do"),
        ({"stop": {"trials": 2}, "trials": 2}, {}, "has stop, which Katib cannot do; use early"),
        ({"time": "1h"}, {}, "has time, which Katib cannot do; give trials"),
        ({"trials": 2}, {"budget": {"time": "1h"}}, "spec.budget.time cannot be kept"),
    ],
)
def test_what_katib_cannot_do_is_refused(
    write_campaign: WriteCampaign, phase: dict[str, Any], spec: dict[str, Any], message: str
) -> None:
    campaign = load_campaign(write_campaign({"name": "a", **phase}, **spec))
    with pytest.raises(CampaignError, match=message):
        check_for_katib(campaign)
