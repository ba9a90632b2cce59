from pathlib import Path

import pytest

from eegtune.cluster.katib.client.cluster_check import (
    Surroundings,
    check_cluster,
    pod_requests,
)
from eegtune.cluster.katib.client.follow import read_experiment
from eegtune.spec import load_experiment

from ..doctor.objects import experiment as experiment_object

EXPERIMENTS = Path(__file__).parents[5] / "manifests" / "experiments"
ALGORITHMS = {"algorithmName": "tpe", "image": "ghcr.io/kubeflow/katib/suggestion-hyperopt"}


def experiment(algorithm="tpe", settings=None, resources=None, parallel=2):
    container = {"name": "trial", "image": "i", "resources": resources or {}}
    given = experiment_object(
        algorithm={
            "algorithmName": algorithm,
            "algorithmSettings": [{"name": n, "value": v} for n, v in (settings or {}).items()],
        },
        parallelTrialCount=parallel,
    )
    template = given["spec"]["trialTemplate"]
    template["successCondition"] = template["failureCondition"] = "x"
    template["trialSpec"] = {"spec": {"template": {"spec": {"containers": [container]}}}}
    return read_experiment(given)


def around(**changes) -> Surroundings:
    labels = {"katib.kubeflow.org/metrics-collector-injection": "enabled"}
    given = Surroundings(
        has_katib=True,
        namespace={"metadata": {"name": "lab", "labels": labels}},
        katib_config={"runtime": {"suggestions": [ALGORITHMS]}},
        is_taken=False,
        quotas=[],
        nodes=[{"status": {"allocatable": {"cpu": "8", "memory": "32Gi", "nvidia.com/gpu": "2"}}}],
    )
    return given._replace(**changes)


def quota(hard, used):
    return {"status": {"hard": {"pods": hard}, "used": {"pods": used}}}


GPU = {"limits": {"nvidia.com/gpu": "1"}}


@pytest.mark.parametrize(
    ("wanted", "place", "stops", "words"),
    [
        (experiment(), around(has_katib=False), True, "use --on kubernetes"),
        (experiment(), around(is_taken=True), True, "already"),
        (experiment(), around(namespace={"metadata": {"name": "lab"}}), True, "kubectl label"),
        (experiment("asha"), around(), True, "knows no 'asha' (it has tpe)"),
        (experiment(settings={"objectives": "a:max"}), around(), True, "use eegtune-tpe"),
        (experiment(), around(quotas=[quota("5", "4")]), False, "the rest waits"),
        (experiment(), around(quotas=[quota("0", "0")]), True, "the quota allows 0"),
        (experiment(resources=GPU, parallel=3), around(), False, "all nodes together have 2"),
        (
            experiment(resources={"limits": {"nvidia.com/gpu": "4"}}),
            around(),
            True,
            "the largest node has 2",
        ),
        (experiment(resources={"requests": {"memory": "64Gi"}}), around(), True, "memory"),
    ],
)
def test_each_obstacle_is_named(wanted, place, stops, words):
    (obstacle,) = check_cluster(wanted, place)
    assert obstacle.stops is stops
    assert words in obstacle.message


@pytest.mark.parametrize("place", [around(), around(namespace=None, katib_config={}, nodes=[])])
def test_nothing_is_in_the_way(place):
    assert check_cluster(experiment(resources=GPU), place) == []


def test_requests_of_a_generated_experiment():
    requests = pod_requests(load_experiment(EXPERIMENTS / "linear_probe" / "random.yaml"))
    assert requests["cpu"] == 1
    assert requests["memory"] == 2 * 1024**3
