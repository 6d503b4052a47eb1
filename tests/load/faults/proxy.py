"""A proxy of ours between Lectern and a server that it needs: it passes on, delays, cuts, garbles, or refuses."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import Enum

_PIECE = 65_536
_SLOW = 30.0  # seconds, longer than anybody should wait
_CUT_AFTER = 20  # bytes of an answer


class Mood(Enum):
    """What the proxy does with connections, also those that are open already."""

    FINE = "fine"
    DOWN = "down"
    SLOW = "slow"
    CUT = "cut short"
    NONSENSE = "nonsense"


class Proxy:
    """Connections to a port, as the mood of the moment lets them be."""

    def __init__(self, target: int) -> None:
        """Take the port on this machine that connections are passed on to."""
        self.mood = Mood.FINE
        self._target = target
        self._open: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def be(self, mood: Mood) -> None:
        """Change the mood; connections that are open end, but for a slow server's."""
        self.mood = mood
        if mood is not Mood.SLOW:
            self._end_all()

    def close(self) -> None:
        """End everything."""
        self._listener.close()
        self._end_all()

    def _end_all(self) -> None:
        found, self._open = self._open, []
        for end in found:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def _accept(self) -> None:
        with suppress(OSError):  # closed
            while True:
                client, _ = self._listener.accept()
                if self.mood is Mood.DOWN:
                    client.close()
                    continue
                server = socket.create_connection(("127.0.0.1", self._target))
                self._open += [client, server]
                for pair in ((client, server, False), (server, client, True)):
                    threading.Thread(target=self._pass_on, args=pair, daemon=True).start()

    def _pass_on(self, source: socket.socket, sink: socket.socket, answers: bool) -> None:
        with suppress(OSError):
            while data := source.recv(_PIECE):
                if self.mood is Mood.SLOW:
                    self._wait()
                if answers and self.mood is Mood.NONSENSE:
                    data = bytes(byte ^ 0x5A for byte in data)
                if answers and self.mood is Mood.CUT:
                    sink.sendall(data[:_CUT_AFTER])
                    break
                sink.sendall(data)
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _wait(self) -> None:
        end = time.monotonic() + _SLOW
        while self.mood is Mood.SLOW and time.monotonic() < end:
            time.sleep(0.05)


@contextmanager
def proxy(target: int) -> Iterator[Proxy]:
    """Pass connections on to a port until the block ends."""
    found = Proxy(target)
    try:
        yield found
    finally:
        found.close()
