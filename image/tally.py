"""How many bytes lie in each folder of a cache, in a small file that all processes read and write."""

import errno
import fcntl
import os
import secrets
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

FOLDERS = 256
_NUMBER = struct.Struct("<q")
_ALL = struct.Struct(f"<{FOLDERS}q")
_CURSOR = _ALL.size
_UNKNOWN = 1 << 40
_OPEN = os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC
_TRIES = 5


class Tally:
    """The bytes of every folder beside the file, opened for each look: it may be deleted at any time.

    Counted without a lock: of two processes that add to the same one of 256 folders within a microsecond, one may be
    lost, and what a killed process has written is not counted; whoever looks into a folder sets it right. The file is
    whole before it has its name. Where it is made anew beside folders, each counts as more than full until somebody
    has looked into it. Everything here raises OSError, and nothing else.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def total(self) -> int:
        """Return the bytes of all folders."""
        with self._opened() as descriptor:
            return sum(_read(descriptor, _ALL, 0))

    def add(self, number: int, size: int) -> None:
        """Count bytes that came into a folder, or with a minus left it."""
        with self._opened() as descriptor:
            (found,) = _read(descriptor, _NUMBER, number * _NUMBER.size)
            os.pwrite(descriptor, _NUMBER.pack(max(0, found + size)), number * _NUMBER.size)

    def set(self, number: int, size: int) -> None:
        """Set the bytes of a folder to what was found in it."""
        with self._opened() as descriptor:
            os.pwrite(descriptor, _NUMBER.pack(size), number * _NUMBER.size)

    def cursor(self) -> int:
        """Return the folder to be looked into next."""
        with self._opened() as descriptor:
            return _read(descriptor, _NUMBER, _CURSOR)[0] % FOLDERS

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
        descriptor = self._found()
        try:
            yield descriptor
        finally:
            os.close(descriptor)

    def _found(self) -> int:
        """Return the file, open; begun where there is none, or something else has its name. Raises OSError."""
        for _ in range(_TRIES):
            with suppress(FileNotFoundError):
                descriptor = os.open(self._path, _OPEN)
                if os.fstat(descriptor).st_size == _CURSOR + _NUMBER.size:
                    return descriptor
                os.close(descriptor)
                return self._begun(os.replace)
            with suppress(FileExistsError):  # another has begun it at this moment
                return self._begun(_name)
        raise FileNotFoundError(errno.ENOENT, "It is deleted as soon as it is made", str(self._path))

    def _begun(self, put: Callable[[Path, Path], None]) -> int:
        """Return a new file, open, that `put` gives its name once it is whole; raises OSError."""
        used = any((self._path.parent / f"{number:02x}").is_dir() for number in range(FOLDERS))
        beside = self._path.with_name(f".{self._path.name}.{secrets.token_hex(8)}")
        descriptor = os.open(beside, _OPEN | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            os.pwrite(descriptor, _ALL.pack(*[_UNKNOWN if used else 0] * FOLDERS) + _NUMBER.pack(0), 0)
            put(beside, self._path)
        except BaseException:
            os.close(descriptor)
            raise
        finally:
            with suppress(FileNotFoundError):
                beside.unlink()
        return descriptor


def _name(beside: Path, path: Path) -> None:
    """Give a file its name; raises FileExistsError where that is taken, on disks with links, and OSError."""
    try:
        os.link(beside, path)
    except FileExistsError:
        raise
    except OSError:
        beside.replace(path)


def _read(descriptor: int, form: struct.Struct, offset: int) -> tuple[int, ...]:
    """Return the numbers that lie somewhere in the file; raises OSError where it ends before."""
    data = os.pread(descriptor, form.size, offset)
    if len(data) != form.size:
        raise OSError(errno.EIO, "The tally of kept images was cut short")
    return form.unpack(data)
