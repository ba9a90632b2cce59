from dataclasses import replace

import pytest

from eegtune.report.figures.figure import NothingToShow
from eegtune.report.figures.parallel import MOST_AXES, MOST_LINES, parallel

from ..runs import PARAMETERS, experiment, material, record
from .drawable import check


def test_axes_are_the_varying_parameters_and_the_objective():
    made = material(40)
    figure = parallel(made, {"features": 0.6, "hidden_dim": 0.3})
    check(figure)
    labels = [dimension["label"] for dimension in figure.data[0]["dimensions"]]
    assert labels[0] == "features"
    assert labels[1] == "hidden_dim"
    assert labels[-1] == "val_auroc"
    assert {len(d["values"]) for d in figure.data[0]["dimensions"]} == {37}


def test_values_that_were_not_used_have_a_place_of_their_own():
    made = material(
        30,
        made=experiment(
            algorithm={
                "algorithmName": "tpe",
                "algorithmSettings": [
                    {"name": "conditions", "value": "hidden_dim: use_hidden == 'true'"}
                ],
            }
        ),
    )
    figure = parallel(made, {"hidden_dim": 1.0})
    axis = figure.data[0]["dimensions"][0]
    assert axis["ticktext"][0] == "not used"
    assert axis["range"][0] == min(axis["values"]) < 256


def test_many_trials_and_parameters_are_cut_and_it_says_so():
    parameters = tuple(
        {**PARAMETERS[7], "name": f"parameter_{number}"} for number in range(MOST_AXES + 5)
    )
    figure = parallel(material(MOST_LINES * 2, made=experiment(parameters)), {})
    assert len(figure.data[0]["dimensions"]) == MOST_AXES + 1
    assert len(figure.data[0]["line"]["color"]) == MOST_LINES
    assert "10 most important of 15" in figure.note
    assert "Shows 300 of" in figure.note


@pytest.mark.parametrize("records", [(), (record(0, {"batch_size": "16"}, 0.5),)])
def test_fewer_than_two_trials_have_no_lines(records):
    with pytest.raises(NothingToShow, match="two trials"):
        parallel(replace(material(0), records=records), {})


def test_constant_parameters_have_no_axis():
    values = {"batch_size": "16", "features": "band_power"}
    records = tuple(record(n, values, 0.5 + n / 10) for n in range(3))
    with pytest.raises(NothingToShow):
        parallel(replace(material(0), records=records), {})


def test_names_that_are_cut_alike_are_told_apart():
    names = [f"band_power+{middle}+tangent_space" for middle in ("slow_potentials", "entropy")]
    features = {"name": "features", "parameterType": "categorical",
                "feasibleSpace": {"list": names}}  # fmt: skip
    made = experiment((features,))
    records = tuple(record(n, {"features": names[n % 2]}, 0.5 + n / 10) for n in range(4))
    figure = parallel(replace(material(0), experiment=made, records=records), {})
    texts = figure.data[0]["dimensions"][0]["ticktext"]
    assert texts == ["b_p+s_p+t_s", "b_p+e+t_s"]
