"""Suggestions made ahead are those that would have been made one by one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from eegtune.execution.board import Board
from eegtune.execution.changes import enqueue
from eegtune.execution.foresight import Suggest
from eegtune.execution.records import RunCondition, RunState
from eegtune.execution.source import TrialSource
from eegtune.execution.writer import RunWriter
from eegtune.search import Proposal, suggest
from eegtune.spec import Experiment
from eegtune.spec.trial import Trial, TrialCondition

SMALL = [{"name": "x", "parameterType": "int", "feasibleSpace": {"min": "1", "max": "30"}}]


class Counted:
    """The search, and how often it was asked for how many."""

    def __init__(self) -> None:
        self.counts: list[int] = []

    def __call__(
        self, experiment: Experiment, history: Sequence[Trial], prior: Sequence[Trial],
        issued: int, count: int,
    ) -> Proposal:  # fmt: skip
        self.counts.append(count)
        return suggest(experiment, history, prior, issued, count)


def trials_of(
    experiment: Experiment, folder: Path, search: Suggest, number: int, *, fresh: bool = False
) -> list[dict[str, str]]:
    """Make trials one at a time, each ended before the next; optionally by a new source each."""
    folder.mkdir()
    with RunWriter.open_writable(folder) as store:
        store.create_run(experiment, RunState(RunCondition.RUNNING))
        board = Board(store, experiment)
        source = TrialSource(store, board, search, (), exhausted=False)
        for made in range(number):
            if fresh:
                source = TrialSource(store, board, search, (), exhausted=False)
            if made == number // 2:
                enqueue(store, {"x": "1"})
                board.adopt(store.trials(board.tally.total))
            for record in source.new_trials(experiment, 1):
                ended = replace(
                    record.trial, condition=TrialCondition.SUCCEEDED, metrics={"loss": 1.0}
                )
                board.update(replace(record, trial=ended))
        return [dict(record.trial.assignments) for record in store.trials()]


@pytest.mark.parametrize("algorithm", ["random", "grid", "sobol", "tpe"])
def test_ahead_is_as_one_by_one(make_experiment: Any, tmp_path: Path, algorithm: str) -> None:
    settings = [{"name": "random_state", "value": "1"}]
    experiment = make_experiment(
        parameters=SMALL, maxTrialCount=40,
        algorithm={"algorithmName": algorithm, "algorithmSettings": settings},
    )  # fmt: skip
    ahead, one_by_one = Counted(), Counted()
    made = trials_of(experiment, tmp_path / "ahead", ahead, 35)
    # A source of its own for each trial is what a run killed after each trial has.
    assert made == trials_of(experiment, tmp_path / "one", one_by_one, 35, fresh=True)
    if algorithm == "tpe":
        assert set(ahead.counts) == {1}
    else:
        assert len(ahead.counts) < 30


def test_the_search_is_asked_ever_more_rarely(make_experiment: Any, tmp_path: Path) -> None:
    experiment = make_experiment(maxTrialCount=400)
    counted = Counted()
    made = trials_of(experiment, tmp_path / "run", counted, 300)
    assert len({trial["x"] for trial in made}) == 301
    assert len(counted.counts) < 40
    assert sum(counted.counts) < 500


def test_never_more_ahead_than_there_may_be_trials(make_experiment: Any, tmp_path: Path) -> None:
    counted = Counted()
    with RunWriter.open_writable(tmp_path) as store:
        experiment = make_experiment(maxTrialCount=4)
        store.create_run(experiment, RunState(RunCondition.RUNNING))
        board = Board(store, experiment)
        source = TrialSource(store, board, counted, (), exhausted=False)
        for _ in range(4):
            source.new_trials(experiment, 1)
    assert counted.counts == [1, 1, 1, 1]
