import pytest

from eegtune.report.activity import activity, conditions_of

from .runs import experiment

CONDITIONS = (
    "hidden_dim: use_hidden == 'true'; weight_decay: learning_rate > 0.001 && batch_size < 64.0"
)


def _made(conditions):
    return experiment(
        algorithm={
            "algorithmName": "tpe",
            "algorithmSettings": [{"name": "conditions", "value": conditions}],
        }
    )


def test_conditions_are_read_from_the_setting():
    assert conditions_of(_made(CONDITIONS)) == {
        "hidden_dim": "use_hidden == 'true'",
        "weight_decay": "learning_rate > 0.001 && batch_size < 64.0",
    }


def test_each_condition_is_judged_for_each_trial():
    trials = [
        {"use_hidden": "true", "learning_rate": "0.01", "batch_size": "32"},
        {"use_hidden": "false", "learning_rate": "0.01", "batch_size": "64"},
        {"use_hidden": "false", "learning_rate": "1e-4", "batch_size": "16"},
    ]
    assert activity(_made(CONDITIONS), trials) == {
        "hidden_dim": (True, False, False),
        "weight_decay": (True, False, False),
    }


@pytest.mark.parametrize(
    "conditions",
    ["hidden_dim: use_hidden ==", "hidden_dim: unknown == 'x'", "hidden_dim: batch_size == 'x'"],
)
def test_what_cannot_be_judged_counts_as_used(conditions):
    trials = [{"use_hidden": "false", "batch_size": "16"}]
    assert activity(_made(conditions), trials) == {"hidden_dim": (True,)}


def test_without_conditions_there_is_nothing_to_judge():
    assert activity(experiment(), [{"use_hidden": "true"}]) == {}
