from __future__ import annotations

from typing import Any

from eegtune.execution.difference import differences


def test_the_three_editable_counts_may_differ(make_experiment: Any) -> None:
    after = make_experiment(parallelTrialCount=1, maxTrialCount=9, maxFailedTrialCount=2)
    assert differences(make_experiment(), after) == []


def test_everything_else_is_listed_with_its_path(make_experiment: Any) -> None:
    space = {"min": "0", "max": "2", "step": "1"}
    parameters = [{"name": "x", "parameterType": "double", "feasibleSpace": space}]
    after = make_experiment(name="other", parameters=parameters)
    assert differences(make_experiment(), after) == [
        "name: tried -> other",
        "spec.parameters[0].feasibleSpace.max: 1 -> 2",
        "spec.parameters[0].feasibleSpace.step: (not there) -> 1",
    ]
