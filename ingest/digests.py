"""What files contain, told by SHA-256; a file that stays as it was is gone through once."""

import hashlib
import json
import os
import secrets
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cache
from pathlib import Path

from ingest.bounds import Bounds
from ingest.traps import Unreadable

ANYWHERE = Bounds()
SETTLED_NS = 2_000_000_000  # clocks of disks tick up to two seconds: a younger file may change within its last tick
_AT_ONCE = 4  # files; hashing lets other threads work
_MOST = 10_000  # files that a process without a cache file remembers


class Digests:
    """SHA-256 of files by device, inode, size and times of content and inode, kept in a file if one is given.

    Nobody can set the time of an inode (ctime), so a file whose size and time of change were forged is noticed.
    """

    def __init__(self, path: Path | None = None, bounds: Bounds = ANYWHERE) -> None:
        """Read what was kept; what cannot be read is as if it were not there."""
        self._bounds = bounds
        self._path = path
        self._known = _read(path) if path is not None else {}
        self._used: dict[str, str] = {}

    def of(self, path: Path) -> str:
        """Return the SHA-256 of a file's content, empty for a file that cannot be read: its reader will say so."""
        try:
            with self._bounds.held(path) as held, held.open("rb") as file:
                state = _state(file.fileno())
                digest = self._used.get(state) or self._known.get(state)
                if digest is None:
                    digest = hashlib.file_digest(file, "sha256").hexdigest()
                    if _state(file.fileno()) != state or not _settled(file.fileno()):
                        return digest
        except (OSError, Unreadable):
            return ""
        if self._path is None and len(self._used) >= _MOST:
            self._used.clear()
        self._used[state] = digest
        return digest

    def of_all(self, paths: Iterable[Path]) -> dict[Path, str]:
        """Return the digests of files, several computed at once."""
        each = list(dict.fromkeys(paths))
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            return dict(zip(each, pool.map(self.of, each), strict=True))

    def keep(self) -> None:
        """Write the digests that were asked for to the cache file; without them the next run only takes longer."""
        if self._path is None or self._used == self._known:
            return
        beside = self._path.with_name(f".{self._path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        with suppress(OSError):
            try:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                beside.write_text(json.dumps(self._used))
                beside.replace(self._path)
            finally:
                beside.unlink(missing_ok=True)


def digest_of(path: Path, bounds: Bounds = ANYWHERE) -> str:
    """Return the SHA-256 of a file's content as it is now, empty for a file that cannot be read."""
    return Digests(bounds=bounds).of(path)


def digests_of(paths: Iterable[Path], bounds: Bounds = ANYWHERE) -> str:
    """Return the digests of files, one after another."""
    return " ".join(digest_of(path, bounds) for path in paths)


def digest_again(path: Path) -> str:
    """Return a file's SHA-256 as this process finds it, gone through once for all the pages that it holds."""
    return _of_this_process().of(path)


@cache
def _of_this_process() -> Digests:
    return Digests()


def _state(descriptor: int) -> str:
    state = os.fstat(descriptor)
    return f"{state.st_dev}-{state.st_ino}-{state.st_size}-{state.st_mtime_ns}-{state.st_ctime_ns}"


def _settled(descriptor: int) -> bool:
    state = os.fstat(descriptor)
    return time.time_ns() - max(state.st_mtime_ns, state.st_ctime_ns) > SETTLED_NS


def _read(path: Path) -> dict[str, str]:
    try:
        known = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    pairs = known.items() if isinstance(known, dict) else ()
    return {state: digest for state, digest in pairs if isinstance(digest, str) and len(digest) == 64}
