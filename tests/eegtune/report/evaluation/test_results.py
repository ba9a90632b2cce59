import json
import math
from dataclasses import replace

import pytest

from eegtune.report.evaluation.results import from_json, to_json
from trial_runner.scoring.values import Interval, Score

from ..runs import evaluation


def test_an_evaluation_survives_as_json():
    found = evaluation()
    assert from_json(json.loads(json.dumps(to_json(found), allow_nan=False))) == found


def test_what_is_not_finite_survives_too():
    found = evaluation()
    one = found.configurations[0]
    odd = replace(one, scores={"auroc": Score(Interval(0.5, math.nan, math.nan), math.nan)})
    again = from_json(json.loads(json.dumps(to_json(replace(found, configurations=(odd,))))))
    score = again.configurations[0].scores["auroc"]
    assert score.interval.value == 0.5
    assert math.isnan(score.interval.low)
    assert math.isnan(score.seed_std)


@pytest.mark.parametrize("change", [{"configurations": None}, {"time": "yesterday"}, {"more": 1}])
def test_anything_else_is_refused(change):
    with pytest.raises((KeyError, TypeError, ValueError)):
        from_json({**to_json(evaluation()), **change})


def test_the_gap_is_tuning_minus_test():
    assert evaluation().gap == pytest.approx(0.03)
    assert replace(evaluation(), test_metric="").gap is None
