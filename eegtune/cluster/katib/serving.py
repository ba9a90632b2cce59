"""The two services put together as the commands serve them."""

from __future__ import annotations

import os
from functools import partial

from eegtune.cluster.katib.early_stopping import EarlyStoppingService
from eegtune.cluster.katib.in_cluster import ClusterApi
from eegtune.cluster.katib.prior import load_prior
from eegtune.cluster.katib.protocol.rpc import service_handler
from eegtune.cluster.katib.server import ServedAt, start
from eegtune.cluster.katib.suggestion import SuggestionService
from eegtune.cluster.katib.trial_status import mark_early_stopped

SUGGESTION_PORT = 6789
EARLY_STOPPING_PORT = 6788


def start_suggestion(port: int = SUGGESTION_PORT, workers: int = 4) -> ServedAt:
    """Start the Suggestion service.

    Raises:
        OSError: The port cannot be used.
    """
    service = SuggestionService(load_prior=partial(load_prior, connect=_this_cluster))
    service.warm_up()
    handler = service_handler("Suggestion", service.answers)
    return start([handler], port=port, workers=workers)


def start_early_stopping(port: int = EARLY_STOPPING_PORT, workers: int = 4) -> ServedAt:
    """Start the EarlyStopping service.

    Raises:
        OSError: The port cannot be used.
    """

    def mark(trial_name: str) -> bool:
        return mark_early_stopped(_this_cluster(), trial_name)

    handler = service_handler("EarlyStopping", EarlyStoppingService(mark).answers)
    return start([handler], port=port, workers=workers)


def _this_cluster() -> ClusterApi:
    return ClusterApi.of_this_pod(os.environ)
