"""How many bytes lie in each folder of a cache, in a small file that all processes read and write."""

import fcntl
import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

FOLDERS = 256
_NUMBER = struct.Struct("<q")
_ALL = struct.Struct(f"<{FOLDERS}q")
_CURSOR = _ALL.size
_UNKNOWN = 1 << 40


class Tally:
    """The bytes of every folder beside the file, opened for each look: it may be deleted at any time.

    Counted without a lock: of two processes that add to the same one of 256 folders within a microsecond, one may be
    lost, and what a killed process has written is not counted; whoever looks into a folder sets it right. Where
    the file is made anew beside folders, each counts as more than full until somebody has looked into it. Everything
    here raises OSError.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def total(self) -> int:
        """Return the bytes of all folders."""
        with self._opened() as descriptor:
            return sum(_ALL.unpack(os.pread(descriptor, _ALL.size, 0)))

    def add(self, number: int, size: int) -> None:
        """Count bytes that came into a folder, or with a minus left it."""
        with self._opened() as descriptor:
            found = _NUMBER.unpack(os.pread(descriptor, _NUMBER.size, number * _NUMBER.size))[0]
            os.pwrite(descriptor, _NUMBER.pack(max(0, found + size)), number * _NUMBER.size)

    def set(self, number: int, size: int) -> None:
        """Set the bytes of a folder to what was found in it."""
        with self._opened() as descriptor:
            os.pwrite(descriptor, _NUMBER.pack(size), number * _NUMBER.size)

    def cursor(self) -> int:
        """Return the folder to be looked into next."""
        with self._opened() as descriptor:
            return int(_NUMBER.unpack(os.pread(descriptor, _NUMBER.size, _CURSOR))[0]) % FOLDERS

    def set_cursor(self, number: int) -> None:
        """Set the folder to be looked into next."""
        with self._opened() as descriptor:
            os.pwrite(descriptor, _NUMBER.pack(number), _CURSOR)

    @contextmanager
    def alone(self) -> Iterator[bool]:
        """Hold the right to clear up, which a killed process loses; yields False while another holds it."""
        with self._opened() as descriptor:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
            else:
                yield True

    @contextmanager
    def _opened(self) -> Iterator[int]:
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            if os.fstat(descriptor).st_size != _ALL.size + _NUMBER.size:
                self._begin(descriptor)
            yield descriptor
        finally:
            os.close(descriptor)

    def _begin(self, descriptor: int) -> None:
        used = any((self._path.parent / f"{number:02x}").is_dir() for number in range(FOLDERS))
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, _ALL.pack(*[_UNKNOWN if used else 0] * FOLDERS) + _NUMBER.pack(0), 0)
