"""Finding changes by looking: for folders whose system does not report them, and where it cannot."""

import hashlib
import os
from pathlib import Path


def fingerprint(root: Path) -> bytes:
    """Return a value that differs when a file below a folder (or the file itself) came, went or changed.

    It is made of names, sizes and times. Hidden files are passed over, links not followed; what cannot be read counts
    by its name alone.
    """
    told = hashlib.blake2b(digest_size=16)
    if not root.is_dir():  # a folder's own time tells of hidden files too
        _add(told, os.fsencode(root))
    for folder, folders, files in os.walk(os.fsencode(root)):
        folders[:] = sorted(name for name in folders if not name.startswith(b"."))
        for name in sorted(files):
            if not name.startswith(b"."):
                _add(told, os.path.join(folder, name))  # noqa: PTH118 - bytes: names may be in any encoding
        for name in folders:
            told.update(b"/" + name)
    return told.digest()


def _add(told: "hashlib.blake2b", path: bytes) -> None:
    try:
        state = os.lstat(path)
    except OSError:
        told.update(path + b"\0?")
    else:
        told.update(b"%b\0%d %d\0" % (path, state.st_size, state.st_mtime_ns))
