"""Whether a whole HTTP/1.1 request has arrived yet, so that no thread waits for the rest of one (TH-105).

Of a head nothing is judged here: a malformed one counts as arrived, and the parser says what is wrong with it.
"""

import re
from enum import Enum, auto

LARGEST_HEAD = 65_536  # bytes
LARGEST_BODY = 1_048_576  # bytes; what is longer no view of ours reads

_LENGTH = re.compile(rb"\r\nContent-Length[ \t]*:[ \t]*(\d{1,18})[ \t]*\r\n", re.IGNORECASE)
_CHUNKED = re.compile(rb"\r\nTransfer-Encoding[ \t]*:", re.IGNORECASE)
_EXPECTS = re.compile(rb"\r\nExpect[ \t]*:[ \t]*100-continue[ \t]*\r\n", re.IGNORECASE)
_SIZE = re.compile(rb"([0-9A-Fa-f]{1,16})[ \t]*(?:;|\Z)")
_BARE_LINE_FEED = re.compile(rb"(?<!\r)\n")


class Stage(Enum):
    """How much of a request is there: not all, all of it, more than is waited for, or chunks that are none."""

    WAITING = auto()
    WHOLE = auto()
    HEAD_TOO_LARGE = auto()
    BODY_TOO_LARGE = auto()
    MALFORMED = auto()


class Arriving:
    """The bytes of one request as they come; every byte is looked at once, however they trickle."""

    def __init__(self) -> None:
        self.data = bytearray()
        self.expects = False  # the client waits for "100 Continue" before it sends the body
        self._seen = 0
        self._body: int | None = None  # where the body begins
        self._length: int | None = None  # of the body; None if it comes in chunks
        self._chunk = 0  # where the next chunk begins

    def add(self, data: bytes) -> Stage:
        """Return how much is there with these bytes, which may be none."""
        self.data += data
        if self._body is None:
            found = self._head()
            if found is not Stage.WHOLE:
                return found
        if self._length is None:
            return self._chunks()
        if self._length > LARGEST_BODY:
            return Stage.BODY_TOO_LARGE
        return Stage.WHOLE if len(self.data) - (self._body or 0) >= self._length else Stage.WAITING

    def _head(self) -> Stage:
        """Return whether the head is there, and learn from it how long the body is."""
        data = self.data
        end = data.find(b"\r\n\r\n", max(0, self._seen - 3))
        if end < 0 and _BARE_LINE_FEED.search(data, max(0, self._seen - 1)):
            end = len(data)  # it will never end as heads do
        self._seen = len(data)
        if end < 0:
            return Stage.HEAD_TOO_LARGE if len(data) > LARGEST_HEAD else Stage.WAITING
        self._body = self._chunk = min(end + 4, len(data))
        head = bytes(data[: self._body])
        length = _LENGTH.search(head)
        self._length = None if _CHUNKED.search(head) else int(length[1]) if length else 0
        self.expects = _EXPECTS.search(head) is not None
        return Stage.WHOLE

    def _chunks(self) -> Stage:
        data = self.data
        while True:
            end = data.find(b"\r\n", self._chunk)
            if end < 0 or len(data) - (self._body or 0) > LARGEST_BODY:
                break
            said = _SIZE.match(data, self._chunk, end)
            if said is None:
                return Stage.MALFORMED
            size = int(said[1], 16)
            if size == 0:
                last = data.startswith(b"\r\n", end + 2) or data.find(b"\r\n\r\n", end + 2) >= 0
                return Stage.WHOLE if last else Stage.WAITING
            if size > LARGEST_BODY:
                return Stage.BODY_TOO_LARGE
            if end + 2 + size + 2 > len(data):
                break
            self._chunk = end + 2 + size + 2
        return Stage.BODY_TOO_LARGE if len(data) - (self._body or 0) > LARGEST_BODY else Stage.WAITING
