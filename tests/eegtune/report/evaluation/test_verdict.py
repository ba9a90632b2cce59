from dataclasses import replace

import pytest

from eegtune.report.evaluation.verdict import gap_text, verdict

from ..runs import evaluation


def _verdict(**kind):
    found = evaluation(**kind)
    return verdict(found, found.comparisons[0], "AUROC")


@pytest.mark.parametrize(
    ("gain", "outcome", "words"),
    [
        (0.21, "better", "Tuning helps on the 293 test trials of one person: AUROC +0.210"),
        (0.02, "nothing", "Tuning adds nothing measurable on the 293 test trials of one person"),
        (-0.1, "worse", "Tuning makes it worse on the 293 test trials of one person"),
    ],
)
def test_the_interval_decides(gain, outcome, words):
    found = _verdict(gain=gain)
    assert found.outcome == outcome
    assert found.text.startswith(words)


def test_several_people_are_counted():
    assert "on 12 test subjects" in _verdict(subjects=12).text


def test_small_may_be_good_in_repeats():
    found = replace(evaluation(gain=-0.1, kind="repeats"), maximize=False, test_metric="auroc")
    assert verdict(found, found.comparisons[0], "loss").outcome == "better"
    assert "in 5 repeats on the data that the search has seen" in _verdict(kind="repeats").text


def test_other_comparisons_name_both():
    found = evaluation()
    text = verdict(found, found.comparisons[1], "AUROC").text
    assert text.startswith("“tuned” over “all features” adds nothing measurable")


def test_the_gap_in_words():
    assert gap_text(evaluation(), "AUROC") == (
        "The best tuning score (val_auroc 0.930) is 0.030 higher than the test AUROC."
    )
    assert gap_text(replace(evaluation(), test_metric=""), "AUROC") == ""
    assert "lower than the test" in gap_text(replace(evaluation(), tuning_value=0.8), "AUROC")
