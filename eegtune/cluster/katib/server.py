"""The gRPC server around a service: health, concurrency, a shutdown that loses no answer."""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

from eegtune.cluster.katib.protocol.rpc import OPTIONS

PROBED_NAME = "manager.v1beta1.Suggestion"
"""What the probes that Katib puts into a suggestion's Deployment ask for."""

_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class ServedAt:
    """A server that is up.

    Attributes:
        server: gRPC's server.
        health: What its probes are told.
        port: Where it listens.
    """

    server: grpc.Server
    health: health.HealthServicer
    port: int

    def stop(self, grace_seconds: float) -> None:
        """Take no more calls, end those under way, at most for the grace period."""
        self.health.enter_graceful_shutdown()
        self.server.stop(grace_seconds).wait()


def start(
    handlers: Iterable[grpc.GenericRpcHandler],
    *,
    port: int,
    workers: int,
    host: str = "[::]",
) -> ServedAt:
    """Start a server; port 0 lets the system choose.

    Raises:
        OSError: The port is taken or may not be used.
    """
    # One thread more than calls that compute, so that a probe is answered meanwhile.
    server = grpc.server(ThreadPoolExecutor(workers + 1), options=OPTIONS)
    servicer = health.HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(servicer, server)
    server.add_generic_rpc_handlers(tuple(handlers))
    bound = _bind(server, host, port)
    server.start()
    for name in ("", PROBED_NAME):
        servicer.set(name, health_pb2.HealthCheckResponse.SERVING)
    return ServedAt(server, servicer, bound)


def serve_until_told(served: ServedAt, grace_seconds: float) -> None:
    """Serve until SIGTERM or SIGINT, then let calls under way end."""
    told = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: told.set())
    _logger.info("serving on port %d", served.port)
    told.wait()
    _logger.info("stopping; calls under way have %g seconds", grace_seconds)
    served.stop(grace_seconds)


def _bind(server: grpc.Server, host: str, port: int) -> int:
    hosts = (host, "0.0.0.0") if host == "[::]" else (host,)
    for address in hosts:  # a node without IPv6 has no [::]
        try:
            bound = server.add_insecure_port(f"{address}:{port}")
        except RuntimeError:
            continue
        if bound:
            return bound
    raise OSError(f"port {port} cannot be listened on; is another server there? Try --port")
