"""A local port that leads to a pod's port, through the API server.

Katib's DB manager is seldom reachable from outside of its cluster, and a user's rights are those
of the kubeconfig: this needs `create` on `pods/portforward` in Katib's namespace.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

_CHUNK_BYTES = 65_536
_CLOSING_SECONDS = 1.0

Connect = Callable[[], Any]


@contextmanager
def forwarded(connect: Connect) -> Iterator[str]:
    """Yield a local `host:port`; each connection to it gets a socket of `connect`."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_accept, args=(listener, connect), daemon=True)
        thread.start()
        try:
            yield f"127.0.0.1:{listener.getsockname()[1]}"
        finally:
            # A close alone leaves the port open while the thread waits for a connection.
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
    thread.join(_CLOSING_SECONDS)


def _accept(listener: socket.socket, connect: Connect) -> None:
    while True:
        try:
            local, _ = listener.accept()
        except OSError:  # closed
            return
        try:
            remote = connect()
        except Exception:  # the caller sees a closed connection, and says so with its own words
            local.close()
            continue
        for source, target in ((local, remote), (remote, local)):
            threading.Thread(target=_copy, args=(source, target), daemon=True).start()


def _copy(source: Any, target: Any) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(_CHUNK_BYTES):
            target.sendall(data)
    for end in (source, target):
        with contextlib.suppress(OSError):
            end.close()
