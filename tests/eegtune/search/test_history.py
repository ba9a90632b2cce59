"""What the search makes of trials: pending, failed, missing, non-finite, foreign, prior ones."""

from __future__ import annotations

import json
import math
import random
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from search_problems import (
    MIXED,
    finished,
    make_experiment,
    parameter,
    parameters_for,
    run_search,
    settings_for,
)

from eegtune.search import suggest
from eegtune.search.algorithms import ALGORITHMS
from eegtune.search.engine import compile_problem
from eegtune.search.history import State, read_history
from eegtune.search.memory import fingerprint, read_memory, write_memory
from eegtune.search.warm_start import read_prior
from eegtune.spec.experiment import Experiment
from eegtune.spec.trial import Trial, TrialCondition

C = TrialCondition
POINT = {
    "rate": "0.001", "units": "8", "dropout": "0.1", "kind": "deep", "share": "0.1", "epochs": "3"
}  # fmt: skip


@pytest.mark.parametrize(
    ("condition", "metrics", "state", "losses"),
    [
        (C.SUCCEEDED, {"loss": 2.0}, State.FINISHED, (2.0,)),
        (C.EARLY_STOPPED, {"loss": 2.0}, State.FINISHED, (2.0,)),
        (C.EARLY_STOPPED, {}, State.FAILED, ()),
        (C.SUCCEEDED, {"loss": math.nan}, State.FAILED, ()),
        (C.SUCCEEDED, {"loss": math.inf}, State.FAILED, ()),
        (C.FAILED, {"loss": 2.0}, State.FAILED, ()),
        (C.KILLED, {}, State.FAILED, ()),
        (C.METRICS_UNAVAILABLE, {}, State.FAILED, ()),
        (C.RUNNING, {"loss": 2.0}, State.PENDING, ()),
        (C.CREATED, {}, State.PENDING, ()),
    ],
)
def test_conditions(
    condition: TrialCondition, metrics: dict[str, float], state: State, losses: tuple[float, ...]
) -> None:
    problem = compile_problem(make_experiment("random"))
    (record,) = read_history(problem, [Trial("a", POINT, condition, metrics)]).records
    assert (record.state, record.losses) == (state, losses)


def test_maximized_metrics_and_several_objectives_become_losses() -> None:
    settings = {"objectives": "auroc:max, latency:min", "outcome_constraints": "latency < 50"}
    experiment = make_experiment(
        "random", settings=settings, objective="maximize", metrics=("auroc", "latency")
    )
    problem = compile_problem(experiment)
    trial = Trial("a", POINT, C.SUCCEEDED, {"auroc": 0.9, "latency": 60.0})
    (record,) = read_history(problem, [trial]).records
    assert record.losses == (-0.9, 60.0)
    assert record.violation == pytest.approx(0.2)
    assert not record.is_feasible


def test_trials_of_another_space_are_left_out() -> None:
    problem = compile_problem(make_experiment("random"))
    trials = [Trial("a", {**POINT, "kind": "odd"}, C.SUCCEEDED), Trial("b", {}, C.SUCCEEDED)]
    assert read_history(problem, trials).records == ()


def loss(assignments: Mapping[str, str]) -> dict[str, float]:
    a = assignments
    rate = abs(math.log10(float(a.get("rate", "1e-3"))) + 3)
    return {"loss": rate + int(a["units"]) / 64 + (a["kind"] != "deep") + 1 / int(a["epochs"])}


@pytest.mark.parametrize("algorithm", sorted(set(ALGORITHMS) - {"manual"}))
def test_only_failures_do_not_stop_the_search(algorithm: str) -> None:
    experiment = make_experiment(
        algorithm, parameters_for(algorithm), settings=settings_for(algorithm), trials=99
    )
    trials: list[Trial] = []
    for _ in range(16):
        for s in suggest(experiment, trials).suggestions:
            trials.append(finished(len(trials), s.assignments, {}, C.FAILED, s.name, s.labels))
    points = [tuple(trial.assignments.values()) for trial in trials]
    assert len(points) == 16
    if algorithm != "pbt":
        assert len(set(points)) == 16


@pytest.mark.parametrize("algorithm", ["tpe", "bayesianoptimization", "nsga2", "auto", "cmaes"])
def test_a_region_that_fails_is_left(algorithm: str) -> None:
    settings = {"population_size": "10"} if algorithm in ("nsga2", "cmaes") else {}
    space = [parameter(name, "double", min="0", max="1") for name in "xy"]
    experiment = make_experiment(algorithm, space, settings=settings, trials=99)
    trials: list[Trial] = []
    while len(trials) < 50:
        for s in suggest(experiment, trials).suggestions:
            x, y = float(s.assignments["x"]), float(s.assignments["y"])
            fails = x > 0.5
            trials.append(
                finished(
                    len(trials),
                    s.assignments,
                    {} if fails else {"loss": -x + abs(y - 0.5)},
                    C.FAILED if fails else C.SUCCEEDED,
                    s.name,
                )
            )
    late = [trial.condition is C.FAILED for trial in trials[25:]]
    assert sum(late) <= 15


@pytest.mark.parametrize("algorithm", sorted(set(ALGORITHMS) - {"manual", "pbt"}))
def test_missing_trials_make_no_point_come_twice(algorithm: str) -> None:
    """As behind Katib: trials without metrics are not sent, `issued` goes on."""
    experiment = make_experiment(
        algorithm, parameters_for(algorithm)[-5:], settings=settings_for(algorithm), trials=99
    )
    visible: list[Trial] = []
    points = []
    for number in range(26):
        for s in suggest(experiment, visible, issued=number).suggestions:
            points.append(tuple(s.assignments.values()))
            if number % 4 != 3:
                visible.append(finished(number, s.assignments, loss(s.assignments), name=s.name))
    repeated = len(points) - len(set(points))
    assert len(points) == 26
    assert repeated == 0 if algorithm != "auto" else repeated <= 3


def test_remembered_points_are_not_suggested_again() -> None:
    """A service that writes the settings back needs neither names nor times."""
    space = [parameter("a", "int", min="1", max="4"), parameter("b", "int", min="1", max="4")]
    memory, seen = "", []
    for number in range(16):
        settings = {"issued_points": memory} if memory else {}
        answer = suggest(make_experiment("tpe", space, settings=settings), [], issued=number)
        seen += [tuple(s.assignments.values()) for s in answer.suggestions]
        memory = answer.settings["issued_points"]
    assert len(set(seen)) == 16
    settings = {"issued_points": memory}
    last = suggest(make_experiment("tpe", space, settings=settings), [], issued=16)
    assert last.exhausted
    assert last.suggestions == ()


def test_memory_forgets_what_is_seen_to_have_ended() -> None:
    first, second = ("1", "a"), ("2", "b")
    text = write_memory([], [], [first, second])
    assert read_memory(text) == {fingerprint(first), fingerprint(second)}
    assert write_memory(read_memory(text), [first], []) == fingerprint(second)
    assert read_memory(text[:-2]) < {fingerprint(first), fingerprint(second)}


@pytest.mark.parametrize("algorithm", ["grid", "random", "tpe", "bayesianoptimization", "auto"])
def test_a_finite_space_ends_properly(algorithm: str) -> None:
    space = [
        parameter("a", "int", min="1", max="5"),
        parameter("k", "categorical", list=["u", "v"]),
    ]
    experiment = make_experiment(algorithm, space, trials=30, settings={"constraints": "a != 3"})

    def evaluate(a: Mapping[str, str]) -> dict[str, float]:
        return {"loss": float(a["a"]) + (a["k"] == "u")}

    trials = run_search(experiment, evaluate, 30)
    points = {tuple(trial.assignments.values()) for trial in trials}
    assert len(points) == len(trials) == 8
    last = suggest(experiment, trials, count=3)
    assert (last.exhausted, last.suggestions) == (True, ())


def test_a_grid_steps_over_what_a_person_tried() -> None:
    space = [parameter("a", "int", min="1", max="6")]
    experiment = make_experiment("grid", space)
    order = [s.assignments["a"] for s in suggest(experiment, [], count=6).suggestions]
    own = finished(0, {"a": order[3]}, {"loss": 1.0}, name="by-hand")
    trials, values = [own], []
    for number in range(5):
        for s in suggest(experiment, trials, issued=number).suggestions:
            values.append(s.assignments["a"])
            trials.append(finished(number + 1, s.assignments, {"loss": 1.0}))
    assert sorted([*values, order[3]]) == list("123456")


def test_initial_points_come_first() -> None:
    settings = {"initial_points": '[{"units": 16, "kind": "wide"}, {"rate": "0.002"}]'}
    answer = suggest(make_experiment("tpe", settings=settings), [], count=3).suggestions
    assert (answer[0].assignments["units"], answer[0].assignments["kind"]) == ("16", "wide")
    assert answer[1].assignments["rate"] == "0.002"
    assert answer[0].assignments["share"] == "0.1"


@pytest.mark.parametrize("algorithm", ["auto", "tpe", "multivariate-tpe", "bayesianoptimization"])
def test_a_warm_start_helps_although_its_scores_lie_elsewhere(algorithm: str) -> None:
    experiment = make_experiment(algorithm, MIXED[:5], trials=99)

    def own(a: Mapping[str, str]) -> float:
        return abs(math.log10(float(a["rate"])) + 3) + (a["kind"] != "deep")

    drawn = suggest(make_experiment("random", MIXED[:5], name="earlier"), [], count=60).suggestions
    prior = [
        finished(i, s.assignments, {"loss": 100 + 50 * own(s.assignments)})
        for i, s in enumerate(drawn)
    ]

    def first_eight(prior: list[Trial]) -> float:
        trials: list[Trial] = []
        for number in range(8):
            for s in suggest(experiment, trials, prior).suggestions:
                trials.append(finished(number, s.assignments, {"loss": own(s.assignments)}))
        return sum(trial.metrics["loss"] for trial in trials)

    assert first_eight(prior) < 0.7 * first_eight([])


def test_prior_trials_weigh_less_as_own_ones_arrive() -> None:
    problem = compile_problem(make_experiment("random"))
    prior = [Trial("p", POINT, C.SUCCEEDED, {"loss": 1.0})]
    weights = []
    for count in (0, 20, 40, 200):
        own = read_history(problem, [finished(i, POINT, {"loss": i}) for i in range(count)])
        records = read_prior(problem, prior, own).records
        weights.append(records[0].weight if records else 0.0)
    assert weights == [1.0, 0.5, 0.25, 0.0]


def answers(algorithms: Sequence[str]) -> dict[str, list[dict[str, str]]]:
    """What each algorithm says after a few trials."""
    found = {}
    for algorithm in algorithms:
        experiment = make_experiment(
            algorithm, parameters_for(algorithm), settings=settings_for(algorithm), trials=99
        )
        trials = run_search(experiment, loss, 4 if algorithm == "manual" else 12)
        asked = suggest(experiment, trials, count=2).suggestions
        found[algorithm] = [dict(s.assignments) for s in asked]
    return found


def test_the_same_in_every_process() -> None:
    names = sorted(ALGORITHMS)
    code = (
        "import json, sys; sys.path.insert(0, sys.argv[1]);"
        "from test_history import answers; print(json.dumps(answers(sys.argv[2:])))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(Path(__file__).parent), *names],
        capture_output=True, text=True, check=True, env={"PYTHONHASHSEED": "7", "PATH": ""},
    )  # fmt: skip
    assert json.loads(done.stdout) == answers(names)


def recorded() -> list[dict[str, Any]]:
    path = Path(__file__).parent / "recorded" / "requests.jsonl"
    lines = (json.loads(line) for line in path.read_text().splitlines())
    return [line["request"] for line in lines if line["method"] == "GetSuggestions"]


def from_request(request: dict[str, Any], algorithm: str) -> tuple[Experiment, list[Trial]]:
    words = {"LOG_UNIFORM": "logUniform", "UNIFORM": "uniform"}
    spec = request["experiment"]["spec"]
    parameters = [
        parameter(
            p["name"],
            p["parameter_type"].lower(),
            **{**p["feasible_space"], "distribution": words[p["feasible_space"]["distribution"]]},
        )
        for p in spec["parameter_specs"]["parameters"]
    ]
    if algorithm == "grid":
        parameters[0]["feasibleSpace"]["step"] = "0.1"
    experiment = make_experiment(
        algorithm,
        parameters,
        objective="maximize",
        metrics=("score", "latency_ms"),
        settings=own_settings(algorithm),
        trials=spec["max_trial_count"],
        name=request["experiment"]["name"],
    )
    conditions = {c.value.upper(): c for c in C}
    trials = []
    for t in request.get("trials", []):
        pairs = t["spec"]["parameter_assignments"]["assignments"]
        metrics = {}
        for m in t["status"].get("observation", {}).get("metrics", []):
            try:
                metrics[m["name"]] = float(m["value"])
            except ValueError:
                continue
        condition = conditions[t["status"].get("condition", "CREATED").replace("_", "")]
        trials.append(Trial(t["name"], {p["name"]: p["value"] for p in pairs}, condition, metrics))
    return experiment, trials


def own_settings(algorithm: str) -> dict[str, str]:
    """What an algorithm needs on the recorded space; `units` stands for a budget."""
    if algorithm in ("asha", "bohb", "hyperband", "pbt"):
        return {"resource": "units", "min_resource": "8", "max_resource": "64"}
    if algorithm == "manual":
        points = [{"x": f"0.{number:02d}", "units": "8"} for number in range(1, 41)]
        return {"initial_points": json.dumps(points)}
    return {"objectives": "score:max,latency_ms:min"} if algorithm == "nsga2" else {}


@pytest.mark.parametrize("algorithm", sorted(ALGORITHMS))
def test_recorded_requests_of_a_real_katib_get_valid_answers(algorithm: str) -> None:
    requests = recorded()
    assert len(requests) > 5
    for request in requests:
        experiment, trials = from_request(request, algorithm)
        count = request["current_request_number"]
        issued = request["total_request_number"] - count
        answer = suggest(experiment, trials, issued=issued, count=count)
        assert len(answer.suggestions) == count
        for s in answer.suggestions:
            assert 1e-3 <= float(s.assignments["x"]) <= 3
            assert s.assignments["units"] in {"8", "16", "24", "32", "40", "48", "56", "64"}
            assert s.assignments["dropout"] in {"0.1", "0.25", "0.5"}
            assert s.assignments not in [trial.assignments for trial in trials] or s.labels


@pytest.mark.parametrize("algorithm", sorted(set(ALGORITHMS) - {"manual"}))
def test_a_long_history_with_many_running_trials(algorithm: str) -> None:
    """Answer after 3,000 ended trials while 64 run: full, new, and the same once more."""
    parameters = parameters_for(algorithm)[-5:]
    real = [parameter(name, "double", min="0", max="1") for name in ("p", "q")]
    if algorithm == "grid":
        real = [parameter(name, "double", min="0", max="1", step="0.1") for name in ("p", "q")]
    experiment = make_experiment(
        algorithm, [*parameters, *real], settings=settings_for(algorithm), trials=9999
    )
    drawer = make_experiment("random", [*parameters, *real])
    drawn = suggest(drawer, [], count=3064).suggestions
    ended = [C.SUCCEEDED, C.SUCCEEDED, C.SUCCEEDED, C.FAILED, C.EARLY_STOPPED]
    trials = [
        finished(n, s.assignments, loss(s.assignments), ended[n % 5], f"test-{n:04d}")
        for n, s in enumerate(drawn[:3000])
    ]
    trials += [
        Trial(f"test-{n:04d}", s.assignments, C.RUNNING) for n, s in enumerate(drawn[3000:], 3000)
    ]
    answer = suggest(experiment, trials, count=2)
    assert len(answer.suggestions) == 2
    known = {tuple(trial.assignments.values()) for trial in trials}
    repeated = [s for s in answer.suggestions if tuple(s.assignments.values()) in known]
    assert not repeated or algorithm == "auto"


@pytest.mark.parametrize("algorithm", ["asha", "bohb", "hyperband", "pbt"])
def test_trials_that_never_come_back_keep_no_rung_waiting(algorithm: str) -> None:
    """As behind Katib, where one in four has no metrics and is not sent: the top is reached."""
    settings = {**settings_for(algorithm), "max_resource": "9"}
    experiment = make_experiment(algorithm, MIXED[-5:], settings=settings, trials=99)
    visible: list[Trial] = []
    chance = random.Random(4)
    for number in range(60):
        (s,) = suggest(experiment, visible, issued=number).suggestions
        if chance.random() > 0.25:
            visible.append(
                finished(number, s.assignments, loss(s.assignments), name=s.name, labels=s.labels)
            )
    assert "9" in {trial.assignments["epochs"] for trial in visible}
