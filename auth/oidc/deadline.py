"""Talks over HTTP that end in time, however their answers trickle (TH-45).

The time-outs of sockets are for one read each; here what a talk has opened is shut when its time is up.
"""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection


class Deadline:
    """The end of one talk: at it every connection that the talk has opened is shut, and `over` is set."""

    def __init__(self) -> None:
        self.over = False
        self._sockets: list[socket.socket] = []
        self._lock = threading.Lock()

    def watch(self, opened: socket.socket) -> None:
        """Shut a connection at the end, at once if that has come."""
        with self._lock:
            self._sockets.append(opened)
            over = self.over
        if over:
            _shut(opened)

    def end(self) -> None:
        """Shut what is open: whoever reads there is told that nothing more comes."""
        with self._lock:
            self.over, opened = True, list(self._sockets)
        for one in opened:
            _shut(one)


_current: ContextVar[Deadline | None] = ContextVar("deadline", default=None)


@contextmanager
def ends_within(seconds: float) -> Iterator[Deadline]:
    """Shut what this thread opens inside the block once `seconds` are over, through pools that are `watched`."""
    deadline = Deadline()
    timer = threading.Timer(seconds, deadline.end)
    timer.daemon = True
    token = _current.set(deadline)
    timer.start()
    try:
        yield deadline
    finally:
        timer.cancel()
        _current.reset(token)


def watched(manager: PoolManager) -> PoolManager:
    """Return a manager of pools, made to watch what it opens."""
    manager.pool_classes_by_scheme = {"http": _Pool, "https": _TlsPool}
    return manager


class _Connection(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        return _watch(super()._new_conn())


class _TlsConnection(HTTPSConnection):
    def _new_conn(self) -> socket.socket:
        return _watch(super()._new_conn())

    def connect(self) -> None:
        super().connect()
        if self.sock is not None:  # TLS has put a socket of its own in the place of the first
            _watch(self.sock)


class _Pool(HTTPConnectionPool):
    ConnectionCls: Any = _Connection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls: Any = _TlsConnection


def _watch(opened: socket.socket) -> socket.socket:
    deadline = _current.get()
    if deadline is not None:
        deadline.watch(opened)
    return opened


def _shut(opened: socket.socket) -> None:
    try:
        socket.socket.shutdown(opened, socket.SHUT_RDWR)  # that of TLS would forget that what comes is encrypted
    except OSError:  # it has ended by itself
        return
