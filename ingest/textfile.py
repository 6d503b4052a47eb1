"""Small text files from strangers: read whole within a bound, whatever their encoding."""

import os
from pathlib import Path

from ingest.traps import Unreadable

_MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_HEAD = 4096


def read_bounded(source: Path | bytes, name: str, limit: int) -> bytes:
    """Return a file's bytes; raises Unreadable for one that is missing, or larger than `limit` bytes."""
    try:
        data = _at_most(source, limit + 1) if isinstance(source, Path) else source
    except OSError as error:
        raise Unreadable("file-unreadable", f"{name} cannot be read: {error.strerror}.", "Check its rights.") from error
    if data is None or len(data) > limit:
        raise Unreadable("file-too-large", f"{name} is larger than {limit >> 20} MB.", "Split it into pages.")
    return data


def _at_most(path: Path, most: int) -> bytes | None:
    """Return the first bytes of a file, None for one whose size is more: devices and growing files tell no size."""
    with path.open("rb") as file:
        return file.read(most) if os.fstat(file.fileno()).st_size < most else None


def decode(data: bytes) -> tuple[str, str]:
    """Return the text of a file, without its byte-order mark, and the name of its encoding.

    What is neither UTF-8 nor UTF-16 is taken for Windows-1252, which any bytes are.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "replace"), encoding
    head = data[:_HEAD]
    for encoding, blank in (("utf-16-le", head[1::2]), ("utf-16-be", head[::2])):
        if blank.count(0) > len(blank) / 2:  # letters of Europe without a byte-order mark
            return data.decode(encoding, "replace"), encoding
    try:
        return data.decode(), "utf-8"
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace"), "windows-1252"
