import warnings
from dataclasses import replace

import pytest

from eegtune.report.analysis.importances import MOST_TRIALS, evenly, importances, shares_of
from eegtune.report.columns import parameter_columns

from ..runs import experiment, material, record


def _importances(made):
    return importances(made, parameter_columns(made.experiment, made.finished))


def test_what_decides_the_score_comes_first_and_shares_sum_to_one():
    found = _importances(material(60))
    assert found[0].name == "features"
    assert found[0].anova.value > 0.8
    assert sum(shares_of(found).values()) == pytest.approx(1)
    assert all(each.anova.low <= each.anova.value <= each.anova.high for each in found)


def test_few_trials_leave_a_wide_interval_and_many_a_narrow_one():
    few, many = _importances(material(20))[0].anova, _importances(material(200))[0].anova
    assert few.high - few.low > many.high - many.low


def test_how_long_trials_ran_is_no_choice_between_configurations():
    space = tuple(
        {"name": name, "parameterType": "double", "feasibleSpace": {"min": "0", "max": "9"}}
        for name in ("rate", "idle", "epochs")
    )
    settings = [{"name": "resource", "value": "epochs"}]
    algorithm = {"algorithmName": "asha", "algorithmSettings": settings}
    records = [
        record(n, {"rate": str(n % 7), "idle": str(n % 5), "epochs": str(3 ** (n % 3))},
               3 ** (n % 3) + 0.1 * (n % 7)) for n in range(60)
    ]  # fmt: skip
    plain = replace(material(0), experiment=experiment(space), records=tuple(records))
    assert _importances(plain)[0].name == "epochs"
    found = _importances(replace(plain, experiment=experiment(space, algorithm=algorithm)))
    assert {each.name for each in found} == {"rate", "idle"}
    assert found[0].name == "rate"
    assert sum(shares_of(found).values()) == pytest.approx(1)


@pytest.mark.parametrize("direction", ["maximize", "minimize"])
def test_ped_anova_looks_at_the_good_end(direction):
    """A parameter that only decides how bad the bad ones are is none of its business."""
    space = tuple(
        {"name": name, "parameterType": "double", "feasibleSpace": {"min": "0", "max": "1"}}
        for name in ("top", "bottom")
    )
    sign = 1 if direction == "maximize" else -1
    made = experiment(space, objective={"type": direction, "objectiveMetricName": "val_auroc"})
    records = []
    for number in range(144):
        top, bottom = number % 12 / 11, number // 12 / 11
        value = 1 + top if bottom > 0.3 else -5 * bottom
        assignments = {"top": str(top), "bottom": str(bottom)}
        records.append(record(number, assignments, sign * float(value)))
    found = _importances(replace(material(0), experiment=made, records=tuple(records)))
    ped = {each.name: each.ped.value for each in found}
    assert ped["top"] > ped["bottom"]


def test_no_warning_reaches_the_terminal():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert _importances(material(110))


@pytest.mark.parametrize("trials", [0, 1, 5])
def test_too_few_trials_say_nothing(trials):
    assert _importances(material(trials)) == ()


def test_equal_values_or_constant_parameters_say_nothing():
    made = material(30, failed_every=0)
    same = tuple(record(r.number, dict(r.trial.assignments), 0.5) for r in made.records)
    assert _importances(replace(made, records=same)) == ()
    values = dict(made.records[0].trial.assignments)
    constant = tuple(record(n, values, 0.5 + n / 100) for n in range(30))
    assert _importances(replace(made, records=constant)) == ()


def test_thousands_of_trials_are_sampled_evenly():
    sample = evenly(material(2000).finished, MOST_TRIALS)
    assert len(sample) == MOST_TRIALS
    assert sample[-1].number > 1900
