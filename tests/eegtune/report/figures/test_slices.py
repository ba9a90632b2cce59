from dataclasses import replace

from eegtune.report.figures.slices import MOST_POINTS, MOST_SLICES, slices

from ..runs import PARAMETERS, experiment, material, record
from .drawable import check


def test_one_figure_for_each_parameter_that_varied_the_important_first():
    figures = slices(material(40), {"features": 0.5, "dropout_rate": 0.4})
    for figure in figures:
        check(figure)
    assert [figure.title for figure in figures[:2]] == ["features", "dropout_rate"]
    assert len(figures) == len(PARAMETERS)


def test_long_names_stand_at_the_side():
    by_title = {figure.title: figure for figure in slices(material(40), {})}
    assert by_title["features"].layout["yaxis"]["ticktext"]
    assert by_title["use_hidden"].layout["xaxis"]["ticktext"] == ["false", "true"]


def test_the_ring_marks_the_best_trial():
    made = material(40)
    figure = next(f for f in slices(made, {}) if f.title == "dropout_rate")
    ring = figure.data[1]
    assert ring["customdata"] == [made.best.number]
    assert ring["x"] == [float(made.best.trial.assignments["dropout_rate"])]


def test_points_are_sampled_and_figures_limited():
    parameters = tuple(
        {**PARAMETERS[7], "name": f"parameter_{number}"} for number in range(MOST_SLICES + 3)
    )
    figures = slices(material(2000, made=experiment(parameters)), {})
    assert len(figures) == MOST_SLICES
    assert len(figures[0].data[0]["x"]) == MOST_POINTS


def test_only_trials_where_the_parameter_mattered_are_shown():
    made = material(
        30,
        failed_every=0,
        made=experiment(
            algorithm={
                "algorithmName": "tpe",
                "algorithmSettings": [
                    {"name": "conditions", "value": "hidden_dim: use_hidden == 'true'"}
                ],
            }
        ),
    )
    figure = next(f for f in slices(made, {}) if f.title == "hidden_dim")
    used = sum(r.trial.assignments["use_hidden"] == "true" for r in made.records)
    assert len(figure.data[0]["x"]) == used


def test_no_trials_no_figures():
    assert slices(material(0), {}) == ()
    one = replace(material(0), records=(record(0, {"batch_size": "16"}, 0.5),))
    assert slices(one, {}) == ()
