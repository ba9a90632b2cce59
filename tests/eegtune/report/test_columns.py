import pytest

from eegtune.report.columns import Column, few_values, parameter_columns

from .runs import PARAMETERS, experiment, record


def _columns(*trials, parameters=PARAMETERS, **spec):
    made = experiment(parameters, **spec)
    records = [record(number, values, 0.5) for number, values in enumerate(trials)]
    return {column.name: column for column in parameter_columns(made, records)}


def test_numbers_and_names_become_numbers():
    columns = _columns(
        {"learning_rate": "1e-3", "features": "tangent_space"},
        {"learning_rate": "0.01", "features": "band_power"},
    )
    assert columns["learning_rate"].numbers == (0.001, 0.01)
    assert columns["learning_rate"].is_log
    assert columns["features"].levels[int(columns["features"].numbers[0])] == "tangent_space"
    assert not columns["dropout_rate"].is_log


def test_values_that_are_missing_foreign_or_unused_are_none():
    columns = _columns(
        {"use_hidden": "false", "hidden_dim": "128", "dropout_rate": "many"},
        {"use_hidden": "true", "hidden_dim": "256", "dropout_rate": "nan"},
        algorithm={
            "algorithmName": "tpe",
            "algorithmSettings": [
                {"name": "conditions", "value": "hidden_dim: use_hidden == 'true'"}
            ],
        },
    )
    assert columns["hidden_dim"].numbers == (None, 256.0)
    assert columns["dropout_rate"].numbers == (None, None)
    assert columns["learning_rate"].numbers == (None, None)


def test_a_name_that_is_not_listed_gets_a_place_of_its_own():
    columns = _columns({"features": "mystery"})
    assert columns["features"].levels[-1] == "mystery"


def test_no_logarithm_of_zero():
    columns = _columns({"learning_rate": "0"}, {"learning_rate": "0.1"})
    assert not columns["learning_rate"].is_log


def test_a_parameter_with_one_value_is_constant():
    columns = _columns({"batch_size": "32"}, {"batch_size": "32"})
    assert columns["batch_size"].is_constant


@pytest.mark.parametrize(
    ("numbers", "is_log", "expected"),
    [
        ((16.0, 32.0, 64.0, 32.0), True, [16.0, 32.0, 64.0]),
        ((1.0, 1.1, 9.0), False, []),  # too close to be read
        ((1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0), False, []),  # too many
        ((1.0, 1.0), False, []),
    ],
)
def test_few_values_mark_the_axis(numbers, is_log, expected):
    assert few_values(Column("x", (), is_log, numbers), 6) == expected
