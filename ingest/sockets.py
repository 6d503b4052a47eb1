"""A socket that a request has for so long and no longer."""

import io
import socket
from collections.abc import Callable
from typing import Any


class BoundedSocket:
    """A socket as http.client uses it, whose every sending and receiving has its time, the headers' too."""

    def __init__(self, sock: socket.socket, left: Callable[[], float]) -> None:
        self._sock, self._left = sock, left

    def sendall(self, data: Any) -> None:
        """Send all of it; raises OSError, and Unreadable at the deadline."""
        self._sock.settimeout(self._left())
        self._sock.sendall(data)

    def makefile(self, _mode: str) -> io.BufferedReader:
        """Return what comes in as a file."""
        return io.BufferedReader(_Incoming(self._sock, self._left))

    def close(self) -> None:
        """Do nothing: http.client closes before it has read an answer; whoever made the socket closes it."""


class _Incoming(io.RawIOBase):
    """What a socket receives."""

    def __init__(self, sock: socket.socket, left: Callable[[], float]) -> None:
        self._sock, self._left = sock, left

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._sock.settimeout(self._left())
        try:
            return self._sock.recv_into(buffer)
        except TimeoutError:
            self._left()  # if it was the deadline that ended this, it says so itself
            raise
