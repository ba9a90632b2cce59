from dataclasses import replace

from eegtune.report.analysis.descent import descent
from eegtune.search.algorithms.pbt import GENERATION_LABEL
from eegtune.spec.rendering import PARENT_LABEL
from eegtune.spec.trial import TrialCondition

from ..runs import experiment, record

SPACE = (
    {"name": "rate", "parameterType": "double", "feasibleSpace": {"min": "0", "max": "1"}},
    {"name": "epochs", "parameterType": "int", "feasibleSpace": {"min": "1", "max": "9"}},
)


def _asha():
    setting = {"name": "resource", "value": "epochs"}
    algorithm = {"algorithmName": "asha", "algorithmSettings": [setting]}
    return experiment(SPACE, algorithm=algorithm)


def _at(number, rate, epochs, value):
    return record(number, {"rate": str(rate), "epochs": str(epochs)}, value)


def test_rungs_join_the_same_configuration():
    records = (_at(0, 0.1, 1, 0.5), _at(1, 0.2, 1, 0.6), _at(2, 0.2, 3, 0.7), _at(3, 0.2, 9, 0.8))
    found = descent(_asha(), records)
    assert found.step_name == "epochs"
    assert found.edges == ((1, 2), (2, 3))
    assert found.counts == [(1, 2), (3, 1), (9, 1)]
    assert found.ancestors(3) == [1, 2, 3]


def test_a_rung_that_failed_is_jumped_over():
    failed = record(1, {"rate": "0.1", "epochs": "3"}, None, TrialCondition.FAILED)
    found = descent(_asha(), (_at(0, 0.1, 1, 0.5), failed, _at(2, 0.1, 9, 0.7)))
    assert [node.step for node in found.nodes] == [1, 9]
    assert found.edges == ((0, 1),)


def test_generations_join_parent_and_child():
    def member(number, generation, parent=""):
        made = record(number, {"rate": "0.1"}, 0.5 + number / 10)
        labels = {GENERATION_LABEL: str(generation), PARENT_LABEL: parent}
        return replace(made, trial=replace(made.trial, labels=labels))

    records = (member(0, 0), member(1, 0), member(2, 1, "trial-0001"), member(3, 1, "trial-0001"))
    found = descent(experiment(), records)
    assert found.kind == "generations"
    assert found.edges == ((1, 2), (1, 3))


def test_other_searches_have_none():
    assert descent(experiment(), (record(0, {}, 0.5), record(1, {}, 0.6))) is None
    assert descent(_asha(), (_at(0, 0.1, 9, 0.5), _at(1, 0.2, 9, 0.6))) is None
