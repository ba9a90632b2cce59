from dataclasses import replace

from eegtune.spec.trial import TrialCondition

from .runs import experiment, material, record


def test_the_best_trial_is_the_first_with_the_best_value():
    made = replace(
        material(0),
        records=(
            record(0, {}, 0.7),
            record(1, {}, 0.9, TrialCondition.EARLY_STOPPED),
            record(2, {}, 0.9),
            record(3, {}, 0.95, TrialCondition.FAILED),
            record(4, {}, None, TrialCondition.RUNNING),
        ),
    )
    assert made.best.number == 1
    assert [r.number for r in made.finished] == [0, 1, 2]
    assert [r.number for r in made.failed] == [3]


def test_rungs_below_the_largest_resource_do_not_win():
    parameters = (
        {"name": "epochs", "parameterType": "int", "feasibleSpace": {"min": "1", "max": "9"}},
    )
    made = experiment(
        parameters,
        algorithm={
            "algorithmName": "hyperband",
            "algorithmSettings": [{"name": "resource", "value": "epochs"}],
        },
    )
    records = (record(0, {"epochs": "3"}, 0.99), record(1, {"epochs": "9"}, 0.8))
    assert replace(material(0), experiment=made, records=records).best.number == 1


def test_a_run_without_trials_has_no_best():
    assert material(0).best is None
