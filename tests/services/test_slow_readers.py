"""Readers who are slow hold no thread of a real server, and get the whole of what they read (TH-105)."""

import http.client
import select
import socket
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import BinaryIO

import pytest

from tests.servers import Program, free_port, running, settings_free_environment

_LENGTH = 5_000_000
_READERS = 12
_SERVER = """
import sys
import services.sending
from gunicorn.app.base import BaseApplication
from services.worker import Worker

length, longest, slowest = map(int, sys.argv[2:])
services.sending.LONGEST_SEND, services.sending.SLOWEST = longest, slowest
BODY = bytes(range(256)) * (length // 256)


def answer(environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/large":
        start_response("200 OK", [("Content-Length", str(len(BODY)))])
        return [BODY]
    if path == "/pieces":
        start_response("200 OK", [])
        return (BODY[at : at + 100_000] for at in range(0, len(BODY), 100_000))
    start_response("200 OK", [("Content-Length", "5")])
    return [b"small"]


class Server(BaseApplication):
    def load_config(self):
        options = {"bind": "127.0.0.1:" + sys.argv[1], "workers": 1, "worker_class": Worker, "threads": 2}
        for name, value in (options | {"keepalive": 75, "graceful_timeout": 30, "loglevel": "warning"}).items():
            self.cfg.set(name, value)

    def load(self):
        return answer


Server(prog="x").run()
"""


@contextmanager
def _server(longest: int = 60, slowest: int = 20_000) -> Iterator[tuple[int, Program]]:
    port = free_port()
    command = [sys.executable, "-c", _SERVER, str(port), str(_LENGTH), str(longest), str(slowest)]
    with running(command, settings_free_environment(), f"http://127.0.0.1:{port}/") as program:
        yield port, program


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with _server() as (found, _):
        yield found


def _slow(port: int, *paths: str) -> socket.socket:
    """Return a client with little room that has asked for all of the paths."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.settimeout(60)
    client.connect(("127.0.0.1", port))
    for path in paths:
        client.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    return client


def _small(port: int) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("GET", "/small")
    answer = connection.getresponse()
    assert answer.read() == b"small"
    connection.close()
    return answer.status


def _answer(stream: BinaryIO) -> bytes:
    """Return the body of one answer of several on a connection."""
    assert stream.readline() == b"HTTP/1.1 200 OK\r\n"
    fields = http.client.parse_headers(stream)
    assert fields["Connection"] == "keep-alive"
    if "Content-Length" in fields:
        return stream.read(int(fields["Content-Length"]))
    found = b""
    while size := int(stream.readline(), 16):
        found += stream.read(size)
        assert stream.readline() == b"\r\n"
    assert stream.readline() == b"\r\n"
    return found


def test_th_105_slow_readers_hold_no_thread_and_get_all_they_read(port):
    body = bytes(range(256)) * (_LENGTH // 256)
    with ExitStack() as stack:
        clients = [stack.enter_context(_slow(port, "/large")) for _ in range(_READERS)]
        for client in clients:
            assert client.recv(1000)
        for _ in range(5):
            assert _small(port) == 200
            for client in clients:
                assert client.recv(1000)
        assert _small(port) == 200
    with _slow(port, "/large", "/pieces", "/small", "/large") as client, client.makefile("rb") as stream:
        assert [_answer(stream) for _ in range(4)] == [body, body, b"small", body]


def test_th_105_who_takes_nothing_is_cut_off():
    with _server(longest=1, slowest=_LENGTH) as (port, _), _slow(port, "/large") as client:
        poll = select.poll()
        poll.register(client, 0)  # nothing but the end of the connection
        assert poll.poll(60_000)
        assert _small(port) == 200


def test_a_server_that_stops_lets_readers_have_their_answers():
    with _server() as (port, program), _slow(port, "/large") as client:
        stream = http.client.HTTPResponse(client)
        stream.begin()
        found = len(stream.read(100_000))
        program.process.terminate()
        while piece := stream.read(1_000_000):
            found += len(piece)
        assert found == _LENGTH // 256 * 256
        assert program.process.wait(60) == 0
