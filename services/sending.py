"""How answers leave a worker: head and body in one call of the kernel, threads that take requests from a queue.

A thread never waits for a reader: what the kernel does not take at once waits in the event loop, within limits. Only
a body made piece by piece does, of which there are few at once (PDFs).
"""

import os
import select
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from itertools import islice
from queue import SimpleQueue
from typing import Any, Generic, Protocol, TypeVar

import structlog
from gunicorn.http.wsgi import Response
from gunicorn.workers.gthread import PollableMethodQueue

LONGEST_SEND = 30  # seconds for the rest of an answer, however short: a reader may lose its network for a while
SLOWEST = 20_000  # bytes a second that a reader takes beyond that: a poor telephone line, and an image in a minute
MOST_AHEAD = 4_194_304  # bytes that a body of many pieces is ahead of its reader, beside one piece
MOST_UNSENT = 67_108_864  # bytes that wait in a worker: some hundred images, and little beside what a worker needs
_PIECE = 262_144
_AT_ONCE = 64  # pieces in one call; the kernel takes 1,024
_WAKES = 64  # bytes; there is one in the pipe, or none

_log = structlog.get_logger("lectern.worker")


class Answer(Response):  # type: ignore[misc] # gunicorn has no types
    """gunicorn's answer, which by itself is sent in two pieces: that is two calls and two packets."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.headers_sent: bool = False
        self._writing = False
        self._head = b""
        self.rest = Rest()

    def send_headers(self) -> None:
        """Send the head; while a piece of the body is written it waits for that."""
        if self.headers_sent:
            return
        lines = [*self.default_headers(), *(f"{name}: {value}\r\n" for name, value in self.headers), "\r\n"]
        self.headers_sent = True
        self._head = "".join(lines).encode("latin-1")
        if not self._writing:
            self._send_head()

    def write(self, arg: bytes) -> None:
        """Send a piece of the body, after the head if that has not gone yet.

        A body of many pieces waits here for a reader who is far behind, so that it is never all in memory; OSError if
        he takes too little. No image or document comes to that: each is one piece.
        """
        self._wait_for_reader()
        self._writing = True
        try:
            super().write(arg)
        finally:
            self._writing = False
            self._send_head()

    def write_file(self, respiter: Any) -> None:
        """Send a file in pieces; the kernel's own way would wait for the reader."""
        while piece := respiter.filelike.read(_PIECE):
            self.write(piece)

    def close(self) -> None:
        """Say that there is no more; what was not taken yet is in `rest`."""
        self.send_headers()
        if self.chunked:
            self._send([b"0\r\n\r\n"])

    def _wait_for_reader(self) -> None:
        """Return when the reader has taken most of what is there for him; raises TimeoutError."""
        if self.rest.length <= MOST_AHEAD:
            return
        end = time.monotonic() + LONGEST_SEND + self.rest.length / SLOWEST
        waiting = select.poll()
        waiting.register(self.sock, select.POLLOUT)
        while self.rest.length > MOST_AHEAD // 2:
            left = end - time.monotonic()
            if left <= 0:
                raise TimeoutError("the reader of a long answer is too slow")
            if waiting.poll(1000 * left):
                self.rest.send(self.sock)

    def _emit_body(self, data: bytes) -> None:
        head, self._head = self._head, b""
        self._send([head, b"%X\r\n" % len(data), data, b"\r\n"] if self.chunked else [head, data])

    def _send_head(self) -> None:
        if self._head:
            head, self._head = self._head, b""
            self._send([head])

    def _send(self, pieces: list[bytes]) -> None:
        """Send what the kernel takes at once, in the order in which it came: nobody waits here for a reader."""
        if self.rest:
            self.rest.add(pieces)
            self.rest.send(self.sock)
            return
        try:
            sent = self.sock.sendmsg(pieces, (), socket.MSG_DONTWAIT)
        except BlockingIOError:
            sent = 0
        if sent < sum(map(len, pieces)):
            self.rest.add(pieces, sent)


class Rest:
    """What the kernel has not taken yet of an answer."""

    def __init__(self) -> None:
        self._pieces: deque[memoryview] = deque()
        self.length = 0  # bytes

    def __bool__(self) -> bool:
        return self.length > 0

    def add(self, pieces: Iterable[bytes], sent: int = 0) -> None:
        """Put pieces behind what is there, but for so many bytes of them that were sent."""
        for piece in pieces:
            left = memoryview(piece)[sent:]
            sent = max(0, sent - len(piece))
            if left:
                self._pieces.append(left)
                self.length += len(left)

    def send(self, sock: socket.socket) -> int:
        """Return how many bytes the kernel took at once, which may be none; OSError if the connection has gone."""
        try:
            sent = sock.sendmsg(list(islice(self._pieces, _AT_ONCE)), (), socket.MSG_DONTWAIT)
        except BlockingIOError:
            return 0
        self.length -= sent
        left = sent
        while left:
            first = self._pieces.popleft()
            if left < len(first):
                self._pieces.appendleft(first[left:])
            left -= min(left, len(first))
        return sent


class Sending(Protocol):
    """A connection with the rest of an answer, and when that must have been taken."""

    rest: Rest
    timeout: float


_Conn = TypeVar("_Conn", bound=Sending)


class Pending(Generic[_Conn]):
    """The connections of a worker that have not taken the whole of their answers (TH-105)."""

    def __init__(self) -> None:
        self._all: dict[_Conn, None] = {}  # who took something last is at the end
        self.length = 0  # bytes of all together

    def __len__(self) -> int:
        return len(self._all)

    def add(self, conn: _Conn, now: float) -> None:
        """Have a connection wait, until its time is over at the latest."""
        conn.timeout = now + LONGEST_SEND + conn.rest.length / SLOWEST
        self._all[conn] = None
        self.length += conn.rest.length

    def send(self, conn: _Conn, sock: socket.socket) -> bool:
        """Return whether all has been taken now; OSError if the connection has gone."""
        sent = conn.rest.send(sock)
        self.length -= sent
        if sent:
            del self._all[conn]
            self._all[conn] = None
        return not conn.rest

    def remove(self, conn: _Conn) -> None:
        """Forget a connection and what it did not take, if it is there at all."""
        if conn in self._all:
            del self._all[conn]
            self.length -= conn.rest.length
            conn.rest = Rest()

    def late(self, now: float) -> list[_Conn]:
        """Return the connections whose time is over."""
        return [conn for conn in self._all if conn.timeout <= now]

    def slowest(self) -> _Conn:
        """Return the connection that has taken nothing for the longest time."""
        return next(iter(self._all))

    def too_many(self) -> bool:
        """Return whether more bytes wait than may; a single answer may be as long as it is."""
        return self.length > MOST_UNSENT and len(self._all) > 1


class Threads:
    """Threads that do what is put before them in its order; a pool of Python's own makes four objects for each task."""

    def __init__(self, count: int, work: Callable[[Any], object]) -> None:
        """Take how many there are, and what is done with each task; it raises nothing. They start at the first task.

        No process that ends waits for them: a worker that stops has waited for its connections before.
        """
        self._tasks: SimpleQueue[Any] = SimpleQueue()
        self._work = work
        self._count = count
        self._started = False

    def put(self, task: Any) -> None:
        """Have a task done; called by one thread only."""
        if not self._started:
            self._started = True
            for number in range(self._count):
                threading.Thread(target=self._run, name=f"request-{number}", daemon=True).start()
        self._tasks.put(task)

    def _run(self) -> None:
        while (task := self._tasks.get()) is not None:
            self._work(task)

    def shutdown(self, **_options: object) -> None:
        """Have the threads end once all tasks are done; nobody waits for them."""
        for _ in range(self._count):
            self._tasks.put(None)


class Wakes(PollableMethodQueue):  # type: ignore[misc]
    """What threads want done in the event loop; of several at once only the first wakes it up."""

    def __init__(self) -> None:
        super().__init__()
        self._woken = False

    def close(self) -> None:
        """Close the pipe; what is deferred from here on must not be written to whatever has its number then."""
        self._woken = True
        super().close()

    def defer(self, callback: Callable[..., object], *args: Any) -> None:
        """Have something called in the event loop; once that has ended, nothing happens."""
        self._queue.put(partial(callback, *args))
        if not self._woken:
            self._woken = True
            with suppress(OSError):  # the worker ends
                os.write(self._write_fd, b"\0")

    def run_callbacks(self, _fileobj: object, _most: int = 0) -> None:
        """Call all that is there. Whoever comes from here on wakes the loop anew, so nothing is left lying.

        One call that fails is a fault in the log, and the others are made all the same.
        """
        os.read(self._read_fd, _WAKES)
        self._woken = False
        for _ in range(self._queue.qsize()):
            call = self._queue.get()
            try:
                call()
            except Exception as exc:
                _log.error("fault", exc_info=exc)
