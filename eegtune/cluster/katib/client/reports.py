"""What trials have reported, read from Katib's database from outside of the cluster."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial

import grpc

from eegtune.cluster.katib.client.mirror import ReadLog
from eegtune.cluster.katib.client.port_forward import forwarded
from eegtune.cluster.katib.kube import Kube, KubeError
from eegtune.cluster.katib.protocol import api_pb2 as api
from eegtune.cluster.katib.protocol.rpc import OPTIONS, caller
from eegtune.metrics.observation import Report
from eegtune.metrics.timestamps import parse_time

DB_MANAGER_LABELS = "katib.kubeflow.org/component=db-manager"
_PORT = 6789

_logger = logging.getLogger(__name__)


@contextmanager
def log_reader(kube: Kube, katib_namespace: str, address: str | None = None) -> Iterator[ReadLog]:
    """Yield a function that reads a trial's reports.

    Args:
        kube: The cluster.
        katib_namespace: Where Katib is installed.
        address: The DB manager's address where it can be reached directly; by default a port
            is forwarded to its pod.

    Where the database cannot be reached, curves are missing and a warning says so; the trials'
    final metrics are in their objects.
    """
    pod = None if address else _db_manager_pod(kube, katib_namespace)
    if address is None and pod is None:
        _logger.warning(
            "no DB manager in namespace %s may be read: curves will be missing", katib_namespace
        )
        yield lambda name: ()
    elif address:
        with _reading(address) as read:
            yield read
    else:
        connect = partial(kube.socket_to, katib_namespace, str(pod), _PORT)
        with forwarded(connect) as local, _reading(local) as read:
            yield read


def to_reports(logs: Sequence[api.MetricLog]) -> list[Report]:
    """Return logged values as reports, without Katib's sign for a missing one."""
    return [
        Report(log.metric.name, log.metric.value, parse_time(log.time_stamp))
        for log in logs
        if log.metric.value != "unavailable"
    ]


@contextmanager
def _reading(address: str) -> Iterator[ReadLog]:
    with grpc.insecure_channel(address, options=OPTIONS) as channel:
        get_log = caller(channel, "DBManager", "GetObservationLog")

        def read(trial_name: str) -> Sequence[Report]:
            try:
                reply = get_log(api.GetObservationLogRequest(trial_name=trial_name), timeout=20)
            except grpc.RpcError as error:
                _logger.warning("the curve of %s cannot be read: %s", trial_name, error.details())
                return ()
            return to_reports(reply.observation_log.metric_logs)

        yield read


def _db_manager_pod(kube: Kube, namespace: str) -> str | None:
    try:
        pods = kube.pods(namespace, DB_MANAGER_LABELS)
    except KubeError as error:
        _logger.warning("the DB manager cannot be looked for: %s", error)
        return None
    running = [p for p in pods if (p.get("status") or {}).get("phase") == "Running"]
    return str(running[0]["metadata"]["name"]) if running else None
