"""Rungs whose trials fail, never come back, or run at once in any number."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from search_problems import START, make_experiment, parameter

from eegtune.search import suggest
from eegtune.spec.trial import Trial, TrialCondition

C = TrialCondition
ALGORITHMS = ("asha", "hyperband", "bohb")
BUDGETS = (1, 3, 9)
SPACE = (
    parameter("x", "double", min="0", max="1"),
    parameter("units", "int", min="8", max="64", step="8"),
    parameter("epochs", "int", min="1", max="9"),
)
Values = tuple[str, ...]


class Cluster:
    """Trials in parallel; some fail, some are never seen again.

    Attributes:
        remembers: Whether the answers' settings are written back, as Katib does.
        is_timed: Whether trials say when they began and ended.
        repeated: How many points came again that had not failed once before.
    """

    def __init__(self, algorithm: str, seed: int, fails: float, lost: float) -> None:
        self.algorithm = algorithm
        self.chance = random.Random(seed)
        self.settings = {"resource": "epochs", "random_state": str(seed)}
        self.shares = (fails, lost)
        self.remembers = self.is_timed = True
        self.visible: list[Trial] = []
        self.sent: Counter[Values] = Counter()
        self.repeated = 0
        self.moment = START

    def ask(self, count: int) -> None:
        """Start as many trials."""
        experiment = make_experiment(self.algorithm, SPACE, settings=self.settings)
        answer = suggest(experiment, self.visible, issued=self.sent.total(), count=count)
        assert len(answer.suggestions) == count
        if self.remembers:
            self.settings.update(answer.settings)
        for s in answer.suggestions:
            values = tuple(s.assignments.values())
            self.repeated += self._is_repeated(values)
            self.sent[values] += 1
            trial = Trial(s.name or "", s.assignments, C.RUNNING, labels=s.labels)
            began = self.moment if self.is_timed else None
            self.visible.append(replace(trial, start_time=began))
        self.moment += timedelta(seconds=1)

    def end_one(self) -> None:
        """Let one running trial end."""
        running = [n for n, t in enumerate(self.visible) if not t.condition.is_completed]
        place = self.chance.choice(running)
        ended = self.moment if self.is_timed else None
        trial = replace(self.visible[place], completion_time=ended)
        self.moment += timedelta(seconds=1)
        lottery, (fails, lost) = self.chance.random(), self.shares
        if lottery < lost:
            del self.visible[place]
        elif lottery < lost + fails:
            self.visible[place] = replace(trial, condition=C.FAILED)
        else:
            metrics = {"loss": loss(trial.assignments)}
            self.visible[place] = replace(trial, condition=C.SUCCEEDED, metrics=metrics)

    def play(self, slots: int, trials: int) -> None:
        """Keep the slots full until so many trials have begun."""
        running = 0
        while self.sent.total() < trials:
            self.ask(slots - running)
            ending = self.chance.randint(1, slots)
            for _ in range(ending):
                self.end_one()
            running = slots - ending

    def _is_repeated(self, values: Values) -> bool:
        """Say whether a point comes again without having failed, or for the third time."""
        same = [t for t in self.visible if tuple(t.assignments.values()) == values]
        has_failed = len(same) == 1 and same[0].condition is C.FAILED
        return self.sent[values] > has_failed


def loss(a: Mapping[str, str]) -> float:
    return abs(float(a["x"]) - 0.3) + int(a["units"]) / 640 + 1 / int(a["epochs"])


def check_that_no_place_is_held(trials: Sequence[Trial]) -> None:
    """A third of each rung is above it, except for those that failed above it twice."""
    members: defaultdict[Values, defaultdict[int, list[Trial]]]
    members = defaultdict(lambda: defaultdict(list))
    for trial in trials:
        *configuration, epochs = trial.assignments.values()
        members[tuple(configuration)][BUDGETS.index(int(epochs))].append(trial)
    for bracket, rung in ((0, 0), (0, 1), (1, 1)):
        reached = [
            rungs
            for rungs in members.values()
            if min(rungs) == bracket and any(t.condition.is_completed for t in rungs[rung])
        ]
        able = [r for r in reached if any(t.condition is C.SUCCEEDED for t in r[rung])]
        gone = [any(t.condition is not C.FAILED for t in r[rung + 1]) for r in able]
        twice = [sum(t.condition is C.FAILED for t in r[rung + 1]) > 1 for r in able]
        assert sum(gone) >= min(len(reached) // 3, len(able) - sum(twice))


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@settings(
    max_examples=8,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)
@given(
    seed=st.integers(0, 10**6),
    slots=st.integers(1, 12),
    fails=st.sampled_from([0.0, 0.1, 0.4]),
    lost=st.sampled_from([0.0, 0.1, 0.4]),
)
def test_failed_and_lost_members_block_no_bracket(
    algorithm: str, seed: int, slots: int, fails: float, lost: float
) -> None:
    cluster = Cluster(algorithm, seed, fails, lost)
    cluster.play(slots, trials=40)
    assert cluster.repeated == 0
    if not lost:
        cluster.ask(20)
        check_that_no_place_is_held(cluster.visible)


@pytest.mark.parametrize("is_timed", [True, False])
def test_names_alone_tell_what_is_lost(is_timed: bool) -> None:
    """Where settings are not written back: one trial after another, with and without times."""
    for seed in range(3):
        cluster = Cluster("asha", seed, fails=0.2, lost=0.3)
        cluster.remembers, cluster.is_timed = False, is_timed
        cluster.play(slots=1, trials=40)
        assert cluster.repeated == 0
        assert sum(values[-1] == "9" for values in cluster.sent) >= 2


@pytest.mark.parametrize("remembers", [True, False])
def test_a_second_try_that_is_lost_is_the_last(remembers: bool) -> None:
    given = {"resource": "epochs"}
    best = {"x": "0.3", "units": "8"}
    starts = [best, {"x": "0.4", "units": "8"}, {"x": "0.9", "units": "8"}]
    trials = [
        Trial(
            f"test-{n:04d}", {**values, "epochs": "1"}, C.SUCCEEDED, {"loss": float(n)}, {},
            START + timedelta(seconds=2 * n), START + timedelta(seconds=2 * n + 1),
        )
        for n, values in enumerate(starts)
    ]  # fmt: skip
    began = START + timedelta(seconds=6)
    promotion = {**best, "epochs": "3"}
    trials.append(Trial("test-0003", promotion, C.FAILED, {}, {}, began, began))
    again = suggest(make_experiment("asha", SPACE, settings=given), trials, issued=4)
    assert again.suggestions[0].assignments == promotion
    settings = {**given, **again.settings} if remembers else given
    after = suggest(make_experiment("asha", SPACE, settings=settings), trials, issued=5)
    if remembers:
        assert after.suggestions[0].assignments == {**starts[1], "epochs": "3"}
    else:  # known by its number alone, it keeps its place
        assert after.suggestions[0].assignments["epochs"] == "1"


def test_a_promotion_that_a_constraint_forbids_leaves_its_place() -> None:
    given = {"resource": "epochs", "constraints": "units * epochs <= 64"}
    starts = [("0.3", "64", 1.0), ("0.4", "8", 1.1), ("0.5", "8", 1.2)]
    trials = [
        Trial(f"test-{n:04d}", {"x": x, "units": u, "epochs": "1"}, C.SUCCEEDED, {"loss": loss})
        for n, (x, u, loss) in enumerate(starts)
    ]
    (next_best,) = suggest(make_experiment("asha", SPACE, settings=given), trials).suggestions
    assert next_best.assignments == {"x": "0.4", "units": "8", "epochs": "3"}


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("slots", [1, 3])
def test_a_finite_space_ends_at_the_top(algorithm: str, slots: int) -> None:
    """Every configuration comes to the largest budget, once; then the search says that it ends."""
    space = [parameter("units", "int", min="1", max="5"), SPACE[-1]]
    experiment = make_experiment(algorithm, space, settings={"resource": "epochs"})
    trials: list[Trial] = []
    exhausted = False
    while not exhausted:
        answer = suggest(experiment, trials, count=slots)
        exhausted = answer.exhausted
        for s in answer.suggestions:
            found = {"loss": int(s.assignments["units"]) + 1 / int(s.assignments["epochs"])}
            trials.append(Trial(s.name or "", s.assignments, C.SUCCEEDED, found))
    values = [(t.assignments["units"], t.assignments["epochs"]) for t in trials]
    assert len(values) == len(set(values))
    assert sorted(units for units, epochs in values if epochs == "9") == list("12345")
    assert suggest(experiment, trials, count=2).suggestions == ()


def test_what_has_ended_goes_on_before_what_runs() -> None:
    space = [parameter("units", "int", min="1", max="2"), SPACE[-1]]
    experiment = make_experiment("asha", space, settings={"resource": "epochs"})
    trials = [
        Trial("test-0000", {"units": "1", "epochs": "3"}, C.RUNNING),
        Trial("test-0001", {"units": "1", "epochs": "1"}, C.SUCCEEDED, {"loss": 1.0}),
        Trial("test-0002", {"units": "2", "epochs": "1"}, C.SUCCEEDED, {"loss": 2.0}),
    ]
    (next_one,) = suggest(experiment, trials).suggestions
    assert next_one.assignments == {"units": "2", "epochs": "3"}
