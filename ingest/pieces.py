"""Files read in chunks, as often as needed: of a file of any length one chunk is held at a time."""

import codecs
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from ingest.traps import MAX_FILE_BYTES, Unreadable

CHUNK = 1 << 18
_SECOND_DECLARATION = re.compile(rb"<\?xml\s{1,40}version")
_LONGEST_DECLARATION = 64
_BLANKS = b" \t\r\n"
_MEGABYTE = 1 << 20


@dataclass(frozen=True, slots=True)
class Piece:
    """The bytes of a file, or in memory, from `start` to `end`."""

    source: Path | bytes
    start: int
    end: int

    def chunks(self) -> Iterator[bytes]:
        """Yield the bytes from the beginning. Raises OSError."""
        if isinstance(self.source, bytes):
            for place in range(self.start, self.end, CHUNK):
                yield self.source[place : min(place + CHUNK, self.end)]
            return
        with self.source.open("rb") as file:
            file.seek(self.start)
            left = self.end - self.start
            while left > 0 and (chunk := file.read(min(CHUNK, left))):
                left -= len(chunk)
                yield chunk

    def head(self, size: int) -> bytes:
        """Return the first bytes. Raises OSError."""
        return next(Piece(self.source, self.start, min(self.end, self.start + size)).chunks(), b"")

    def tail(self, size: int) -> bytes:
        """Return the last bytes. Raises OSError."""
        return next(Piece(self.source, max(self.start, self.end - size), self.end).chunks(), b"")


def check_size(path: Path, name: str, limit: int = MAX_FILE_BYTES) -> None:
    """Return for a file of at most `limit` bytes; raises Unreadable for a larger one, and for one that is not there."""
    try:
        size = path.stat().st_size
    except OSError as error:
        raise _unreadable(name, error) from error
    if size > limit:
        raise Unreadable(
            "file-too-large",
            f"{name} is larger than {limit // _MEGABYTE} MB.",
            "Split it into pages, or raise the setting ocr_max_bytes.",
        )


def piece_of(source: Path | bytes, name: str) -> Piece:
    """Return all of a file, without byte-order mark and blanks before its beginning.

    Raises Unreadable for a file that is missing or empty.
    """
    try:
        piece = _whole(source)
        blank = 0
        for number, chunk in enumerate(piece.chunks()):
            text = chunk.removeprefix(codecs.BOM_UTF8) if number == 0 else chunk
            rest = text.lstrip(_BLANKS)
            blank += len(chunk) - len(rest)
            if rest:
                return Piece(piece.source, blank, piece.end)
    except OSError as error:
        raise _unreadable(name, error) from error
    raise Unreadable(
        "empty-file", f"{name} is empty.", "Copy the file again from where it was made, then ingest again."
    )


def _whole(source: Path | bytes) -> Piece:
    if isinstance(source, bytes):
        return Piece(source, 0, len(source))
    size = source.stat().st_size
    if size <= CHUNK:  # read once: it is gone through several times
        data = source.read_bytes()
        return Piece(data, 0, len(data))
    return Piece(source, 0, size)


def _unreadable(name: str, error: OSError) -> Unreadable:
    return Unreadable("file-unreadable", f"{name} cannot be read: {error.strerror}.", "Check its rights.")


def split_at_declarations(piece: Piece) -> list[Piece]:
    """Return the documents of a file: several where somebody put XML files one after another."""
    starts: list[int] = []
    before, rest = piece.start, b""
    for chunk in piece.chunks():
        text = rest + chunk
        found = [before - len(rest) + match.start() for match in _SECOND_DECLARATION.finditer(text)]
        starts += [start for start in found if not starts or start > starts[-1]]
        before += len(chunk)
        rest = text[-_LONGEST_DECLARATION:]
    edges = [piece.start, *starts[1:], piece.end]
    return [Piece(piece.source, a, b) for a, b in pairwise(edges)]


def is_utf8(chunks: Iterable[bytes]) -> bool:
    """Return whether the bytes are UTF-8."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for chunk in chunks:
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def changed(
    chunks: Iterable[bytes], change: Callable[[bytes], bytes], sign: bytes, reach: int, end: bytes = b""
) -> Iterator[bytes]:
    """Yield chunks as `change` returns them; none is cut within `reach` bytes after a `sign` that `end` does not close.

    So `change` sees whole whatever begins with `sign` and is at most `reach` long.
    """
    rest = b""
    for chunk in chunks:
        text = rest + chunk
        cut = text.rfind(sign, max(0, len(text) - reach))
        if cut < 0 or (end and text.find(end, cut) >= 0):
            cut = len(text)
        rest = text[cut:]
        if cut:
            yield change(text[:cut])
    if rest:
        yield change(rest)
