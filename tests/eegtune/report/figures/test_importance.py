import warnings
from dataclasses import replace

import pytest

from eegtune.report.columns import parameter_columns
from eegtune.report.figures.figure import NothingToShow
from eegtune.report.figures.importance import (
    MOST_TRIALS,
    evenly,
    importance,
    parameter_importances,
)

from ..runs import material, record
from .drawable import check


def _importances(made):
    return parameter_importances(made, parameter_columns(made.experiment, made.finished))


def test_what_decides_the_score_comes_first_and_shares_sum_to_one():
    found = _importances(material(60))
    assert next(iter(found)) == "features"
    assert found["features"] > 0.8
    assert sum(found.values()) == pytest.approx(1)


def test_no_warning_reaches_the_terminal():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert _importances(material(40))


@pytest.mark.parametrize("trials", [0, 1, 5])
def test_too_few_trials_say_nothing(trials):
    made = material(trials)
    assert _importances(made) == {}
    with pytest.raises(NothingToShow, match="at least 10"):
        importance(made, {})


def test_equal_values_or_constant_parameters_say_nothing():
    made = material(30, failed_every=0)
    same = tuple(record(r.number, dict(r.trial.assignments), 0.5) for r in made.records)
    assert _importances(replace(made, records=same)) == {}
    values = dict(made.records[0].trial.assignments)
    constant = tuple(record(n, values, 0.5 + n / 100) for n in range(30))
    assert _importances(replace(made, records=constant)) == {}


def test_bars_and_words():
    made = material(40)
    figure = importance(made, {"features": 0.7, "x" * 60: 0.3})
    check(figure)
    assert figure.data[0]["text"] == ["70%", "30%"]
    assert "features mattered most" in figure.alt
    assert "With 37 trials these shares are rough" in figure.note


def test_thousands_of_trials_are_sampled_and_it_says_so():
    made = material(2000)
    sample = evenly(made.finished, MOST_TRIALS)
    assert len(sample) == MOST_TRIALS
    assert sample[-1].number > 1900
    assert "an even sample of 150 of" in importance(made, {"features": 1.0}).note
