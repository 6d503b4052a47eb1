"""Where a backup is written: a folder or a tar file, built beside its place and put there whole, in one step."""

import fcntl
import hashlib
import io
import os
import shutil
import stat
import tarfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Protocol

from ingest.backup_list import FILES, HEAD, HOME, Entry, Head, encode_entry
from lectern.disk import sync
from lectern.errors import BeingWritten, InputError

_PIECE = 1 << 20
_PRIVATE = 0o600


class Target(Protocol):
    """What a backup is put into, file after file."""

    def put(self, path: str, source: Path, *, lasting: bool) -> Entry | None:
        """Take a file; returns None if it is no more. One that is `lasting` is never changed in its place."""
        ...

    def finish(self, unwanted: Iterable[str], list_file: Path, head: Head) -> None:
        """Write list and head, and put the whole in its place; `unwanted` is what an earlier round took in vain."""
        ...


@contextmanager
def building(target: Path) -> Iterator[Path]:
    """Yield an empty folder beside a target, that only this process has; what killed ones left there goes.

    Raises InputError where something lies at the target already, BeingWritten when another writes it.
    """
    if target.exists() and not (target.is_dir() and not any(target.iterdir())):
        raise InputError(f"There is something at {target} already.", "Name a new folder or a new .tar file.")
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = target.with_name(f".{target.name}.partial")
    beside.mkdir(mode=0o700, exist_ok=True)
    held = os.open(beside, os.O_RDONLY)
    try:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise BeingWritten(f"Another process writes {target}.", "Wait until it is done.") from error
        try:
            _empty(beside)
            yield beside
        finally:
            _empty(beside)
            beside.rmdir()
    finally:
        os.close(held)


def _empty(folder: Path) -> None:
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


class FolderTarget:
    """A folder. What a former backup has just so is linked from there, and with `link` lasting files from the home."""

    def __init__(self, target: Path, beside: Path, former: "Former | None" = None, *, link: bool = False) -> None:
        self._target, self._whole, self._former, self._link = target, beside / "whole", former, link
        self._whole.mkdir(mode=0o700)
        (self._whole / HOME).mkdir(mode=0o700)

    def put(self, path: str, source: Path, *, lasting: bool) -> Entry | None:
        """Take a file: linked if that is allowed and possible, else copied."""
        place = self._whole / HOME / path
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = opened(source)
        if file is None:
            return None
        place.unlink(missing_ok=True)  # of an earlier round, and perhaps the former backup's own
        with file:
            status = os.fstat(file.fileno())
            if self._former is not None and (known := self._former.same(path, status)) is not None:
                with suppress(OSError):
                    os.link(self._former.home / path, place)
                    return known
            if self._link and lasting:
                with suppress(OSError):
                    os.link(source, place, follow_symlinks=True)
                    return _entry(path, status, *_read(file, None))
            descriptor = os.open(place, os.O_CREAT | os.O_EXCL | os.O_WRONLY, _PRIVATE)
            with os.fdopen(descriptor, "wb") as copy:
                told = _read(file, copy)
                copy.flush()
                os.fsync(copy.fileno())
            os.utime(place, ns=(status.st_mtime_ns, status.st_mtime_ns))
            return _entry(path, status, *told)

    def finish(self, unwanted: Iterable[str], list_file: Path, head: Head) -> None:
        """Remove what an earlier round took in vain, write list and head, and put the folder in its place."""
        for name in unwanted:
            (self._whole / HOME / name).unlink(missing_ok=True)
        list_file.replace(self._whole / FILES)
        (self._whole / HEAD).write_bytes(head.encoded())
        (self._whole / HEAD).chmod(_PRIVATE)
        for path in (self._whole / FILES, self._whole / HEAD, self._whole):
            sync(path)
        self._whole.rename(self._target)
        sync(self._target.parent)


class TarTarget:
    """A tar file, whose list and head come last: what an earlier round took in vain is in it, but not in the list."""

    def __init__(self, target: Path, beside: Path) -> None:
        self._target, self._whole = target, beside / "whole.tar"
        descriptor = os.open(self._whole, os.O_CREAT | os.O_EXCL | os.O_RDWR, _PRIVATE)
        self._file = os.fdopen(descriptor, "r+b")
        self._tar = tarfile.open(fileobj=self._file, mode="w", format=tarfile.PAX_FORMAT)  # noqa: SIM115 - in finish()

    def put(self, path: str, source: Path, *, lasting: bool) -> Entry | None:  # noqa: ARG002 - nothing is linked
        """Take a file."""
        file = opened(source)
        if file is None:
            return None
        with file:
            status = os.fstat(file.fileno())
            told = self._add(f"{HOME}/{path}", file, status.st_size, status.st_mtime_ns // 10**9)
            return _entry(path, status, *told)

    def finish(self, unwanted: Iterable[str], list_file: Path, head: Head) -> None:  # noqa: ARG002
        """Write list and head, and put the file in its place."""
        with list_file.open("rb") as file:
            self._add(FILES, file, list_file.stat().st_size, 0)
        data = head.encoded()
        self._add(HEAD, io.BytesIO(data), len(data), 0)
        self._tar.close()
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self._whole.rename(self._target)
        sync(self._target.parent)

    def _add(self, name: str, file: IO[bytes], size: int, mtime: int) -> tuple[int, str]:
        """Write a member of just so many bytes, whatever becomes of the file meanwhile."""
        info = tarfile.TarInfo(name)
        info.size, info.mtime, info.mode = size, mtime, _PRIVATE
        read = _Measured(file, size)
        self._tar.addfile(info, read)  # type: ignore[arg-type]
        return size, read.digest.hexdigest()


class _Measured:
    """A file as long as it was when it was opened: one that grows is cut, one that shrinks is filled up."""

    def __init__(self, file: IO[bytes], size: int) -> None:
        self._file, self._left = file, size
        self.digest = hashlib.sha256()

    def read(self, size: int) -> bytes:
        """Return the next bytes."""
        wanted = min(size, self._left)
        data = self._file.read(wanted)
        data += bytes(wanted - len(data))
        self._left -= wanted
        self.digest.update(data)
        return data


class Former:
    """A backup of before, a folder: its files are not read again where they are the same still."""

    def __init__(self, home: Path, entries: Mapping[str, Entry]) -> None:
        self.home = home
        self._entries = entries

    def same(self, path: str, status: os.stat_result) -> Entry | None:
        """Return what it says of a file if this has the same size and time, to the nanosecond."""
        found = self._entries.get(path)
        told = (status.st_size, status.st_mtime_ns, stat.S_IMODE(status.st_mode))
        return found if found is not None and (found.size, found.mtime_ns, found.mode) == told else None


def write_list(entries: Iterable[Entry], file: Path) -> tuple[int, int, str]:
    """Write the list of a backup's files; returns their number, their bytes, and the list's SHA-256."""
    count = total = 0
    digest = hashlib.sha256()
    descriptor = os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, _PRIVATE)
    with os.fdopen(descriptor, "wb") as written:
        for entry in entries:
            line = encode_entry(entry)
            digest.update(line)
            written.write(line)
            count, total = count + 1, total + entry.size
    return count, total, digest.hexdigest()


def opened(path: Path) -> IO[bytes] | None:
    """Return a regular file, open; None for one that is gone, and for anything else."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        return None
    return os.fdopen(descriptor, "rb")


def _read(file: IO[bytes], copy: IO[bytes] | None) -> tuple[int, str]:
    """Return length and SHA-256 of what is read to its end, and copied."""
    size, digest = 0, hashlib.sha256()
    while data := file.read(_PIECE):
        size += len(data)
        digest.update(data)
        if copy is not None:
            copy.write(data)
    return size, digest.hexdigest()


def _entry(path: str, status: os.stat_result, size: int, digest: str) -> Entry:
    return Entry(path, size, digest, stat.S_IMODE(status.st_mode), status.st_mtime_ns)
