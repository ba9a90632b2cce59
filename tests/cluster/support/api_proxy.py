"""A proxy before the API server that fails as API servers and the lines to them do."""

from __future__ import annotations

import itertools
import json
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import urllib3
import yaml

_WATCHES, _STREAMS = ("watch=true",), ("watch=true", "follow=true")


class Fault:
    """Does nothing; others say which answers they replace, and what of a stream gets through."""

    def answer(self, path: str) -> tuple[int, dict[str, str]] | None:
        """Return a status and headers instead of the API server's answer."""
        return None

    def stream(self, path: str, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """Yield what gets through of an answer.

        Raises:
            ConnectionResetError: The line is cut here.
        """
        yield from chunks


class Every(Fault):
    """Each n-th request is answered with an error in its place.

    Args:
        n: Which.
        status: Of the answer.
        headers: Of the answer.
    """

    def __init__(self, n: int, status: int, headers: dict[str, str] | None = None) -> None:
        self._n, self._status, self._headers = n, status, headers or {}
        self._count = itertools.count(1)

    def answer(self, path: str) -> tuple[int, dict[str, str]] | None:
        """Return the error, or None."""
        return None if next(self._count) % self._n else (self._status, self._headers)


class ExpiredWatches(Fault):
    """The first watches end at their first event, as too old.

    Args:
        times: How many.
    """

    def __init__(self, times: int) -> None:
        self._left = iter(range(times))

    def stream(self, path: str, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """Yield what there is, up to the error."""
        for chunk in chunks:
            yield chunk
            if _is_one_of(path, _WATCHES) and next(self._left, None) is not None:
                status = {"kind": "Status", "status": "Failure", "reason": "Expired", "code": 410,
                          "message": "too old resource version"}  # fmt: skip
                yield json.dumps({"type": "ERROR", "object": status}).encode() + b"\n"
                return


class CutStreams(Fault):
    """The first watches and logs are cut in the middle of a line.

    Args:
        times: How many.
    """

    def __init__(self, times: int) -> None:
        self._left = iter(range(times))

    def stream(self, path: str, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """Yield what there is, up to the cut."""
        for chunk in chunks:
            if _is_one_of(path, _STREAMS) and next(self._left, None) is not None:
                yield chunk[: 2 * len(chunk) // 3]
                raise ConnectionResetError
            yield chunk


def _is_one_of(path: str, words: tuple[str, ...]) -> bool:
    return any(word in path for word in words)


@contextmanager
def failing_api_server(fault: Fault, folder: Path) -> Iterator[tuple[Path, Callable[[], int]]]:
    """Serve the cluster of KUBECONFIG with faults on a port of this machine.

    Yields:
        A kubeconfig that leads there, and how often the fault has struck.
    """
    handler = type("Handler", (_Handler,), {"fault": fault, "upstream": _upstream(), "struck": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    kubeconfig = folder / "kubeconfig"
    kubeconfig.write_text(yaml.safe_dump(_kubeconfig(f"http://127.0.0.1:{server.server_port}")))
    try:
        yield kubeconfig, lambda: len(handler.struck)  # type: ignore[attr-defined]
    finally:
        server.shutdown()
        server.server_close()


def _kubeconfig(server: str) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "failing", "cluster": {"server": server}}],
        "users": [{"name": "nobody", "user": {}}],
        "contexts": [{"name": "failing", "context": {"cluster": "failing", "user": "nobody"}}],
        "current-context": "failing",
    }


def _upstream() -> tuple[str, urllib3.PoolManager]:
    from kubernetes import client, config

    settings: Any = client.Configuration()
    config.load_kube_config(client_configuration=settings)
    pool = urllib3.PoolManager(
        ca_certs=settings.ssl_ca_cert, cert_file=settings.cert_file, key_file=settings.key_file,
        maxsize=32,
    )  # fmt: skip
    return settings.host, pool


class _Handler(BaseHTTPRequestHandler):
    fault: ClassVar[Fault]
    upstream: ClassVar[tuple[str, urllib3.PoolManager]]
    struck: ClassVar[list[str]]
    protocol_version = "HTTP/1.1"

    def _forward(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        instead = self.fault.answer(self.path)
        if instead is not None:
            self.struck.append(self.path)
            self._send(instead[0], instead[1], [b'{"kind": "Status", "message": "struck"}'])
            return
        host, pool = self.upstream
        headers = {name: self.headers[name] for name in ("Accept", "Content-Type")
                   if name in self.headers}  # fmt: skip
        answer = pool.request(
            self.command, host + self.path, body=body, headers=headers, preload_content=False,
            retries=False,
        )  # fmt: skip
        kind = {"Content-Type": answer.headers.get("Content-Type", "application/json")}
        chunks = answer.stream(amt=None, decode_content=False)
        self._send(answer.status, kind, self.fault.stream(self.path, self._noting(chunks)))
        answer.close()

    def _noting(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """Note whether the fault ended a stream before its end."""
        is_over = False
        try:
            yield from chunks
            is_over = True
        finally:
            if not is_over:
                self.struck.append(self.path)

    def _send(self, status: int, headers: dict[str, str], chunks: Iterable[bytes]) -> None:
        self.send_response(status)
        for name, value in {**headers, "Transfer-Encoding": "chunked"}.items():
            self.send_header(name, value)
        self.end_headers()
        try:
            for chunk in chunks:
                self.wfile.write(b"%x\r\n%s\r\n" % (len(chunk), chunk))
            self.wfile.write(b"0\r\n\r\n")
        except ConnectionError:  # cut by us, or by the client, who has what it wanted
            self.close_connection = True

    do_GET = do_POST = do_DELETE = do_PATCH = do_PUT = _forward

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""
