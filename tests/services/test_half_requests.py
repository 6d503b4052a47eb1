"""Requests that do not come whole hold no thread of a real server, and are ended (TH-105)."""

import http.client
import json
import socket
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.servers import free_port, running, settings_free_environment

THREADS = 4
HEAD = b"POST /auth/logout HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
HALVES = [b"", b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-A: ", HEAD + b"Content-Length: 30\r\n\r\na="]


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    home: Path = tmp_path_factory.mktemp("home")
    found = free_port()
    own = {"LECTERN_HOME": str(home), "PORT": str(found), "LECTERN_WORKERS": "1", "LECTERN_THREADS": str(THREADS)}
    command = [sys.executable, "-m", "services.cli", "up"]
    with running(command, settings_free_environment(**own), f"http://127.0.0.1:{found}/readyz"):
        yield found


def connect(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=60)


def healthy(port: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    for _ in range(3):  # over one connection that is kept alive
        connection.request("GET", "/healthz")
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 200
    connection.close()


def until_closed(client: socket.socket) -> bytes:
    found = b""
    while piece := client.recv(1000):
        found += piece
    return found


def test_th_105_half_requests_hold_no_thread_and_are_ended(port: int):
    with ExitStack() as stack:
        halves = [(half, stack.enter_context(connect(port))) for half in HALVES for _ in range(THREADS * 3)]
        for half, client in halves:
            client.sendall(half)
        for _ in range(5):
            healthy(port)
            for half, client in halves:
                client.sendall(b"b" if half else b"")
        for half, client in halves:  # the bound of the sockets is four times what the server waits
            assert until_closed(client).startswith(b"HTTP/1.1 408" if half else b"")


def test_th_105_clients_that_do_not_close_hold_nothing(port: int):
    with ExitStack() as stack:
        clients = [stack.enter_context(connect(port)) for _ in range(THREADS * 3)]
        for client in clients:
            client.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        for _ in range(5):
            healthy(port)
        for client in clients:
            assert until_closed(client).startswith(b"HTTP/1.1 200")


def test_requests_in_pieces_and_in_one_piece_are_answered_in_turn(port: int):
    form = HEAD + b"Content-Length: 5\r\n\r\nstamp"
    chunked = HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\nstamp\r\n0\r\n\r\n"
    last = b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    for size in (1, 50, 10_000):
        sent = form + chunked + form + last
        with connect(port) as client:
            for at in range(0, len(sent), size):
                client.sendall(sent[at : at + size])
            found = until_closed(client)
        assert found.count(b"HTTP/1.1 ") == 4
        assert found.count(b"HTTP/1.1 200") == 1


def test_who_waits_to_be_told_to_go_on_is_told(port: int):
    with connect(port) as client:
        client.sendall(HEAD + b"Content-Length: 5\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n")
        assert client.recv(1000).startswith(b"HTTP/1.1 100")
        client.sendall(b"stamp")
        assert b"HTTP/1.1 4" in until_closed(client)


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (HEAD + b"Content-Length: 90000000\r\n\r\n" + b"x" * 100, b"413"),
        (b"GET / HTTP/1.1\r\nA: " + b"x" * 70_000, b"431"),
        (b"GET / HTTP/1.1\r\nHost: x\r\nA: " + b"x" * 9000 + b"\r\n\r\n", b"431"),
        (b"GET / HTTP/1.1\r\nHost: x\r\n" + b"A: b\r\n" * 100 + b"\r\n", b"431"),
        (b"GET /" + b"x" * 8190 + b" HTTP/1.1\r\nHost: x\r\n\r\n", b"414"),
        (b"GET / HTTP/1.1\nHost: x\n\n", b"400"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", b"400"),
    ],
)
def test_th_105_what_is_too_large_or_malformed_is_refused_at_once_and_ends_the_connection(
    port: int, sent: bytes, status: bytes
):
    with connect(port) as client:
        client.sendall(sent)
        answer = until_closed(client)
    assert answer.startswith(b"HTTP/1.1 " + status)
    assert b"\r\nX-Content-Type-Options: nosniff\r\n" in answer


def test_a_long_answer_comes_whole_to_a_slow_reader(port: int):
    with connect(port) as client:
        client.sendall(b"GET /openapi.json HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        found = b""
        while piece := client.recv(100):
            found += piece
    head, _, body = found.partition(b"\r\n\r\n")
    assert head.startswith((b"HTTP/1.1 200", b"HTTP/1.1 404"))
    assert json.loads(body) if b"chunked" not in head else body.endswith(b"0\r\n\r\n")
