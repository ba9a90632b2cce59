"""A proxy before a real S3 server that spoils answers to ranged reads, a number of times."""

from __future__ import annotations

import re
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_ERROR = "<?xml version='1.0'?><Error><Code>{code}</Code><Message>planted</Message></Error>"
_TRICKLE_SECONDS = 0.2


class FaultProxy:
    """Passes requests on as they are, so that signatures stay valid, and spoils answers."""

    def __init__(self, upstream: tuple[str, int], fault: str, times: int) -> None:
        self._upstream, self._fault, self._left = upstream, fault, times
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def close(self) -> None:
        self._listener.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._answer, args=(client,), daemon=True).start()

    def _answer(self, client: socket.socket) -> None:
        with suppress(OSError), client:
            head = _read_head(client)
            if not head:
                return
            with socket.create_connection(self._upstream) as server:
                server.sendall(re.sub(rb"(?i)\r\nconnection:[^\r]*", b"", head))
                answer = _read_answer(server, is_head=head.startswith(b"HEAD"))
            self._send(client, answer, self._fault_of(head))

    def _fault_of(self, head: bytes) -> str:
        with self._lock:
            if b"\r\nrange: " not in head.lower() or self._left <= 0:
                return ""
            self._left -= 1
            return self._fault

    def _send(self, client: socket.socket, answer: bytes, fault: str) -> None:
        head, _, body = answer.partition(b"\r\n\r\n")
        head = re.sub(rb"(?i)\r\nconnection:[^\r]*", b"", head) + b"\r\nConnection: close\r\n\r\n"
        half = len(body) // 2
        if fault == "500":
            client.sendall(_error(500, "InternalError"))
        elif fault == "expired":
            client.sendall(_error(400, "ExpiredToken"))
        elif fault == "reset":
            client.sendall(head + body[:half])
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        elif fault == "truncated":
            client.sendall(head + body[:half])
        elif fault == "corrupted":
            client.sendall(head + body[:-1] + bytes([body[-1] ^ 1]))
        elif fault == "trickle":
            client.sendall(head)
            for byte in body:
                client.sendall(bytes([byte]))
                time.sleep(_TRICKLE_SECONDS)
        else:
            client.sendall(head + body)


def _error(status: int, code: str) -> bytes:
    body = _ERROR.format(code=code)
    return (
        f"HTTP/1.1 {status} Planted\r\nContent-Type: application/xml\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n{body}"
    ).encode()


def _read_head(stream: socket.socket) -> bytes:
    got = b""
    while b"\r\n\r\n" not in got:
        chunk = stream.recv(65536)
        if not chunk:
            return b""
        got += chunk
    return got


def _read_answer(server: socket.socket, *, is_head: bool) -> bytes:
    got = _read_head(server)
    head, _, body = got.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)\r\ncontent-length: (\d+)", head)
    wanted = 0 if is_head or length is None else int(length[1])
    while len(body) < wanted:
        chunk = server.recv(65536)
        if not chunk:
            break
        body += chunk
    return head + b"\r\n\r\n" + body


@contextmanager
def spoiled(upstream: tuple[str, int], fault: str, times: int) -> Iterator[FaultProxy]:
    """Yield a running proxy."""
    proxy = FaultProxy(upstream, fault, times)
    try:
        yield proxy
    finally:
        proxy.close()
