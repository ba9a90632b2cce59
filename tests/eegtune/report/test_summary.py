from dataclasses import replace

import pytest

from eegtune.execution.records import RunCondition, RunState
from eegtune.report.command import component_command
from eegtune.report.summary import callouts, lead, space_text, speaks_of_one_person, tiles
from eegtune.spec.experiment import FeasibleSpace, Parameter

from .runs import evaluation, experiment, material

ONE = "data: 268 windows of one subject (scores speak of this person only), 6 channels"
MANY = "data: 900 windows of 12 subjects, 19 channels"


def test_the_first_sentence_says_what_was_searched():
    made = material(40)
    command = component_command(made.experiment, made.best.trial.assignments)
    assert lead(made, command) == (
        "40 trials (tpe) over 8 parameters of linear_probe on SelfRegulationSCP1, looking for "
        "the highest val_auroc."
    )
    assert "of the trial’s command, looking" in lead(material(1), None)
    assert lead(material(1), None).startswith("1 trial (tpe)")


@pytest.mark.parametrize(
    ("subjects", "note", "expected"),
    [(1, MANY, True), (12, ONE, False), (None, ONE, True), (None, MANY, False), (None, "", False)],
)
def test_one_person_is_said_of_what_was_scored_else_of_what_trials_say(subjects, note, expected):
    made = material(3)
    if subjects is not None:
        made = replace(made, evaluations=(evaluation(subjects),))
    assert speaks_of_one_person(made, note) is expected
    assert any("one person" in c.text for c in callouts(made, note)) is expected


def test_tiles_hold_best_trials_and_time():
    made = material(40)
    best, trials, took = tiles(made)
    assert best.label == "Best val_auroc"
    assert best.detail.startswith(f"trial {made.best.number} · ")
    assert (trials.value, trials.detail) == ("40", "37 finished · 3 failed")
    assert took.value == "41.0 s"
    assert tiles(material(0))[0].value == "–"


@pytest.mark.parametrize(
    ("state", "text"),
    [
        (RunState(RunCondition.FAILED, "ExperimentFailed", "5 trials failed"), "5 trials failed"),
        (RunState(RunCondition.RUNNING), "has not ended"),
    ],
)
def test_a_run_that_failed_or_goes_on_says_so(state, text):
    assert any(text in callout.text for callout in callouts(replace(material(2), state=state), ""))


def test_a_second_use_of_the_test_data_is_told():
    made = material(3, evaluated=True)
    assert not any("used" in callout.text for callout in callouts(made, ""))
    twice = replace(made, touches=made.touches * 2)
    assert any("were used 2 times" in callout.text for callout in callouts(twice, ""))


def test_repeats_say_that_no_untouched_data_was_seen():
    made = replace(material(3), evaluations=(evaluation(0, kind="repeats"),))
    assert any("No untouched data" in callout.text for callout in callouts(made, ""))


def test_spaces_are_written_for_people():
    texts = [space_text(parameter) for parameter in experiment().spec.parameters]
    assert texts[:4] == [
        "1e-5 to 0.01, logarithmic",
        "0 to 0.7, step 0.05",
        "128 to 512, step 32",
        "false, true",
    ]
    space = FeasibleSpace.model_validate({"list": ["0.00031622776601683794", "0.001"]})
    levels = Parameter.model_validate(
        {"name": "lr", "parameterType": "discrete", "feasibleSpace": space}
    )
    assert space_text(levels) == "0.00031623, 0.001"
