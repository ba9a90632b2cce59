"""A server that answers as S3 does to HEAD and GET, and fails as it is told."""

from __future__ import annotations

import hashlib
import re
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

FAULTS = ("500", "reset", "truncated", "corrupted", "expired", "changed")


class FaultServer(ThreadingHTTPServer):
    """Serves objects by path; each GET of a range may fail a number of times first."""

    daemon_threads = True

    def __init__(self, objects: dict[str, bytes], fault: str, times: int) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.objects, self.fault, self.times = objects, fault, times
        self.seen: dict[str, int] = {}
        self.lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def fault_of(self, what: str) -> str:
        with self.lock:
            self.seen[what] = self.seen.get(what, 0) + 1
            return self.fault if self.seen[what] <= self.times else ""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: FaultServer

    def log_message(self, *args: object) -> None:
        pass

    def do_HEAD(self) -> None:
        content = self.server.objects.get(self.path)
        self.send_response(404 if content is None else 200)
        self.send_header("Content-Length", str(len(content or b"")))
        self.send_header("ETag", f'"{hashlib.md5(content or b"").hexdigest()}"')
        self.end_headers()

    def do_GET(self) -> None:
        content = self.server.objects.get(self.path)
        if content is None:
            return self._error(404, "NoSuchKey")
        match = re.match(r"bytes=(\d+)-(\d+)", self.headers.get("Range", ""))
        if match is None:
            return self._send(200, content)
        start, stop = int(match[1]), int(match[2]) + 1
        fault = self.server.fault_of(f"{self.path} {start}")
        if fault == "500":
            return self._error(500, "InternalError")
        if fault == "expired":
            return self._error(400, "ExpiredToken")
        if fault == "changed":
            return self._error(412, "PreconditionFailed")
        part = content[start:stop]
        if fault == "corrupted":
            part = bytes([part[0] ^ 1]) + part[1:]
        if fault in ("reset", "truncated"):
            return self._broken(part, fault)
        return self._send(206, part)

    def _send(self, status: int, content: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _error(self, status: int, code: str) -> None:
        body = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>m</Message></Error>"
        self._send(status, body.encode())

    def _broken(self, part: bytes, fault: str) -> None:
        self.send_response(206)
        self.send_header("Content-Length", str(len(part)))
        self.end_headers()
        self.wfile.write(part[: len(part) // 2])
        self.wfile.flush()
        self.close_connection = True
        if fault == "reset":  # RST instead of FIN
            self.connection.setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
            )
        self.connection.close()


@contextmanager
def serve(objects: dict[str, bytes], fault: str = "", times: int = 0) -> Iterator[FaultServer]:
    """Serve objects in the background."""
    server = FaultServer(objects, fault, times)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
