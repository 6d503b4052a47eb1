"""Readers who come whether the server keeps up or not, each with a browser's six connections, in one event loop.

A request's time counts from when it was to be sent: what waits for a free connection, or for a server that is behind,
waits in full. It is bounded: once too many requests wait, nothing more is sent, and the trial has failed.
"""

import asyncio
import re
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from tests.load.readers.visit import Request

_CONNECTIONS = 6
_MOST_WAITING = 3000
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_CHUNKED = re.compile(rb"\r\ntransfer-encoding: *chunked", re.IGNORECASE)
_END = b"\r\n\r\n"
_LAST_CHUNK = b"0\r\n\r\n"
Plan = Sequence[tuple[float, str, Sequence[Request]]]


@dataclass(frozen=True)
class Window:
    """The time that counts, in seconds after the beginning, and what is called at both its edges."""

    begins: float = 0.0
    ends: float = float("inf")
    at_edge: Callable[[], None] = lambda: None


ALWAYS = Window()


@dataclass
class Trial:
    """What came of a trial: seconds by kind of request, and how many answers were no 200, by what they were.

    Seconds are kept of requests of the time that counts, wrong answers of all.
    """

    counted: tuple[float, float] = (0.0, float("inf"))  # of requests that were to be sent between these moments
    taken: dict[str, list[float]] = field(default_factory=dict)
    wrong: Counter[str] = field(default_factory=Counter)
    left: int = 0  # requests that are to be sent, or wait for their answers
    waiting: int = 0
    most_waiting: int = 0
    given_up: bool = False

    def planned(self) -> bool:
        """Note that a request is to be sent; return whether it may be."""
        if self.waiting >= _MOST_WAITING:
            self.given_up = True
        if self.given_up:
            return False
        self.waiting += 1
        self.most_waiting = max(self.most_waiting, self.waiting)
        return True

    def answered(self, kind: str, planned: float, now: float, status: str) -> None:
        """Note an answer, or that there was none, to a request that was to be sent at a time."""
        self.waiting -= 1
        self.left -= 1
        if self.counted[0] <= planned < self.counted[1]:
            self.taken.setdefault(kind, []).append(now - planned)
        if status != "200":
            self.wrong[f"{kind} {status}"] += 1


class _Connection(asyncio.Protocol):
    """One connection of a reader: a request at a time."""

    def __init__(self, reader: "Reader") -> None:
        self._reader = reader
        self._transport: asyncio.WriteTransport | None = None
        self._asked: Request | None = None
        self._planned = 0.0
        self._heard = bytearray()
        self._needed = -1  # bytes of the answer, once its head is there

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment] # a TCP connection's is one that can be written to
        self._reader.free(self)

    def ask(self, request: Request, planned: float) -> None:
        """Send a request that was to be sent at a time of the loop's clock."""
        self._asked, self._planned = request, planned
        if self._transport is not None:
            self._transport.write(b"GET %s HTTP/1.1\r\n%s\r\n" % (request.path.encode(), self._reader.head))

    def data_received(self, data: bytes) -> None:
        self._heard += data
        if self._needed < 0 and (end := self._heard.find(_END)) >= 0:
            head = bytes(self._heard[:end])
            if length := _LENGTH.search(head):
                self._needed = end + len(_END) + int(length[1])
            elif not _CHUNKED.search(head):
                self._needed = end + len(_END)
        if len(self._heard) >= self._needed >= 0 or (self._needed < 0 and self._heard.endswith(_LAST_CHUNK)):
            self._done(self._heard[9:12].decode())

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._reader.lost(self)
        if self._asked is not None:
            self._done("lost")

    def close(self) -> None:
        """Close it."""
        if self._transport is not None:
            self._transport.close()

    def _done(self, status: str) -> None:
        if self._asked is None:
            return
        kind, self._asked = self._asked.kind, None
        self._heard.clear()
        self._needed = -1
        self._reader.answered(kind, self._planned, status)
        if self._transport is not None:
            self._reader.free(self)


class Reader:
    """One reader: the requests of a visit over a few connections."""

    def __init__(self, trial: Trial, port: int, cookie: str) -> None:
        self._trial, self._port = trial, port
        self._loop = asyncio.get_running_loop()
        self._free: list[_Connection] = []
        self._all: set[_Connection] = set()
        self._opening: set[asyncio.Task[None]] = set()
        self._queue: deque[tuple[Request, float]] = deque()
        self._left = 0
        more = f"Cookie: {cookie}\r\n" if cookie else ""
        self.head = f"Host: 127.0.0.1:{port}\r\nAccept: */*\r\n{more}".encode()

    def come(self, asked: Sequence[Request]) -> None:
        """Plan the requests of a visit that begins now."""
        now = self._loop.time()
        self._left = len(asked)
        for request in asked:
            self._loop.call_at(now + request.at, self._send, request, now + request.at)

    def _send(self, request: Request, planned: float) -> None:
        if not self._trial.planned():
            self._ended()
        elif self._free:
            self._free.pop().ask(request, planned)
        else:
            self._queue.append((request, planned))
            if len(self._all) + len(self._opening) < _CONNECTIONS:
                task = self._loop.create_task(self._open())
                self._opening.add(task)
                task.add_done_callback(self._opening.discard)

    async def _open(self) -> None:
        try:
            _, connection = await self._loop.create_connection(lambda: _Connection(self), "127.0.0.1", self._port)
        except OSError:
            if self._queue:
                request, planned = self._queue.popleft()
                self.answered(request.kind, planned, "refused")
            return
        self._all.add(connection)

    def free(self, connection: _Connection) -> None:
        """Give a connection that is free something to do."""
        if self._queue:
            connection.ask(*self._queue.popleft())
        else:
            self._free.append(connection)

    def lost(self, connection: _Connection) -> None:
        """Forget a connection."""
        self._all.discard(connection)
        if connection in self._free:
            self._free.remove(connection)

    def answered(self, kind: str, planned: float, status: str) -> None:
        """Note an answer."""
        self._trial.answered(kind, planned, self._loop.time(), status)
        self._ended()

    def _ended(self) -> None:
        self._left -= 1
        if not self._left:
            for connection in list(self._all):
                connection.close()


def _come(trial: Trial, port: int, cookie: str, asked: Sequence[Request]) -> None:
    Reader(trial, port, cookie).come(asked)


async def _come_and_go(trial: Trial, port: int, plan: Plan, window: Window, patience: float) -> None:
    loop = asyncio.get_running_loop()
    began = loop.time()
    trial.counted = (began + window.begins, began + window.ends)
    for edge in trial.counted:
        if edge < float("inf"):
            loop.call_at(edge, window.at_edge)
    last = began
    for at, cookie, asked in plan:
        loop.call_at(began + at, _come, trial, port, cookie, asked)
        last = max(last, began + at + asked[-1].at)
        trial.left += len(asked)
    while trial.left and loop.time() < last + patience and not trial.given_up:
        await asyncio.sleep(0.05)
    await asyncio.sleep(0.05)  # for the connections to be closed


def try_readers(
    port: int, plan: Plan, cookies: Mapping[str, str], window: Window = ALWAYS, patience: float = 10.0
) -> Trial:
    """Return what came of readers: when each comes, which cookie (a key of `cookies`) it shows, and what it asks for.

    Ends `patience` seconds after the last request at the latest; what is without an answer then is lost.
    """
    trial = Trial()
    shown = [(at, cookies.get(name, ""), asked) for at, name, asked in plan]
    with ThreadPoolExecutor(1) as alone:  # this thread may have a loop of its own, as under a browser's driver
        alone.submit(asyncio.run, _come_and_go(trial, port, shown, window, patience)).result()
    if trial.left:
        trial.wrong["no answer"] = trial.left
    return trial
