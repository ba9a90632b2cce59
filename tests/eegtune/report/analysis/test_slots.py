from dataclasses import replace
from datetime import timedelta

import pytest

from eegtune.report.analysis.slots import busy_slots, timeline
from eegtune.spec.trial import TrialCondition

from ..runs import START, record


def _trial(number, start, end):
    made = record(number, {}, 0.5)
    times = {
        "start_time": START + timedelta(seconds=start),
        "completion_time": START + timedelta(seconds=end),
    }
    return replace(made, trial=replace(made.trial, **times))


def test_trials_take_the_lowest_free_slot():
    found = timeline([_trial(0, 0, 4), _trial(1, 1, 3), _trial(2, 3, 6), _trial(3, 4, 6)], 2)
    assert [(s.record.number, s.slot, s.start, s.end) for s in found.spans] == [
        (0, 0, 0, 4), (1, 1, 1, 3), (2, 1, 3, 6), (3, 0, 4, 6),
    ]  # fmt: skip
    assert found.slots == 2
    assert found.idle_share == pytest.approx(1 / 12)


def test_a_night_without_trials_is_left_out():
    found = timeline([_trial(0, 0, 10), _trial(1, 40_000, 40_010)], 1)
    assert [(s.start, s.end) for s in found.spans] == [(0, 10), (10, 20)]
    assert (found.active_seconds, found.paused_seconds) == (20, 39_990)
    assert found.idle_share == 0


def test_more_slots_than_were_asked_for_are_all_counted():
    assert timeline([_trial(n, 0, 5) for n in range(3)], 2).slots == 3


def test_slots_that_were_never_used_are_idle():
    assert timeline([_trial(0, 0, 5)], 4).idle_share == pytest.approx(0.75)


def test_trials_that_run_have_no_span():
    assert timeline([record(0, {}, None, TrialCondition.RUNNING)], 2).spans == ()


def test_busy_slots_are_averages_over_even_parts():
    found = timeline([_trial(0, 0, 4), _trial(1, 1, 3)], 2)
    assert busy_slots(found, 4) == [(0.5, 1), (1.5, 2), (2.5, 2), (3.5, 1)]
    assert busy_slots(found, 2) == [(1, 1.5), (3, 1.5)]
