from dataclasses import replace

import pytest

from eegtune.report.evaluation.verdict import gap_text, verdict, verdicts
from trial_runner.scoring.values import Difference, Interval

from ..runs import evaluation, score


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


@pytest.mark.parametrize(
    ("third", "low", "outcome", "words"),
    [
        (0.89, -0.03, "better", None),  # tuned is the best
        (0.92, -0.03, "better", "But “all features” does better still, if not measurably: 0.920 "
         "against 0.900."),
        (0.96, -0.09, "worse", "does better still, measurably: 0.960 against 0.900."),
    ],
)  # fmt: skip
def test_the_first_sentence_names_a_configuration_that_beats_tuned(third, low, outcome, words):
    made = evaluation(gain=0.21)
    others, last = made.configurations[:2], made.configurations[2]
    against = made.comparisons[1]
    gap = Interval(0.90 - third, low, low + 0.04 if low < -0.05 else 0.04)
    made = replace(
        made,
        configurations=(*others, replace(last, scores={**last.scores, "auroc": score(third)})),
        comparisons=(
            made.comparisons[0],
            replace(against, differences={"auroc": Difference(gap, 0.1)}),
        ),
    )
    first, *rest = verdicts(made, "AUROC")
    assert first.outcome == outcome
    assert first.text.startswith("Tuning helps on the 293 test trials")
    assert (words in first.text) if words else ("does better still" not in first.text)
    assert len(rest) == 1


def test_the_gap_in_words():
    assert gap_text(evaluation(), "AUROC") == (
        "The best tuning score (val_auroc 0.930) is 0.030 higher than the test AUROC."
    )
    assert gap_text(replace(evaluation(), test_metric=""), "AUROC") == ""
    assert "lower than the test" in gap_text(replace(evaluation(), tuning_value=0.8), "AUROC")
