"""The event loop of a worker: connections that are dropped while an event of theirs is there already (TH-105)."""

import selectors
import socket
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from types import SimpleNamespace
from typing import Any

import pytest
from gunicorn.app.base import BaseApplication
from gunicorn.config import Config
from gunicorn.glogging import Logger

from services.worker import Worker

_BEGUN = b"GET / HTTP/1.1\r\n"
_WHOLE = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


class _Unanswering(Worker):
    """A worker that keeps what it would hand on to a thread."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.handed_on: list[Any] = []

    def enqueue_req(self, conn: Any) -> None:
        self.handed_on.append(conn)


class _Loop:
    """A worker whose events are dealt with one turn at a time; its threads are never started."""

    def __init__(self, listener: socket.socket, most: int) -> None:
        cfg = Config()
        cfg.set("worker_connections", 100)
        self.listener = listener
        self.worker = _Unanswering(0, 0, [listener], BaseApplication, 30, cfg, Logger(cfg))
        self.worker.poller = selectors.DefaultSelector()
        self.worker.method_queue.init()
        self.handed_on = self.worker.handed_on
        self.worker._most = most
        self.worker.set_accept_enabled(True)

    def turn(self) -> None:
        """Deal with all that is there in one turn, what comes new first: the worst order."""
        events = sorted(self.worker.poller.select(5), key=lambda event: event[0].fileobj is not self.listener)
        for key, _ in events:
            key.data(key.fileobj)

    def close(self) -> None:
        for conn in [*self.worker._waiting, *self.worker._leaving, *self.worker.keepalived_conns]:
            conn.close()
        self.worker.poller.close()
        self.worker.method_queue.close()
        self.worker.tmp.close()


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def loop(stack: ExitStack) -> _Loop:
    listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
    loop = _Loop(listener, most=1)
    stack.callback(loop.close)
    return loop


def _connect(stack: ExitStack, loop: _Loop, sent: bytes = b"") -> socket.socket:
    client = stack.enter_context(socket.create_connection(loop.listener.getsockname(), timeout=20))
    client.sendall(sent)
    return client


def _only(connections: Iterable[Any]) -> Any:
    (one,) = connections
    return one


def test_th_105_a_byte_of_a_connection_that_is_dropped_in_the_same_turn_is_ignored(stack, loop):
    oldest = _connect(stack, loop, _BEGUN)
    loop.turn()
    dropped = _only(loop.worker._waiting)
    oldest.sendall(b"X")
    _connect(stack, loop, _BEGUN)
    loop.turn()
    assert dropped.gone
    assert dropped not in loop.worker._waiting
    assert loop.worker.nr_conns == len(loop.worker._waiting) == 1


def test_th_105_a_connection_that_leaves_and_is_dropped_in_the_same_turn_is_ignored(stack, loop):
    oldest = _connect(stack, loop, _WHOLE)
    loop.turn()
    conn = loop.handed_on.pop()
    loop.worker.finish_request(conn, False)
    assert _only(loop.worker._leaving) is conn
    oldest.sendall(b"X")
    _connect(stack, loop, _BEGUN)
    loop.turn()
    assert conn.gone
    assert not loop.worker._leaving
    assert loop.worker.nr_conns == 1


def test_th_105_a_connection_kept_alive_and_dropped_in_the_same_turn_is_ignored(stack, loop):
    oldest = _connect(stack, loop, _WHOLE)
    loop.turn()
    conn = loop.handed_on.pop()
    conn.parser.unreader.take_buffered()
    loop.worker.finish_request(conn, True)
    assert _only(loop.worker.keepalived_conns) is conn
    oldest.sendall(_WHOLE)
    _connect(stack, loop, _BEGUN)
    loop.turn()
    assert conn.gone
    assert not loop.handed_on
    assert not loop.worker.keepalived_conns
    assert loop.worker.nr_conns == 1


def test_a_connection_is_dropped_once(stack, loop):
    _connect(stack, loop, _BEGUN)
    loop.turn()
    conn = _only(loop.worker._waiting)
    for _ in range(2):
        loop.worker._no_longer_awaited(conn)
        loop.worker._gone(conn)
    assert loop.worker.nr_conns == 0


def _answered(stack: ExitStack, loop: _Loop) -> tuple[socket.socket, Any]:
    """Return a client of which nothing is heard, and its connection with an answer that waits for it."""
    client = _connect(stack, loop, _WHOLE)
    loop.turn()
    conn = loop.handed_on.pop()
    conn.parser.unreader.take_buffered()
    conn.rest.add([bytes(20_000_000)])
    loop.worker.finish_request(conn, True)
    assert not conn.gone
    return client, conn


def test_th_105_who_takes_nothing_of_an_answer_is_dropped_when_his_time_is_over(stack, loop):
    _, conn = _answered(stack, loop)
    loop.turn()
    loop.worker.murder_pending()
    assert not conn.gone
    conn.timeout = 0
    loop.worker._looked_at = 0
    loop.worker.murder_pending()
    assert conn.gone
    assert (loop.worker.nr_conns, len(loop.worker._sending), loop.worker._sending.length) == (0, 0, 0)


def test_th_105_of_too_many_bytes_that_wait_those_of_the_slowest_go(stack, loop, monkeypatch):
    monkeypatch.setattr("services.sending.MOST_UNSENT", 50_000_000)
    loop.worker._most = 10
    conns = [_answered(stack, loop)[1] for _ in range(2)]
    conns.append(_answered(stack, loop)[1])
    assert sorted(conn.gone for conn in conns[:2]) == [False, True]
    assert not conns[2].gone  # it had no time yet to take anything
    assert 0 < loop.worker._sending.length <= 40_000_000
    for conn in conns:
        loop.worker._cut_off(conn)
    assert (loop.worker.nr_conns, loop.worker._sending.length) == (0, 0)


def test_th_105_readers_make_room_for_who_comes(stack, loop):
    _, conn = _answered(stack, loop)
    _connect(stack, loop, _BEGUN)
    loop.turn()  # it could send more to the first as well
    assert conn.gone
    assert loop.worker.nr_conns == len(loop.worker._waiting) == 1


def test_a_client_that_goes_in_the_midst_of_its_answer_leaves_nothing(stack, loop):
    client, conn = _answered(stack, loop)
    client.close()
    for _ in range(20):
        if not conn.gone:
            loop.turn()
    assert conn.gone
    assert (loop.worker.nr_conns, loop.worker._sending.length) == (0, 0)


def test_a_worker_whose_loop_fails_has_its_threads_end_at_once(loop, monkeypatch):
    def fail() -> None:
        raise KeyError("a fault")

    ended = []
    monkeypatch.setattr(loop.worker, "tpool", SimpleNamespace(shutdown=lambda **_: ended.append(True)))
    monkeypatch.setattr(loop.worker, "notify", fail)
    with pytest.raises(KeyError):
        loop.worker.run()
    assert ended
