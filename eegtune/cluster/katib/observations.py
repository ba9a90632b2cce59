"""What trials have reported, asked from Katib's DB manager."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import grpc

from eegtune.cluster.katib.protocol import api_pb2 as api
from eegtune.cluster.katib.protocol.rpc import OPTIONS, caller
from eegtune.metrics.observation import finite_number

_logger = logging.getLogger(__name__)
_MOST_KEPT = 20_000


@dataclass(frozen=True)
class ObservationReader:
    """Reads the curves of trials that have ended; those do not change and are kept.

    Attributes:
        timeout_seconds: How long one trial's log may take.
        kept: Curves read before, by address, trial and metric.
    """

    timeout_seconds: float = 10.0
    kept: dict[tuple[str, str, str], tuple[float, ...]] = field(default_factory=dict)

    def curves(
        self, address: str, trial_names: Iterable[str], metric: str
    ) -> dict[str, tuple[float, ...]]:
        """Return each trial's finite values of a metric, in the order of their times.

        Trials whose log cannot be read are left out: rules are then made of the others.
        """
        curves: dict[str, tuple[float, ...]] = {}
        with grpc.insecure_channel(address, options=OPTIONS) as channel:
            for name in trial_names:
                key = (address, name, metric)
                if key not in self.kept:
                    values = self._read(channel, name, metric)
                    if values is None:
                        break
                    self._keep(key, values)
                with suppress(KeyError):
                    curves[name] = self.kept[key]
        return curves

    def _keep(self, key: tuple[str, str, str], values: tuple[float, ...]) -> None:
        if not values:  # its collector may still be about to report
            return
        while len(self.kept) >= _MOST_KEPT:
            with suppress(StopIteration, KeyError, RuntimeError):
                del self.kept[next(iter(self.kept))]
        self.kept[key] = values

    def _read(self, channel: grpc.Channel, name: str, metric: str) -> tuple[float, ...] | None:
        get_log = caller(channel, "DBManager", "GetObservationLog")
        request = api.GetObservationLogRequest(trial_name=name, metric_name=metric)
        try:
            reply = get_log(request, timeout=self.timeout_seconds)
        except grpc.RpcError as error:
            _logger.warning("the DB manager gave no log of %s: %s", name, error)
            return None
        return finite_values(reply.observation_log.metric_logs)


def finite_values(logs: Sequence[api.MetricLog]) -> tuple[float, ...]:
    """Return the numbers among logged values."""
    numbers = (finite_number(log.metric.value) for log in logs)
    return tuple(number for number in numbers if number is not None)
