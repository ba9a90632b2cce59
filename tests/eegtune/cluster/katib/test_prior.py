import pytest

from eegtune.cluster.katib.in_cluster import ApiError
from eegtune.cluster.katib.prior import load_prior
from eegtune.cluster.katib.reading import read_experiment

from .test_reading import message


def warm_started(address: str):
    experiment = message()
    experiment.spec.algorithm.algorithm_settings.add(name="warm_start", value=address)
    return read_experiment(experiment)


class Api:
    """Answers the one call that is needed."""

    def __init__(self, items, error=None) -> None:
        self.items, self.error, self.paths = items, error, []

    def get(self, path):
        self.paths.append(path)
        if self.error:
            raise self.error
        return {"items": self.items}


def finished(name, value):
    metric = {"name": "loss", "min": value, "max": value, "latest": value}
    return {
        "metadata": {"name": name},
        "spec": {"parameterAssignments": [{"name": "rate", "value": "0.1"}]},
        "status": {
            "conditions": [{"type": "Succeeded", "status": "True"}],
            "observation": {"metrics": [metric]},
        },
    }


def test_trials_of_another_experiment_are_read():
    api = Api([finished("a", "0.5"), finished("b", "0.25")])
    trials = load_prior(warm_started("katib://lab/first"), lambda: api)
    assert [(t.name, t.metrics) for t in trials] == [("a", {"loss": 0.5}), ("b", {"loss": 0.25})]
    assert api.paths == [
        "/apis/kubeflow.org/v1beta1/namespaces/lab/trials"
        "?labelSelector=katib.kubeflow.org/experiment%3Dfirst"
    ]


def test_without_the_setting_nothing_is_read():
    assert load_prior(read_experiment(message()), lambda: pytest.fail("connected")) == ()


@pytest.mark.parametrize(
    ("address", "api", "words"),
    [
        ("runs/first", Api([]), "must be katib://NAMESPACE/NAME"),
        ("katib://lab", Api([]), "must be katib://NAMESPACE/NAME"),
        ("katib://lab/first", Api([]), "has no trials"),
        ("katib://lab/first", Api([], ApiError(403, "forbidden")), "forbidden. Allow the service"),
    ],
)
def test_what_cannot_be_read_is_said(address, api, words):
    with pytest.raises(ValueError, match=words):
        load_prior(warm_started(address), lambda: api)
