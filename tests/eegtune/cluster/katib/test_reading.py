import pytest

from eegtune.cluster.katib.protocol import api_pb2 as api
from eegtune.cluster.katib.reading import read_algorithm, read_experiment, read_trials
from eegtune.spec.trial import TrialCondition


def message(**changes) -> api.Experiment:
    experiment = api.Experiment(
        name="e",
        spec=api.ExperimentSpec(
            parameter_specs=api.ExperimentSpec.ParameterSpecs(
                parameters=[
                    api.ParameterSpec(
                        name="rate",
                        parameter_type=api.DOUBLE,
                        feasible_space=api.FeasibleSpace(
                            min="1e-3", max="1", distribution=api.LOG_UNIFORM
                        ),
                    )
                ]
            ),
            objective=api.ObjectiveSpec(type=api.MINIMIZE, objective_metric_name="loss"),
            algorithm=api.AlgorithmSpec(algorithm_name="tpe"),
            max_trial_count=9,
        ),
    )
    for path, value in changes.items():
        *parents, last = path.split("__")
        target = experiment.spec
        for parent in parents:
            target = target[int(parent)] if parent.isdigit() else getattr(target, parent)
        setattr(target, last, value)
    return experiment


def test_an_experiment_is_read_with_katibs_words():
    experiment = read_experiment(message())
    assert experiment.name == "e"
    assert experiment.spec.parameters[0].feasible_space.distribution == "logUniform"
    assert experiment.spec.objective.type == "minimize"
    assert experiment.spec.objective.goal is None
    assert experiment.spec.max_trial_count == 9
    assert experiment.spec.early_stopping is None


@pytest.mark.parametrize(
    ("change", "value", "words"),
    [
        ("objective__type", 0, "objective.type is UNKNOWN; allowed are minimize"),
        ("objective__type", 77, "objective.type is 77"),
        ("objective__objective_metric_name", "", "objectiveMetricName is empty"),
        ("algorithm__algorithm_name", " ", "algorithmName is empty"),
        ("parameter_specs__parameters__0__name", "", r"parameters\[0\].name is empty"),
        ("parameter_specs__parameters__0__parameter_type", 0, "allowed are double, int"),
        ("parameter_specs__parameters__0__parameter_type", -1, "is -1; allowed are double"),
        ("parameter_specs__parameters__0__feasible_space__distribution", 9, "is 9; allowed"),
        ("parameter_specs__parameters__0__feasible_space__min", "nan", r"Space.min is 'nan'"),
        ("parameter_specs__parameters__0__feasible_space__step", "1e-400", r"Space.step is '1e-4"),
    ],
)
def test_what_is_missing_or_unknown_is_named(change, value, words):
    with pytest.raises(ValueError, match=words):
        read_experiment(message(**{change: value}))


def test_an_architecture_search_is_refused():
    experiment = message()
    experiment.spec.nas_config.SetInParent()
    with pytest.raises(ValueError, match="neural architecture search"):
        read_experiment(experiment)


def test_two_parameters_of_one_name_are_refused():
    experiment = message()
    parameters = experiment.spec.parameter_specs.parameters
    parameters.add().CopyFrom(parameters[0])
    with pytest.raises(ValueError, match="rate more than once"):
        read_experiment(experiment)


def test_our_prefix_is_taken_off_and_the_last_setting_of_a_name_wins():
    settings = [api.AlgorithmSetting(name="seed", value=value) for value in ("1", "2")]
    algorithm = read_algorithm(
        api.AlgorithmSpec(algorithm_name="eegtune-tpe", algorithm_settings=settings)
    )
    assert algorithm.algorithm_name == "tpe"
    assert algorithm.settings == {"seed": "2"}


def trial(name, condition=api.TrialStatus.SUCCEEDED, start="", **metrics) -> api.Trial:
    metrics = [api.Metric(name=key, value=value) for key, value in metrics.items()]
    status = api.TrialStatus(
        condition=condition, start_time=start, observation=api.Observation(metrics=metrics)
    )
    return api.Trial(name=name, status=status)


def test_trials_are_ordered_by_start_and_name_unstarted_ones_last():
    trials = read_trials(
        [
            trial("d"),
            trial("c", start="2026-11-21T07:48:21Z"),
            trial("b", start="2026-11-21T07:48:21Z"),
            trial("z", start="2026-11-21T07:48:20Z"),
            trial("a", start="0001-01-01T00:00:00Z"),
        ]
    )
    assert [t.name for t in trials] == ["z", "b", "c", "a", "d"]


@pytest.mark.parametrize("value", ["nan", "", "unavailable", "-", "inf", "1_0"])
def test_what_is_no_finite_number_is_no_metric(value):
    (read,) = read_trials([trial("a", loss=value, other="0.5")])
    assert read.metrics == {"other": 0.5}


@pytest.mark.parametrize(
    ("number", "condition"),
    [
        (api.TrialStatus.EARLYSTOPPED, TrialCondition.EARLY_STOPPED),
        (api.TrialStatus.METRICSUNAVAILABLE, TrialCondition.METRICS_UNAVAILABLE),
        (api.TrialStatus.UNKNOWN, TrialCondition.CREATED),
        (99, TrialCondition.CREATED),
    ],
)
def test_conditions(number, condition):
    assert read_trials([trial("a", number)])[0].condition is condition
