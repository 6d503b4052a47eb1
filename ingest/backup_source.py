"""A backup that is read: a folder or a tar file, whole or refused."""

import hashlib
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Protocol

from ingest.backup_list import FILES, HEAD, HOME, Entry, Head, not_a_backup, read_entry, read_head
from ingest.backup_target import Former, opened
from lectern.errors import InputError

_LARGEST_HEAD = 64 << 20


class Source(Protocol):
    """The files of a backup, by their names in it."""

    def open(self, name: str) -> IO[bytes] | None:
        """Return a file, open; None if there is none of that name."""
        ...


class FolderSource:
    """A backup that is a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def open(self, name: str) -> IO[bytes] | None:
        """Return a file, open; a link is none."""
        path = self.folder / name
        return None if path.is_symlink() else opened(path)


class TarSource:
    """A backup that is a tar file; of members of one name the last counts."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self._tar = tar

    def open(self, name: str) -> IO[bytes] | None:
        """Return a member, open."""
        try:
            member = self._tar.getmember(name)
        except KeyError:
            return None
        return self._tar.extractfile(member) if member.isreg() else None


class Backup:
    """A whole backup: its head, and its files one after the other."""

    def __init__(self, source: Source, where: str) -> None:
        """Read the head, and check the list by it; raises InputError and ConfigurationError."""
        self._source, self._where = source, where
        with self._file(HEAD) as file:
            self.head: Head = read_head(file.read(_LARGEST_HEAD), where)
        with self._file(FILES) as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != self.head.files_sha256:  # type: ignore[arg-type]
                raise InputError(f"The list of files of {where} is spoilt.", "Take another backup.")

    def entries(self) -> Iterator[Entry]:
        """Yield what the list says of every file."""
        with self._file(FILES) as file:
            yield from map(read_entry, file)

    def open(self, entry: Entry) -> IO[bytes] | None:
        """Return a file of the home, open; None if it is gone from the backup."""
        return self._source.open(f"{HOME}/{entry.path}")

    def _file(self, name: str) -> IO[bytes]:
        file = self._source.open(name)
        if file is None:
            raise not_a_backup(self._where)
        return file


@contextmanager
def open_backup(path: Path) -> Iterator[Backup]:
    """Yield a backup; raises InputError for what is no whole one, ConfigurationError for one of a newer release."""
    if path.is_dir():
        yield Backup(FolderSource(path), str(path))
        return
    with path.open("rb") as file:
        try:
            tar = tarfile.open(fileobj=file, mode="r:")  # noqa: SIM115 - the file is closed
            tar.getmembers()
        except (OSError, tarfile.TarError) as error:
            raise not_a_backup(str(path)) from error
        yield Backup(TarSource(tar), str(path))


def read_former(folder: Path) -> Former:
    """Return a backup of before, to be gone on from; raises InputError for one that is none, or a tar file."""
    if not folder.is_dir():
        raise InputError(f"{folder} is no folder with a backup.", "Name the folder of a former backup.")
    backup = Backup(FolderSource(folder), str(folder))
    return Former(folder / HOME, {entry.path: entry for entry in backup.entries()})
