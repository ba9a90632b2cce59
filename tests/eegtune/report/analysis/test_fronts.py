import pytest

from eegtune.report.analysis.fronts import front

from ..runs import experiment, record


def _experiment(objectives):
    setting = {"name": "objectives", "value": objectives}
    return experiment(algorithm={"algorithmName": "nsga2", "algorithmSettings": [setting]})


def _records(*pairs):
    made = [record(n, {}, 0.0) for n in range(len(pairs))]
    for each, (first, second) in zip(made, pairs, strict=True):
        each.trial.metrics.update({"val_auroc": first, "val_accuracy": second})
    return made


def test_the_front_and_its_hypervolume():
    records = _records((0.0, 1.0), (1.0, 0.0), (0.5, 0.5), (0.2, 0.2))
    found = front(_experiment("val_auroc:max,val_accuracy:max"), records)
    assert found.is_front == (True, True, True, False)
    assert [step for step, _ in found.hypervolumes] == [1, 2, 3, 4]
    assert [volume for _, volume in found.hypervolumes] == pytest.approx([0, 0, 0.25, 0.25])


def test_directions_turn_it_around():
    records = _records((0.0, 1.0), (1.0, 0.0), (0.5, 0.5), (0.2, 0.2))
    found = front(_experiment("val_auroc:min,val_accuracy:min"), records)
    assert found.is_front == (True, True, False, True)


def test_one_objective_has_no_front():
    assert front(experiment(), _records((0.0, 1.0))) is None
