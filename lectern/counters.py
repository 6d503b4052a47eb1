"""Counts of what subjects did within the running second, shared by all processes of a machine (TH-71)."""

import mmap
import os
import struct
import threading
from hashlib import sha256
from pathlib import Path

_SLOT = struct.Struct("<8sII")
_SLOTS = 16_384
_TRIES = 4
_BYTES = _SLOT.size * _SLOTS


class Counters:
    """A table of (subject, second, count) in a mapped file; opened at first use, so after a worker's fork.

    Counting takes two microseconds and no lock between processes: of two that count at the very same moment one may be
    lost, which lets one request more pass. Where the file cannot be had, each process counts for itself.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._table: mmap.mmap | None = None
        self._lock = threading.Lock()

    def add(self, subject: str, second: int, times: int = 1) -> int:
        """Return how often a subject was counted in a second (any number that grows), these times included."""
        digest = sha256(subject.encode()).digest()
        tag, start = digest[:8], int.from_bytes(digest[8:12], "little")
        second &= 0xFFFFFFFF
        with self._lock:
            table = self._table or self._open()
            places = [(start + step) % _SLOTS * _SLOT.size for step in range(_TRIES)]
            for place in places:
                found, at, count = _SLOT.unpack_from(table, place)
                if at != second or found == tag:
                    break
            else:  # all are taken by others in this second: count together with one of them
                place = places[0]
                found, at, count = _SLOT.unpack_from(table, place)
                tag = found
            before = count if at == second and found == tag else 0
            count = min(max(before + times, 0), 0xFFFFFFFF)
            _SLOT.pack_into(table, place, tag, second, count)
            return int(count)

    def _open(self) -> mmap.mmap:
        try:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError:
            self._table = mmap.mmap(-1, _BYTES)
            return self._table
        try:
            if os.fstat(descriptor).st_size != _BYTES:
                os.ftruncate(descriptor, _BYTES)
            self._table = mmap.mmap(descriptor, _BYTES)
        except OSError:
            self._table = mmap.mmap(-1, _BYTES)
        finally:
            os.close(descriptor)
        return self._table

    def close(self) -> None:
        """Forget the mapping; the next count opens it anew."""
        with self._lock:
            if self._table is not None:
                self._table.close()
                self._table = None
