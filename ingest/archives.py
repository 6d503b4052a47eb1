"""Compressed inputs: a gzip file is the file in it, a zip file the folder in it. Nothing is written elsewhere."""

import errno
import gzip
import os
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from ingest.names import base_name
from ingest.scratch import Scratch, unwritable
from ingest.sniff import packed_as
from ingest.traps import MAX_FILE_BYTES, Unreadable, failure_entry
from ingest.zipfiles import check_table, is_hidden, name_of, place_of, seconds_of
from lectern.catalogue import LedgerEntry

_CHUNK = 1 << 20
_NAME_TROUBLE = frozenset({errno.EEXIST, errno.ENAMETOOLONG, errno.ENOTDIR, errno.EISDIR, errno.EILSEQ})
_OUR_TROUBLE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EMFILE, errno.ENFILE})
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    ValueError,
    OverflowError,
    RuntimeError,
    OSError,
)
_COPY_AGAIN = "Copy the archive again from where it was made, then ingest again."
_UNPACK = "Unpack it yourself and ingest the folder."


@dataclass(frozen=True, slots=True)
class Limits:
    """What the archives of one object may hold: bytes in all and in one file, files, and bytes for each packed one.

    Up to `harmless` bytes the last is not looked at: a blank page may be packed a thousandfold.
    """

    total: int = 4 * 1024**3
    file: int = MAX_FILE_BYTES
    members: int = 20_000
    ratio: int = 100
    harmless: int = 8 * 1024**2


@dataclass(slots=True)
class Unpacked:
    """The files of an archive, and what the ledger is to say of those that were refused."""

    files: list[Path] = field(default_factory=list)
    entries: list[LedgerEntry] = field(default_factory=list)


class _Full(Unreadable):
    """The limit of all archives together is reached: nothing more is unpacked."""


@dataclass(slots=True)
class Unpacker:
    """Unpacks the archives of one object into a scratch folder; the limits are of all of them together."""

    scratch: Scratch
    limits: Limits = field(default_factory=Limits)
    _written: int = 0
    _members: int = 0
    _folders: dict[Path, Path] = field(default_factory=dict)

    def unpack(self, path: Path) -> Unpacked:
        """Return the files of an archive, times and names as they are in it.

        What cannot be unpacked is refused by name, the rest is there. Raises StoreUnavailable when the home is full.
        """
        found = Unpacked()
        try:
            with self._refusing(found, path.name):
                self._check_total(path.name)
                if _kind_of(path) == "zip":
                    self._unpack_zip(path, found)
                else:
                    folder = self._folder_for(path.parent)
                    found.files.append(self._unpack_gzip(path, folder / _without_suffix(path.name)))
        except _Full as error:
            found.entries.append(failure_entry(error, base_name(path.name)))
        return found

    @contextmanager
    def _refusing(self, found: Unpacked, name: str) -> Iterator[None]:
        """Turn what is wrong with an archive or a member into an entry of the ledger; the rest goes on."""
        try:
            yield
        except _Full:
            raise
        except Unreadable as error:
            found.entries.append(failure_entry(error, base_name(name)))
        except _BROKEN as error:
            number = error.errno if isinstance(error, OSError) else None
            if isinstance(error, OSError) and number in _OUR_TROUBLE:
                raise unwritable(error) from error
            trap, remedy = ("archive-path", _UNPACK) if number in _NAME_TROUBLE else ("archive-broken", _COPY_AGAIN)
            said = os.strerror(number) if number else str(error)  # a file name of this machine is nobody's business
            refused = Unreadable(trap, f"{name} cannot be unpacked: {said}.", remedy)
            found.entries.append(failure_entry(refused, base_name(name)))

    def _folder_for(self, place: Path) -> Path:
        """Return the folder that stands for one of the source: of its name, so that messages say it."""
        if place not in self._folders:
            folder = Path(tempfile.mkdtemp(dir=self.scratch.folder)) / (place.name or "archive")
            folder.mkdir()
            self._folders[place] = folder
        return self._folders[place]

    def _unpack_zip(self, path: Path, found: Unpacked) -> None:
        check_table(path)
        with zipfile.ZipFile(path) as archive:
            members = [info for info in archive.infolist() if not info.is_dir() and not is_hidden(name_of(info))]
            self._members += len(members)
            if self._members > self.limits.members:
                raise Unreadable(
                    "archive-too-many", f"{path.name} and others hold {self._members} files.", "Split the object."
                )
            folder = self._folder_for(path)
            before, packed = self._written, path.stat().st_size
            for info in members:
                with self._refusing(found, f"{path.name}/{name_of(info)}"):
                    found.files.append(self._unpack_member(archive, info, folder))
                if self._too_dense(self._written - before, packed):  # members may share what is packed
                    raise self._dense(path.name)

    def _unpack_member(self, archive: zipfile.ZipFile, info: zipfile.ZipInfo, folder: Path) -> Path:
        target = folder / place_of(info)
        target.parent.mkdir(parents=True, exist_ok=True)
        with archive.open(info) as source:
            self._copy(source, target, info.compress_size)
        os.utime(target, (seconds_of(info), seconds_of(info)))
        return self._look_inside(target)

    def _look_inside(self, file: Path) -> Path:
        """Return a member, or what is in it where it is a gzip file."""
        kind = _kind_of(file)
        if kind == "zip":
            file.unlink()
            raise _nested(file.name)
        if kind == "gzip":
            inner = Path(tempfile.mkdtemp(dir=self.scratch.folder)) / file.name
            file.rename(inner)
            try:
                return self._unpack_gzip(inner, file.with_name(_without_suffix(file.name)))
            finally:
                inner.unlink()
        return file

    def _unpack_gzip(self, path: Path, target: Path) -> Path:
        state = path.stat()
        with gzip.open(path) as source:
            self._copy(source, target, state.st_size)
            said = source.mtime
        os.utime(target, ns=(state.st_atime_ns, said * 10**9 if said else state.st_mtime_ns))
        if _kind_of(target):
            target.unlink()
            raise _nested(path.name)
        return target

    def _copy(self, source: IO[bytes] | gzip.GzipFile, target: Path, packed: int) -> None:
        """Write what a stream holds to a new file, within the limits; nothing of it is left when that fails."""
        with target.open("xb") as file:
            try:
                size = 0
                while chunk := source.read(_CHUNK):
                    size += len(chunk)
                    self._written += len(chunk)
                    self._check(target.name, size, packed)
                    file.write(chunk)
            except BaseException:
                target.unlink()
                raise

    def _check(self, name: str, size: int, packed: int) -> None:
        limits = self.limits
        if size > limits.file:
            raise Unreadable("file-too-large", f"{name} is larger than {limits.file >> 20} MB unpacked.", "Split it.")
        if self._too_dense(size, packed):
            raise self._dense(name)
        self._check_total(name)

    def _check_total(self, name: str) -> None:
        if self._written > self.limits.total:
            raise _Full(
                "archive-too-large",
                f"{name}, and what follows it, is not unpacked: the archives hold more than "
                f"{self.limits.total >> 20} MB.",
                _UNPACK,
            )

    def _too_dense(self, size: int, packed: int) -> bool:
        return size > self.limits.harmless and size > self.limits.ratio * packed

    def _dense(self, name: str) -> Unreadable:
        return Unreadable("archive-ratio", f"{name} unpacks to more than {self.limits.ratio} times its size.", _UNPACK)


def _kind_of(path: Path) -> str:
    with path.open("rb") as file:
        return packed_as(file.read(128))


def _nested(name: str) -> Unreadable:
    return Unreadable("archive-in-archive", f"{name} is an archive inside an archive.", _UNPACK)


def _without_suffix(name: str) -> str:
    return name[:-3] if name.lower().endswith(".gz") and len(name) > 3 else name
