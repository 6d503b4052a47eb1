"""Finding changes by looking: for folders whose system does not report them, and where it cannot."""

import hashlib
import os
from pathlib import Path

from ingest.traps import MAX_DEPTH

_BYTES = 16


def fingerprint(root: Path) -> bytes:
    """Return a value that differs when a file below a folder (or the file itself) came, went or changed.

    It is made of names, sizes and times. Hidden files are passed over, links not followed; what cannot be read counts
    by its name alone. It looks as deep as an ingest does, and holds one name at a time, however many there are.
    """
    name = os.fsencode(root)
    told = _below(name, 0) if root.is_dir() else _digest(name + _state(name))  # a folder's time tells of hidden files
    return told.to_bytes(_BYTES, "big")


def _below(folder: bytes, depth: int) -> int:
    """Return the sum of what is told of everything in a folder: the order in which it is listed may change."""
    told = 0
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.name.startswith(b"."):
                    continue
                if not entry.is_dir(follow_symlinks=False):
                    told += _digest(entry.path + _state(entry.path))
                else:  # of a folder that is too deep an ingest tells the name
                    told += _digest(entry.path + b"/")
                    told += _below(entry.path, depth + 1) if depth < MAX_DEPTH else 0
    except OSError:
        told += _digest(folder + b"?")
    return told % (1 << 8 * _BYTES)


def _state(path: bytes) -> bytes:
    try:
        state = os.lstat(path)
    except OSError:
        return b"\0?"
    return b"\0%d %d\0" % (state.st_size, state.st_mtime_ns)


def _digest(told: bytes) -> int:
    return int.from_bytes(hashlib.blake2b(told, digest_size=_BYTES).digest(), "big")
