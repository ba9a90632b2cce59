"""Rungs, populations and the choice of the best, on trials that fail, get lost and vary."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping

import pytest
from search_problems import finished, make_experiment, parameter

from eegtune.search import suggest
from eegtune.search.engine import compile_problem
from eegtune.search.ladder import all_brackets, read_ladder
from eegtune.search.leader import choose_best
from eegtune.search.similarity import Task, rank_runs
from eegtune.search.simulation import Limits, Outcome, elapsed_seconds, simulate
from eegtune.spec.trial import Trial, TrialCondition

C = TrialCondition
SPACE = [
    parameter("x", "double", min="0", max="1"),
    parameter("epochs", "int", min="1", max="27"),
]
BUDGET = {"resource": "epochs"}


def outcome(a: Mapping[str, str], repeats: int) -> Outcome:
    epochs = int(a["epochs"])
    return Outcome({"loss": abs(float(a["x"]) - 0.3) + 1 / epochs}, float(epochs))


@pytest.mark.parametrize(
    ("settings", "budgets"),
    [
        (BUDGET, ("1", "3", "9", "27")),
        ({**BUDGET, "reduction_factor": "2", "min_resource": "4"}, ("7", "13", "27")),
        ({**BUDGET, "max_resource": "9"}, ("1", "3", "9")),
    ],
)
def test_the_ladder_ends_at_the_largest_budget(
    settings: dict[str, str], budgets: tuple[str, ...]
) -> None:
    problem = compile_problem(make_experiment("asha", SPACE, settings=settings))
    assert read_ladder(problem).budgets == budgets


def test_katibs_hyperband_settings_keep_their_meaning() -> None:
    settings = {"resource_name": "epochs", "r_l": "27", "eta": "3"}
    ladder = read_ladder(compile_problem(make_experiment("hyperband", SPACE, settings=settings)))
    assert ladder.budgets == ("1", "3", "9", "27")
    assert all_brackets(ladder) == {0: 27, 1: 12, 2: 6, 3: 4}


def test_the_best_of_three_is_promoted_whatever_fails() -> None:
    experiment = make_experiment("asha", SPACE, settings=BUDGET)
    trials = [
        finished(0, {"x": "0.9", "epochs": "1"}, {"loss": 1.6}),
        finished(1, {"x": "0.3", "epochs": "1"}, {"loss": 1.0}),
        finished(2, {"x": "0.5", "epochs": "1"}, {}, C.FAILED),
        Trial("t3", {"x": "0.1", "epochs": "1"}, C.RUNNING),
    ]
    (promoted,) = suggest(experiment, trials).suggestions
    assert promoted.assignments == {"x": "0.3", "epochs": "3"}
    assert promoted.labels["eegtune.dev/rung"] == "1"
    running = Trial("t4", promoted.assignments, C.RUNNING)
    (fresh,) = suggest(experiment, [*trials, running]).suggestions
    assert fresh.assignments["epochs"] == "1"


@pytest.mark.parametrize("algorithm", ["asha", "hyperband"])
@pytest.mark.parametrize("slots", [1, 3, 8])
def test_no_bracket_waits(algorithm: str, slots: int) -> None:
    experiment = make_experiment(algorithm, SPACE, settings=BUDGET)
    trials = simulate(experiment, outcome, Limits(slots, 90, None, 0.15, "epochs"))
    assert len(trials) == 90
    # Configurations, not trials: a promotion that failed is tried once more.
    tried = {tuple(trial.assignments.values()) for trial in trials}
    counts = Counter(int(epochs) for _, epochs in tried)
    assert counts[27] >= 2
    if algorithm == "asha":
        assert counts[1] >= 2 * counts[3] >= 3 * counts[9]
    choice = choose_best(experiment, trials)
    assert choice is not None
    assert choice.trial.assignments["epochs"] == "27"


def test_a_raised_budget_costs_the_difference_only() -> None:
    experiment = make_experiment("asha", SPACE, settings=BUDGET)
    trials = simulate(experiment, outcome, Limits(1, 60, None, 0.0, "epochs"))
    naive = sum(int(trial.assignments["epochs"]) for trial in trials)
    assert elapsed_seconds(trials[-1]) < naive


def test_a_population_survives_failures_and_children_name_their_parents() -> None:
    settings = {**BUDGET, "resource_step": "9", "n_population": "6", "may_change": "x"}
    space = [*SPACE, parameter("units", "int", min="1", max="64")]
    experiment = make_experiment("pbt", space, settings=settings)
    chance = random.Random(0)
    trials: list[Trial] = []
    for number in range(18 + 8):
        for s in suggest(experiment, trials).suggestions:
            fails = chance.random() < 0.2
            metrics = {} if fails else {"loss": abs(float(s.assignments["x"]) - 0.3)}
            condition = C.FAILED if fails else C.SUCCEEDED
            trials.append(finished(number, s.assignments, metrics, condition, s.name, s.labels))
    by_name = {trial.name: trial for trial in trials}
    assert len(by_name) == len(trials)
    children = [trial for trial in trials if "eegtune.dev/parent" in trial.labels]
    assert len(children) >= 8
    copies = 0
    for child in children:
        parent = by_name[child.labels["eegtune.dev/parent"]]
        assert parent.condition is C.SUCCEEDED
        assert child.assignments["units"] == parent.assignments["units"]
        assert int(child.assignments["epochs"]) == int(parent.assignments["epochs"]) + 9
        copies += child.assignments["x"] != parent.assignments["x"]
    assert 1 <= copies < len(children)


def test_the_pooled_estimate_is_not_deceived_by_luck() -> None:
    space = [parameter("x", "int", min="0", max="9"), parameter("y", "int", min="0", max="9")]
    experiment = make_experiment("auto", space, trials=99)
    chance = random.Random(1)
    trials = []
    for number in range(40):
        x, y = chance.randint(0, 9), chance.randint(0, 9)
        value = 0.1 * (x - 4) ** 2 + 0.1 * (y - 4) ** 2 + chance.gauss(0, 0.05)
        trials.append(finished(number, {"x": str(x), "y": str(y)}, {"loss": value}))
    lucky = finished(40, {"x": "9", "y": "9"}, {"loss": -0.2})
    honest = [finished(41 + i, {"x": "9", "y": "9"}, {"loss": 5.0}) for i in range(3)]
    choice = choose_best(experiment, [*trials, lucky, *honest])
    assert choice is not None
    assert choice.is_pooled
    assert choice.trial.assignments != lucky.assignments
    plain = choose_best(make_experiment("random", space), [*trials[:3], lucky])
    assert plain is not None
    assert plain.trial is lucky


def test_leaders_are_evaluated_again_while_results_vary() -> None:
    space = [parameter("x", "int", min="0", max="30"), parameter("y", "int", min="0", max="30")]
    experiment = make_experiment("auto", space, trials=34)

    def repeats(noise: float) -> int:
        chance = random.Random(2)

        def evaluate(a: Mapping[str, str], repeats: int) -> Outcome:
            x, y = int(a["x"]), int(a["y"])
            value = ((x - 11) ** 2 + (y - 17) ** 2) / 100 + chance.gauss(0, noise)
            return Outcome({"loss": value}, 1.0)

        trials = simulate(experiment, evaluate, Limits(1, 34))
        return sum("eegtune.dev/replicate" in trial.labels for trial in trials)

    assert repeats(0.5) >= 2
    assert repeats(0.0) <= 1


def test_tasks_that_share_space_and_data_come_first() -> None:
    own = Task(make_experiment("tpe", SPACE), {"dataset": "scp1", "component": "linear_probe"})
    others = [
        Task(make_experiment("tpe", [parameter("z", "double", min="0", max="1")]), {}),
        Task(make_experiment("tpe", SPACE), {"dataset": "scp2", "component": "linear_probe"}),
        Task(make_experiment("tpe", SPACE), {"dataset": "scp1", "component": "linear_probe"}),
    ]
    ranked = rank_runs(own, others)
    assert [number for _, number in ranked] == [2, 1, 0]
    assert ranked[0][0] == 1.0


def test_a_step_is_not_issued_again_before_it_can_be_seen() -> None:
    settings = {**BUDGET, "resource_step": "9", "n_population": "4"}
    experiment = make_experiment("pbt", SPACE, settings=settings)
    trials: list[Trial] = []
    for number in range(4):
        (s,) = suggest(experiment, trials).suggestions
        loss = abs(float(s.assignments["x"]) - 0.3)
        trials.append(finished(number, s.assignments, {"loss": loss}, name=s.name))
    first = suggest(experiment, trials, issued=4, count=2).suggestions
    second = suggest(experiment, trials, issued=6, count=2).suggestions
    steps = [(s.name or "").partition("-m")[2] for s in (*first, *second)]
    assert steps == ["0-g1", "1-g1", "2-g1", "3-g1"]


def test_a_failed_promotion_is_tried_once_more_then_the_next_best_has_its_place() -> None:
    experiment = make_experiment("asha", SPACE, settings=BUDGET)
    trials = [
        finished(i, {"x": x, "epochs": "1"}, {"loss": loss})
        for i, (x, loss) in enumerate([("0.9", 1.6), ("0.3", 1.0), ("0.5", 1.2)])
    ]
    promoted = {"x": "0.3", "epochs": "3"}
    trials.append(finished(3, promoted, {}, C.FAILED))
    (again,) = suggest(experiment, trials).suggestions
    assert again.assignments == promoted
    running = Trial("t4", promoted, C.RUNNING)
    (fresh,) = suggest(experiment, [*trials, running]).suggestions
    assert fresh.assignments["epochs"] == "1"
    (done,) = suggest(experiment, [*trials, finished(4, promoted, {"loss": 0.5})]).suggestions
    assert done.assignments["epochs"] == "1"
    trials.append(finished(4, promoted, {}, C.FAILED))
    (next_best,) = suggest(experiment, trials).suggestions
    assert next_best.assignments == {"x": "0.5", "epochs": "3"}
