"""How answers leave a worker: head and body in one call of the kernel, threads that take requests from a queue."""

import os
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from queue import SimpleQueue
from typing import Any

import structlog
from gunicorn.http.wsgi import Response
from gunicorn.workers.gthread import PollableMethodQueue

_WAKES = 64  # bytes; there is one in the pipe, or none

_log = structlog.get_logger("lectern.worker")


class Answer(Response):  # type: ignore[misc] # gunicorn has no types
    """gunicorn's answer, which by itself is sent in two pieces: that is two calls and two packets."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.headers_sent: bool = False
        self._writing = False
        self._head = b""

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
        """Send a piece of the body, after the head if that has not gone yet."""
        self._writing = True
        try:
            super().write(arg)
        finally:
            self._writing = False
            self._send_head()

    def _emit_body(self, data: bytes) -> None:
        if not self._head or self.chunked:
            self._send_head()
            super()._emit_body(data)
            return
        head, self._head = self._head, b""
        sent = self.sock.sendmsg([head, data])
        if sent < len(head):
            self.sock.sendall(head[sent:])
            sent = len(head)
        if sent < len(head) + len(data):
            self.sock.sendall(memoryview(data)[sent - len(head) :])

    def _send_head(self) -> None:
        if self._head:
            head, self._head = self._head, b""
            self.sock.sendall(head)


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
        """Have something called in the event loop."""
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
