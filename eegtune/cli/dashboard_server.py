"""optuna-dashboard over a run, as a web server that answers questions and takes no orders."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

_READING = ("GET", "HEAD")
_REFUSAL = (
    b'{"reason": "This page only shows the run; eegtune enqueue, scale and pause change it."}'
)
Application = Callable[..., Iterable[bytes]]


class DashboardServer(ThreadingMixIn, WSGIServer):
    """Serves the page until it is told to stop."""

    daemon_threads = True  # a browser that keeps a connection does not keep the server

    @property
    def address(self) -> str:
        """The page's address."""
        host, port = self.server_address[:2]
        return f"http://{host!s}:{port}/dashboard/studies/0"


class _QuietHandler(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Write no line for each request."""


def open_dashboard(folder: Path, host: str, port: int) -> DashboardServer:
    """Return a server that listens, ready for `serve_forever`.

    Raises:
        NoRunError: There is no run in the folder.
        ModuleNotFoundError: optuna-dashboard is not installed.
        OSError: The address cannot be listened on.
    """
    from optuna_dashboard import wsgi  # type: ignore[import-untyped]

    from eegtune.report.live_storage import RunStorage

    page = wsgi(RunStorage(folder))
    server = DashboardServer((host, port), _QuietHandler)
    server.set_app(read_only(page))
    return server


def read_only(application: Application) -> Application:
    """Return an application that refuses every request that could change something."""

    def answer(environment: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        if environment["REQUEST_METHOD"] in _READING:
            return application(environment, start)
        start("403 Forbidden", [("Content-Type", "application/json")])
        return [_REFUSAL]

    return answer
