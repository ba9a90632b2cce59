import pytest

from eegtune.report.exports.typed import typed_values

from ..runs import experiment


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("learning_rate", "1e-3", 0.001),
        ("hidden_dim", "128", 128),
        ("hidden_dim", "128.5", "128.5"),  # not of its type: stays what it was
        ("batch_size", "64", 64),
        ("use_hidden", "true", True),
        ("features", "band_power", "band_power"),
        ("stranger", "1", "1"),
    ],
)
def test_values_get_their_parameters_type(name, text, expected):
    found = typed_values(experiment(), {name: text})[name]
    assert found == expected
    assert type(found) is type(expected)
