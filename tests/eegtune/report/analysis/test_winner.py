from dataclasses import replace

import pytest

from eegtune.report.analysis.belief import TooLittle, believe
from eegtune.report.analysis.winner import curse, standings

from ..runs import experiment, material, quality, record


class _Silent:
    """A generator without noise."""

    def gauss(self, mean, spread):
        return mean


def _truth(each):
    return quality(dict(each.trial.assignments), _Silent())


def test_intervals_hold_the_true_value_of_the_best_few():
    inside = []
    for seed in range(6):
        made = material(60, seed=seed)
        for each in standings(believe(made.experiment, made.records))[:5]:
            inside.append(each.low <= _truth(each.record) <= each.high)
    assert sum(inside) / len(inside) > 0.75


def test_the_winner_looks_better_than_it_is_believed_to_be_and_is():
    made = material(150)
    found = standings(believe(made.experiment, made.records))
    assert found[0].record is made.best
    assert found[0].seen > found[0].believed
    assert curse(found, maximize=True) == pytest.approx(found[0].seen - found[0].believed)
    assert found[0].seen > _truth(found[0].record)


def test_a_clear_winner_is_sure_and_equal_ones_are_not():
    space = ({"name": "x", "parameterType": "double", "feasibleSpace": {"min": "0", "max": "1"}},)
    made = experiment(space)
    values = {n: n / 40 for n in range(41)}
    line = [record(n, {"x": str(x)}, x) for n, x in values.items()]
    found = standings(believe(made, line))
    assert found[0].record.number == 40
    assert found[0].chance > 0.3
    flat = [record(n, {"x": str(x)}, 0.5 + (n * 7 % 11) / 100) for n, x in values.items()]
    first = standings(believe(made, flat))[0]
    assert first.chance < 0.3
    assert first.rank_high > 10


def test_repeated_configurations_count_once_with_their_mean():
    made = material(40, failed_every=0)
    best = made.best
    again = replace(record(40, dict(best.trial.assignments), 0.7))
    found = standings(believe(made.experiment, (*made.records, again)), most=50)
    twice = next(each for each in found if each.times == 2)
    assert twice.record.number == best.number
    assert twice.seen == pytest.approx((best.trial.metrics["val_auroc"] + 0.7) / 2)


def test_too_few_or_several_objectives():
    made = material(8)
    with pytest.raises(TooLittle, match="at least 10"):
        believe(made.experiment, made.records)
    setting = {"name": "objectives", "value": "val_auroc:max,val_accuracy:max"}
    several = experiment(algorithm={"algorithmName": "nsga2", "algorithmSettings": [setting]})
    with pytest.raises(TooLittle, match="several objectives"):
        believe(several, material(40).records)


def test_small_values_win_where_they_are_good():
    made = experiment(objective={"type": "minimize", "objectiveMetricName": "val_auroc"})
    records = material(60).records
    found = standings(believe(made, records))
    values = [r.trial.metrics["val_auroc"] for r in records if r.trial.metrics]
    assert found[0].seen == min(values)
    assert curse(found, maximize=False) >= 0
