"""Messages with file descriptors over a Unix socket: JSON after its length in four bytes."""

from __future__ import annotations

import json
import socket
import struct
from collections.abc import Iterator
from typing import Any

_LENGTH = struct.Struct(">I")
_READ_BYTES = 65_536
_MOST_DESCRIPTORS = 64


class Channel:
    """Messages and file descriptors over a stream socket."""

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._buffer = bytearray()
        self._descriptors: list[int] = []
        self.held: set[int] = set()  # received and not yet closed

    def fileno(self) -> int:
        """Return the socket's descriptor, for `select`."""
        return self._socket.fileno()

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()

    def send(self, message: dict[str, Any]) -> None:
        """Send one message."""
        payload = json.dumps(message).encode()
        self._socket.sendall(_LENGTH.pack(len(payload)) + payload)

    def receive(self) -> list[tuple[dict[str, Any], list[int]]] | None:
        """Return the complete messages that have arrived with their descriptors; None at the end.

        Blocks until something arrives.
        """
        data, descriptors, _, _ = socket.recv_fds(self._socket, _READ_BYTES, _MOST_DESCRIPTORS)
        if not data:
            return None
        self._buffer += data
        self._descriptors += descriptors
        self.held.update(descriptors)
        return list(self._complete())

    def _complete(self) -> Iterator[tuple[dict[str, Any], list[int]]]:
        while len(self._buffer) >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(self._buffer)
            if len(self._buffer) < _LENGTH.size + length:
                return
            message = json.loads(self._buffer[_LENGTH.size : _LENGTH.size + length])
            del self._buffer[: _LENGTH.size + length]
            count = 2 if message["do"] == "start" else 0
            descriptors, self._descriptors = self._descriptors[:count], self._descriptors[count:]
            yield message, descriptors
