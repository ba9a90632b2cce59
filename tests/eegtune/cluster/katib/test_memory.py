import pytest
from hypothesis import given
from hypothesis import strategies as st

from eegtune.cluster.katib.memory import ISSUED, SALT, Memory
from eegtune.cluster.katib.reading import read_experiment
from eegtune.spec.trial import Trial, TrialCondition

from .test_reading import message

EXPERIMENT = read_experiment(message())


def running(value: str) -> Trial:
    return Trial("t", {"rate": value}, TrialCondition.RUNNING)


@given(st.text(), st.lists(st.lists(st.text()).map(tuple), max_size=5).map(tuple))
def test_what_is_written_is_read(salt, points):
    memory = Memory(salt, points)
    assert Memory.read(memory.settings()) == memory


@pytest.mark.parametrize("text", ["", "{}", "[1]", '[["a"', "[[1]]", "null", "[" * 100_000])
def test_what_is_no_list_of_points_counts_as_nothing(text):
    assert Memory.read({ISSUED: text, SALT: "s"}) == Memory("s", ())


def test_points_that_katib_does_not_show_are_trials_without_metrics():
    memory = Memory("", (("0.1",), ("0.2",), ("0.2",), ("0.3", "of another space")))
    unseen = memory.unseen_trials(EXPERIMENT, [running("0.2"), running("0.9")])
    assert [dict(trial.assignments) for trial in unseen] == [{"rate": "0.1"}, {"rate": "0.2"}]
    assert {trial.condition for trial in unseen} == {TrialCondition.METRICS_UNAVAILABLE}


def test_the_newest_points_are_kept_when_there_are_too_many():
    points = tuple((f"{number:04}", "x" * 100) for number in range(1000))
    text = Memory("", points).settings()[ISSUED]
    kept = Memory.read({ISSUED: text}).issued
    assert 100 < len(kept) < 1000
    assert len(text) <= 32 * 1024
    assert kept == points[-len(kept) :]


@pytest.mark.parametrize(("salt", "name"), [("", "gen-1"), ("a1b2c3", "gen-1-a1b2c3")])
def test_names_go_out_with_the_salt_and_come_back_without(salt, name):
    memory = Memory(salt)
    assert memory.salted("gen-1") == name
    assert memory.unsalted(name) == "gen-1"
    assert memory.unsalted("somebody-else") == "somebody-else"
