from eegtune.report.command import component_command
from eegtune.report.page.best import best_settings

from ..runs import experiment, material


def test_settings_show_default_space_and_importance():
    made = material(40)
    command = component_command(made.experiment, made.best.trial.assignments)
    settings = best_settings(made, command, {"features": 0.8, "dropout_rate": 0.2})
    assert [setting.name for setting in settings[:2]] == ["features", "dropout_rate"]
    assert settings[0].default == "band_power"
    assert settings[0].help == "signal features that the head sees"
    assert settings[0].is_changed
    assert settings[-1].importance is None


def test_a_parameter_whose_condition_does_not_hold_is_marked():
    settings = [{"name": "conditions", "value": "hidden_dim: use_hidden == 'never'"}]
    made = material(
        5,
        made=experiment(algorithm={"algorithmName": "tpe", "algorithmSettings": settings}),
    )
    by_name = {setting.name: setting for setting in best_settings(made, None, {})}
    assert not by_name["hidden_dim"].is_used
    assert by_name["features"].is_used
    assert by_name["features"].default is None


def test_without_a_best_trial_there_is_nothing():
    assert best_settings(material(0), None, {}) == ()
