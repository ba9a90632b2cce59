from datetime import timedelta

import pytest

from eegtune.execution.records import RunEvent
from eegtune.report.evaluation.ledger import (
    EVALUATED,
    TOUCHED,
    TouchedBeforeError,
    read_touches,
    touch_detail,
)

from ..runs import START


def test_touches_come_back_with_the_hash_that_an_evaluation_found():
    later = START + timedelta(days=1)
    touched = [
        RunEvent(START, TOUCHED, touch_detail(["default", "tuned"], "scp", again=False)),
        RunEvent(later, TOUCHED, touch_detail(["default"], "scp", again=True)),
    ]
    evaluated = [
        RunEvent(later, EVALUATED, {"touch": START.isoformat(), "data_sha256": "ab" * 32})
    ]
    first, second = read_touches(touched, evaluated)
    assert first.data == "scp (sha256 abababababababab…)"
    assert (second.data, second.again, second.configurations) == ("scp", True, ("default",))


@pytest.mark.parametrize(("count", "words"), [(1, "used once before"), (3, "used 3 times before")])
def test_the_refusal_says_when_and_what_to_do(count, words):
    events = [RunEvent(START, TOUCHED, touch_detail(["default", "tuned"], "scp", again=False))]
    error = TouchedBeforeError(read_touches(events * count))
    assert words in str(error)
    assert "2026-01-31 12:00 UTC for default, tuned" in str(error)
    assert "--again" in str(error)
