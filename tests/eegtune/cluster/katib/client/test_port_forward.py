import contextlib
import socket
import threading

import pytest

from eegtune.cluster.katib.client.port_forward import forwarded


def echo_server():
    server = socket.create_server(("127.0.0.1", 0))

    def serve():
        while True:
            try:
                peer, _ = server.accept()
            except OSError:
                return
            threading.Thread(target=answer, args=(peer,), daemon=True).start()

    def answer(peer):
        with peer:
            while data := peer.recv(1024):
                peer.sendall(data.upper())

    threading.Thread(target=serve, daemon=True).start()
    return server


def talk(address, text):
    host, port = address.split(":")
    with socket.create_connection((host, int(port)), timeout=5) as connection:
        connection.sendall(text)
        return connection.recv(1024)


def test_each_connection_gets_a_socket_of_its_own():
    opened = []
    with echo_server() as server:

        def connect():
            opened.append(socket.create_connection(server.getsockname()))
            return opened[-1]

        with forwarded(connect) as address:
            assert talk(address, b"one") == b"ONE"
            assert talk(address, b"two") == b"TWO"
    assert len(opened) == 2


def test_a_pod_that_cannot_be_reached_closes_the_connection():
    def connect():
        raise OSError("no such pod")

    with forwarded(connect) as address, contextlib.suppress(ConnectionResetError):
        assert talk(address, b"one") == b""


def test_the_port_is_closed_at_the_end():
    with forwarded(lambda: pytest.fail("connected")) as address:
        host, port = address.split(":")
    with pytest.raises(OSError, match="refused"):
        socket.create_connection((host, int(port)), timeout=5)
