"""Every algorithm driven as Katib's controller does it, with failures and restarts on the way."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from eegtune.cluster.katib.protocol import api_pb2 as api
from eegtune.cluster.katib.protocol.rpc import service_handler
from eegtune.cluster.katib.server import start
from eegtune.cluster.katib.suggestion import SuggestionService

from .controller import Calls, Controller, quality
from .spaces import algorithm_names, experiment


def drive(controller: Controller, restart_every: int = 5) -> Controller:
    """Run an Experiment to its end; the service is another process's after every few calls."""
    steps = 0
    while not controller.is_completed:
        handler = service_handler("Suggestion", SuggestionService().answers)
        served = start([handler], port=0, workers=1, host="localhost")
        calls = Calls(served.port)
        try:
            controller.validate(calls)
            for _ in range(restart_every):
                if not controller.is_completed:
                    controller.step(calls)
                    steps += 1
        finally:
            calls.close()
            served.stop(0)
        assert steps < 10 * controller.experiment.spec.max_trial_count, "the Experiment stalls"
    return controller


@pytest.mark.parametrize(
    "maximum", [40, pytest.param(200, marks=[pytest.mark.slow, pytest.mark.timeout(1200)])]
)
@pytest.mark.parametrize("algorithm", algorithm_names())
def test_an_experiment_of_every_algorithm_runs_to_its_end(algorithm, maximum):
    controller = drive(Controller(experiment(algorithm, maximum=maximum, parallel=5), quality))
    assert controller.with_condition(api.TrialStatus.SUCCEEDED)
    assert controller.with_condition(api.TrialStatus.FAILED)


def test_an_exhausted_search_repeats_its_best_points_and_says_so():
    message = experiment("grid", maximum=30, parallel=4)
    keep = message.spec.parameter_specs.parameters
    spaces = {spec.name: spec.feasible_space for spec in keep}
    spaces["dropout"].max, spaces["units"].max, spaces["epochs"].max = "0", "8", "1"
    controller = drive(Controller(message, quality, failing=0, unavailable=0, stopped_unseen=0))
    repeated = [n for n, labels in controller.labels.items() if "eegtune.dev/repeat" in labels]
    assert len(controller.trials) == 30
    assert len(repeated) == 30 - 3 * 4
    replicates = [int(controller.labels[name]["eegtune.dev/replicate"]) for name in repeated]
    assert sorted(replicates) == sorted([1] * 5 + [2] * 5 + [3] * 5 + [4] * 3)


def test_a_point_without_metrics_is_not_tried_again():
    message = experiment("grid", maximum=12, parallel=2)
    for spec in message.spec.parameter_specs.parameters:
        if spec.name in ("dropout", "units", "epochs"):
            spec.feasible_space.max = spec.feasible_space.min
    controller = drive(Controller(message, quality, failing=0, unavailable=0.5, stopped_unseen=0))
    points = [str(t.spec.parameter_assignments) for t in controller.trials.values()]
    assert len(set(points)) == 12


CONCURRENT = ("asha", "grid", "nsga2", "pbt", "random", "tpe")


def driven_beside(served, algorithm):
    """Run an Experiment to its end on a server that others use too; return its points."""
    message = experiment(algorithm, name=f"with-{algorithm}", maximum=24, parallel=3)
    controller, calls = Controller(message, quality), Calls(served.port)
    controller.settings["trial_salt"] = "abcdef"  # else each process has its own
    while not controller.is_completed:
        controller.step(calls)
    calls.close()
    return {name: str(trial.spec) for name, trial in controller.trials.items()}


def test_experiments_at_the_same_time_get_what_they_get_alone():
    handler = service_handler("Suggestion", SuggestionService().answers)
    served = start([handler], port=0, workers=4, host="localhost")
    alone = [driven_beside(served, algorithm) for algorithm in CONCURRENT]
    with ThreadPoolExecutor(len(CONCURRENT)) as pool:
        together = list(pool.map(lambda name: driven_beside(served, name), CONCURRENT))
    served.stop(0)
    assert together == alone
