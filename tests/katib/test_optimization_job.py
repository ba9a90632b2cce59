"""Trainer's OptimizationJob: an adapter with the same messages and the whole history each time.

The proposal knows one objective, int, float and categorical parameters, uniform and logUniform
distributions, at most 100 trials, random and grid; it has neither labels nor written-back
settings, and sends failed trials like all others.
"""

import random

import pytest

from eegtune.cluster.katib.protocol import api_pb2 as api
from eegtune.cluster.katib.suggestion import SuggestionService

from .spaces import assert_in_space, parameter


def adapted(algorithm, trials, count):
    """Return what the adapter would send: no settings come back, totals are the history's."""
    return api.GetSuggestionsRequest(
        experiment=api.Experiment(
            name="job",
            spec=api.ExperimentSpec(
                parameter_specs=api.ExperimentSpec.ParameterSpecs(
                    parameters=[
                        parameter("lr", api.DOUBLE, api.LOG_UNIFORM, min="0.0001", max="0.1"),
                        parameter("epochs", api.INT, min="1", max="30"),
                        parameter("optimizer", api.CATEGORICAL, list=["adamw", "sgd"]),
                    ][1 if algorithm == "grid" else 0 :]
                ),
                objective=api.ObjectiveSpec(type=api.MINIMIZE, objective_metric_name="loss"),
                algorithm=api.AlgorithmSpec(algorithm_name=algorithm),
                parallel_trial_count=3,
                max_trial_count=60,
            ),
        ),
        trials=trials,
        current_request_number=count,
        total_request_number=len(trials) + count,
    )


@pytest.mark.parametrize("algorithm", ["random", "grid", "tpe", "bayesianoptimization"])
def test_sixty_trials_without_repeats_and_without_anything_written_back(algorithm):
    draw, trials = random.Random(0), []
    while len(trials) < 60:
        count = min(draw.randint(1, 3), 60 - len(trials))
        request = adapted(algorithm, trials, count)
        reply = SuggestionService().get_suggestions(request)
        assert len(reply.parameter_assignments) == count
        for suggestion in reply.parameter_assignments:
            assert_in_space(request.experiment, suggestion.assignments)
            trials.append(finished(f"job-{len(trials)}", suggestion.assignments, draw))
    points = {str(trial.spec.parameter_assignments) for trial in trials}
    assert len(points) == 60


def finished(name, assignments, draw) -> api.Trial:
    trial = api.Trial(name=name)
    trial.spec.parameter_assignments.assignments.extend(assignments)
    trial.status.condition = api.TrialStatus.SUCCEEDED
    if draw.random() < 0.2:
        trial.status.condition = api.TrialStatus.FAILED
        return trial
    trial.status.observation.metrics.add(name="loss", value=repr(draw.random()))
    return trial
