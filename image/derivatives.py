"""Answers that were made once, kept on disk for all processes of a home; the folder may be deleted at any time.

What is kept: all that had to be made and took longer than a look here (cost.py says what that is: thumbnails, full
sizes, composed tiles, other formats), never a tile that is handed over as it lies in its file. An answer's name is a
digest of everything it is a function of, so a picture ingested anew, another scale of a tier or another release has
another name, and nothing here is ever changed in place.

A torn file is never served. It is written beside and renamed, so a process that is killed leaves no part of it under
its name; and since nothing waits for the disk here (no fsync), a machine that loses power may leave such a part, which
the length and checksum at its head tell. The checksum covers the name as well.

Nothing in it outlives `max_age`, however often it is asked for: what was taken down is gone from here then at the
latest, and `forget` removes an object's answers at once. Restricted images lie here too: files are for their owner
alone (0600), and who asks for one was judged before (TH-67).
"""

import os
import re
import secrets
import stat
import struct
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from image.tally import FOLDERS, Tally

_HEAD = struct.Struct("<4sIQ")  # mark, checksum, length
_MARK = b"Lec1"
_NAME = re.compile(r"[0-9a-f]{16}-[0-9a-f]{32}")
_BESIDE = re.compile(rf"\.{_NAME.pattern}\.[0-9a-f]{{8}}")
_TAG = b"Signature: 8a477f597d28d172789f06886806bc55\n# Kept answers of Lectern: no backup needs them.\n"
_BLOCK = 4096
_LARGEST = 16  # an answer has at most this part of all room: one must not push out thousands
_FULL = 0.9  # part of the room from which on some go for each that comes; the rest is for those that come meanwhile
_SAMPLE = 64  # answers that are looked at together, to let the longest unused eighth of them go
_GOES = 8
_STEPS = 16  # such looks for one answer that comes
_USED_EVERY = 3600  # seconds between two notes that an answer was used
_TENDED_EVERY = 60  # seconds between two looks for what is too old, in one process
_LEFT_OVER = 600  # seconds after which nobody writes any more on a file that was never renamed
_SKEW = 86_400  # seconds that a clock may have gone back
_RESTS = 10  # seconds without keeping anything after a disk refused
_TOLD_EVERY = 600  # seconds between two complaints


@dataclass(frozen=True, slots=True)
class _Entry:
    path: Path
    size: int
    made: float
    used: float
    whole: bool  # False for one that is being written, or was left behind by a killed process


class Derivatives:
    """The kept answers of a home: of `limit` bytes at most and none older than `max_age` seconds; 0 bytes keep none.

    Nothing here ever raises: where the disk refuses, nothing is kept or found, and `told` hears of it now and then.
    """

    def __init__(
        self,
        folder: Path,
        limit: int,
        max_age: float,
        *,
        now: Callable[[], float] = time.time,
        told: Callable[[OSError], object] = lambda _: None,
    ) -> None:
        self._folder = folder
        self._limit = limit
        self._max_age = max_age
        self._now = now
        self._tell = told
        self._tally = Tally(folder / "tally")
        self._tend_at = self._keep_at = self._tell_at = 0.0

    @property
    def size(self) -> int:
        """Return how many bytes lie here, within what processes that keep at the very same moment may miscount."""
        if self._limit and self._folder.is_dir():
            with suppress(OSError):
                return min(self._tally.total(), self._limit)
        return 0

    def get(self, object_id: str, key: str) -> bytes | None:
        """Return the answer that was kept of an object under a key of 32 hex digits, or None."""
        if not self._limit:
            return None
        path, now = self._path(object_id, key), self._now()
        self._tend(now)
        try:
            # A link, a pipe or a folder in its place is no answer, and nothing to wait for.
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
            try:
                answer = self._read(descriptor, path.name, now)
            finally:
                os.close(descriptor)
            if answer is None:
                path.unlink(missing_ok=True)
        except FileNotFoundError:
            return None
        except OSError as error:
            self._complain(error, now)
            return None
        return answer

    def keep(self, object_id: str, key: str, answer: bytes) -> None:
        """Keep an answer of an object under a key of 32 hex digits, if there is or can be made room for it."""
        now = self._now()
        size = _on_disk(_HEAD.size + len(answer))
        if size > self._limit // _LARGEST or now < self._keep_at:
            return
        path = self._path(object_id, key)
        try:
            self._folder_for(path)
            self._make_room(size, now)
            if self._tally.total() + size <= self._limit:
                former = _on_disk(path.stat().st_size) if path.is_file() else 0  # made by two at the same time
                _write(path, answer)
                self._tally.add(int(path.parent.name, 16), size - former)
        except FileNotFoundError:  # the folder, or the home, was taken away at this moment
            return
        except OSError as error:
            self._keep_at = now + _RESTS
            self._complain(error, now)

    def forget(self, object_id: str) -> None:
        """Remove all answers of an object; what is being made of it at this moment goes with its age."""
        for number in range(FOLDERS):
            for entry in self._entries(number, f"{_owner(object_id)}-"):
                self._remove(number, entry)

    # Reading and writing

    def _path(self, object_id: str, key: str) -> Path:
        return self._folder / key[:2] / f"{_owner(object_id)}-{key}"

    def _read(self, descriptor: int, name: str, now: float) -> bytes | None:
        """Return the answer in an open file, None for one that is torn, foreign or too old; raises OSError."""
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode) or not -_SKEW <= now - found.st_mtime <= self._max_age:
            return None
        mark, checksum, length = _head(os.read(descriptor, _HEAD.size))
        if mark != _MARK or length != found.st_size - _HEAD.size:
            return None
        with os.fdopen(descriptor, "rb", buffering=0, closefd=False) as file:
            answer: bytes = file.read()
        if len(answer) != length or _checksum(name, answer) != checksum:
            return None
        if abs(now - found.st_atime) > _USED_EVERY:  # when it was made stays its mtime
            with suppress(OSError):  # a disk to read from only
                os.utime(descriptor, ns=(int(now * 1e9), found.st_mtime_ns))
        return answer

    def _folder_for(self, path: Path) -> None:
        """Make the folder of an answer where it is missing; raises OSError."""
        if path.parent.is_dir():
            return
        for folder in (self._folder.parent, self._folder):  # and no more: a home that is not mounted is not made
            folder.mkdir(mode=0o700, exist_ok=True)
        tag = self._folder / "CACHEDIR.TAG"  # backup programs know it
        if not tag.exists():
            tag.write_bytes(_TAG)
        path.parent.mkdir(mode=0o700, exist_ok=True)

    # Room and age

    def _tend(self, now: float) -> None:
        """Look for what is too old, or was left behind, in some folders; now and then only."""
        if now < self._tend_at <= now + _TENDED_EVERY:
            return
        self._tend_at = now + _TENDED_EVERY
        try:
            self._sweep(now)
        except FileNotFoundError:
            return
        except OSError as error:
            self._complain(error, now)

    def _make_room(self, size: int, now: float) -> None:
        """Let go of what was not used for long until there is room; raises OSError.

        One process at a time does it. The others meanwhile keep what fits.
        """
        for _ in range(_STEPS):
            if not self._crowded(size) or not self._sweep(now, size):
                return

    def _crowded(self, coming: int) -> bool:
        return self._tally.total() + coming > self._limit * _FULL

    def _sweep(self, now: float, coming: int = 0) -> bool:
        """Return whether the next folders were looked at; False while another does. Raises OSError.

        So many folders are taken that they hold a sample of answers; digests spread alike, so what was not used for
        long among these was not used for long among all.
        """
        with self._tally.alone() as alone:
            if not alone:
                return False
            start, looked = self._tally.cursor(), 0
            sample: list[tuple[int, _Entry]] = []
            while looked < FOLDERS and len(sample) < _SAMPLE:
                number = (start + looked) % FOLDERS
                looked += 1
                stay = [entry for entry in self._entries(number) if not self._gone(number, entry, now)]
                self._tally.set(number, sum(entry.size for entry in stay))
                sample += [(number, entry) for entry in stay if entry.whole]
            self._tally.set_cursor((start + looked) % FOLDERS)
            if self._crowded(coming):
                sample.sort(key=lambda each: each[1].used)
                for number, entry in sample[: -(-len(sample) // _GOES)]:
                    self._remove(number, entry)
            return True

    def _gone(self, number: int, entry: _Entry, now: float) -> bool:
        """Return whether an answer, or part of one, was too old, and is removed."""
        old = not -_SKEW <= now - entry.made <= (self._max_age if entry.whole else _LEFT_OVER)
        if old:
            self._remove(number, entry)
        return old

    def _remove(self, number: int, entry: _Entry) -> None:
        with suppress(OSError):
            entry.path.unlink()
            self._tally.add(number, -entry.size)

    def _entries(self, number: int, start: str = "") -> Iterator[_Entry]:
        """Yield what of ours lies in a folder, of one object or of all; whatever else does is let alone."""
        try:
            with os.scandir(self._folder / f"{number:02x}") as names:
                for name in names:
                    whole = _NAME.fullmatch(name.name) is not None
                    if not whole and _BESIDE.fullmatch(name.name) is None:
                        continue
                    if not name.name.lstrip(".").startswith(start):
                        continue
                    with suppress(OSError):  # it has gone meanwhile
                        found = name.stat(follow_symlinks=False)
                        if stat.S_ISREG(found.st_mode):
                            size = _on_disk(found.st_size)
                            yield _Entry(Path(name.path), size, found.st_mtime, found.st_atime, whole)
        except OSError:
            return

    def _complain(self, error: OSError, now: float) -> None:
        if now < self._tell_at <= now + _TOLD_EVERY:
            return
        self._tell_at = now + _TOLD_EVERY
        self._tell(error)


def forget(folder: Path, object_id: str) -> None:
    """Remove all answers that are kept of an object in a folder; what is being made of it just now goes with its age.

    For whoever takes the object away, or puts another edition in its place. Raises nothing.
    """
    Derivatives(folder, 0, 0).forget(object_id)


def _owner(object_id: str) -> str:
    """Return what the names of an object's answers begin with."""
    return sha256(object_id.encode()).hexdigest()[:16]


def _on_disk(size: int) -> int:
    """Return the bytes that a file takes: whole blocks."""
    return -(-size // _BLOCK) * _BLOCK


def _head(data: bytes) -> tuple[bytes, int, int]:
    return _HEAD.unpack(data) if len(data) == _HEAD.size else (b"", 0, 0)


def _checksum(name: str, answer: bytes) -> int:
    return zlib.crc32(answer, zlib.crc32(name.encode()))


def _write(path: Path, answer: bytes) -> None:
    """Write an answer beside its place and rename it; raises OSError, and leaves nothing then."""
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(_HEAD.pack(_MARK, _checksum(path.name, answer), len(answer)))
            file.write(answer)
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
