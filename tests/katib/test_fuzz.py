"""A sample of the fuzz run; `benchmarks/katib_fuzz.py` has the full one."""

import grpc
import pytest

from eegtune.cluster.katib.early_stopping import EarlyStoppingService
from eegtune.cluster.katib.protocol.rpc import OPTIONS, service_handler
from eegtune.cluster.katib.server import start
from eegtune.cluster.katib.suggestion import SuggestionService

from .fuzz import fuzz


@pytest.fixture
def channel():
    handlers = [
        service_handler("Suggestion", SuggestionService().answers),
        service_handler("EarlyStopping", EarlyStoppingService(lambda name: None).answers),
    ]
    served = start(handlers, port=0, workers=1, host="localhost")
    with grpc.insecure_channel(f"localhost:{served.port}", options=OPTIONS) as opened:
        yield opened
    served.stop(0)


@pytest.mark.parametrize("seed", range(3))
def test_no_mutated_request_crashes_a_service_or_gets_a_wrong_count(channel, seed):
    outcome = fuzz(channel, count=150, seed=seed)
    assert set(outcome.codes) <= {"OK", "INVALID_ARGUMENT"}
    assert outcome.codes["OK"] > 10
    assert outcome.codes["INVALID_ARGUMENT"] > 10
