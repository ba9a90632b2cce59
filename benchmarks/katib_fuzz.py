"""Fire mutated requests at the services: `python -m benchmarks.katib_fuzz [COUNT] [SEED]`."""

from __future__ import annotations

import sys
from typing import Any

import grpc

from eegtune.cluster.katib.early_stopping import EarlyStoppingService
from eegtune.cluster.katib.protocol.rpc import OPTIONS, service_handler
from eegtune.cluster.katib.server import start
from eegtune.cluster.katib.suggestion import SuggestionService
from tests.katib.fuzz import fuzz


def main(count: int = 10_000, seed: int = 0) -> None:
    """Print the statuses, the slowest answer and one refusal of each kind."""
    service = SuggestionService()
    warm_up(service)
    handlers = [
        service_handler("Suggestion", service.answers),
        service_handler("EarlyStopping", EarlyStoppingService(lambda name: None).answers),
    ]
    served = start(handlers, port=0, workers=1, host="localhost")
    with grpc.insecure_channel(f"localhost:{served.port}", options=OPTIONS) as channel:
        outcome = fuzz(channel, count, seed)
    served.stop(0)
    print(f"{count} requests, seed {seed}: {dict(outcome.codes)}")
    for seconds, request in outcome.slowest:
        print(f"slowest: {seconds:.3f} s of CPU, {described(request)}")
    for text in sorted(outcome.refusals.values()):
        print(f"  {text[:160]}")


def warm_up(service: SuggestionService) -> None:
    """Load every algorithm's libraries: the times are those of a server that has answered."""
    from tests.katib.controller import Controller, quality
    from tests.katib.spaces import algorithm_names, experiment

    for algorithm in algorithm_names():
        controller = Controller(experiment(algorithm, maximum=24), quality)
        while not controller.is_completed:
            controller.step(lambda _, method, request: service.answers[method](request))


def described(request: Any) -> str:
    """Return what a request asks for, in a few words."""
    if not hasattr(request, "current_request_number"):
        return type(request).__name__
    spec = request.experiment.spec
    settings = {s.name: s.value[:30] for s in spec.algorithm.algorithm_settings}
    return (
        f"{spec.algorithm.algorithm_name} {settings}: {request.current_request_number} of "
        f"{request.total_request_number}, {len(request.trials)} trials"
    )


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
