"""A home made from a backup: built whole beside its place, every file held against its digest, then put there."""

import errno
import fcntl
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from ingest.backup import SET_ASIDE
from ingest.backup_list import CATALOGUE, STATE, Entry, Head
from ingest.backup_source import Backup
from ingest.progress import Progress, Silence
from lectern.catalogue_tables import SCHEMA as CATALOGUE_SCHEMA
from lectern.database_copying import copy_stores
from lectern.database_schema import require_known
from lectern.database_server import Server
from lectern.database_snapshot import after_restoring, require_whole
from lectern.disk import sync
from lectern.errors import BeingWritten, InputError
from lectern.home import Home
from lectern.state_tables import SCHEMA as STATE_SCHEMA

_PIECE = 1 << 20
_STAGE = "restoring"
_SHOWN = 3
_OPENED = "lost+found"  # which a disk of its own has


@dataclass(frozen=True, slots=True)
class Damaged:
    """A file of a backup that cannot be brought back, and why."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class Restored:
    """What was brought back: the backup's head, what of it was damaged, and where the former home is now, if any."""

    head: Head
    damaged: tuple[Damaged, ...]
    former: Path | None = None


def check(backup: Backup, progress: Progress | None = None) -> list[Damaged]:
    """Return the files of a backup that are gone, or not as they were written; nothing is brought back."""
    listening = progress or Silence()
    listening.begin("check", backup.head.files)
    found = []
    for entry in backup.entries():
        if (reason := _copied(backup, entry, None)) is not None:
            found.append(Damaged(entry.path, reason))
        listening.step()
    listening.end()
    return found


def restore(
    backup: Backup,
    home: Path,
    server_of: Callable[[Path], Server | None],
    *,
    force: bool = False,
    partly: bool = False,
    progress: Progress | None = None,
) -> Restored:
    """Make a home from a backup; returns what became of it. Nothing is there before all of it is.

    `server_of` tells where the settings of a home that is being made have its stores: a database has to be empty. With
    `force` a home that is there is set aside, with `partly` a backup that has lost files is taken all the same. Raises
    InputError for a home that is not empty, and for a damaged backup; ConfigurationError for a newer one; OSError.
    """
    for schema in (CATALOGUE_SCHEMA, STATE_SCHEMA):
        require_known(f"The {schema.name} of the backup", backup.head.schemas.get(schema.name, 0), schema)
    if not force and not is_empty(home):
        raise InputError(
            f"There is something in {home} already.", "Name an empty home, or set that one aside with --force."
        )
    with _staging(home) as stage:
        damaged = tuple(_unpack(backup, stage, progress or Silence()))
        _require_usable(damaged, partly)
        _finish_stores(stage, server_of)
        _sync_folders(stage)
        former = _put_in_place(stage, home)
    return Restored(backup.head, damaged, former)


def is_empty(home: Path) -> bool:
    """Return whether nothing is lost if a home is made there."""
    return not home.exists() or (home.is_dir() and not list(_things_in(home)))


def _things_in(home: Path) -> Iterator[Path]:
    ours = {_OPENED, f".{_STAGE}"}
    return (path for path in home.iterdir() if path.name not in ours and not path.name.startswith(SET_ASIDE))


def _within(home: Path) -> bool:
    """Return whether a home can only be changed from within: a disk of its own, or a parent that is not ours."""
    return os.path.ismount(home) or not os.access(home.parent, os.W_OK)


@contextmanager
def _staging(home: Path) -> Iterator[Path]:
    """Yield an empty folder on the disk of the home that only this process has; what killed ones left there goes."""
    home = home.resolve()
    home.parent.mkdir(parents=True, exist_ok=True)
    place = home / f".{_STAGE}" if _within(home) else home.with_name(f".{home.name}.{_STAGE}")
    place.mkdir(mode=0o700, exist_ok=True)
    held = os.open(place, os.O_RDONLY)
    try:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise BeingWritten(f"Another process restores {home}.", "Wait until it is done.") from error
        stage = place / "home"
        try:
            shutil.rmtree(stage, ignore_errors=True)
            stage.mkdir(mode=0o700)
            yield stage
        finally:
            shutil.rmtree(place)
    finally:
        os.close(held)


def _unpack(backup: Backup, stage: Path, progress: Progress) -> Iterator[Damaged]:
    """Write every file into a new home; yields those that cannot be brought back."""
    progress.begin("restore", backup.head.files)
    for entry in backup.entries():
        place = stage / entry.path
        place.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(place, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "wb") as copy:
            reason = _copied(backup, entry, copy)
            copy.flush()
            os.fsync(copy.fileno())
        if reason is None:
            place.chmod(entry.mode & 0o777)
            os.utime(place, ns=(entry.mtime_ns, entry.mtime_ns))
        else:
            place.unlink()
            yield Damaged(entry.path, reason)
        progress.step()
    progress.end()


def _copied(backup: Backup, entry: Entry, copy: IO[bytes] | None) -> str | None:
    """Copy a file; returns what is wrong with it, None if it is as it was written."""
    try:
        file = backup.open(entry)
        if file is None:
            return "is gone"
        digest = hashlib.sha256()
        with file:
            while data := file.read(_PIECE):
                digest.update(data)
                if copy is not None:
                    copy.write(data)
    except OSError as error:
        if copy is not None and error.errno is not None and not _is_reading(error):
            raise
        return f"cannot be read ({error.strerror or error})"
    return None if digest.hexdigest() == entry.sha256 else "is not as it was written"


def _is_reading(error: OSError) -> bool:
    """Return whether an error is one of a disk that is read, and not of a full one that is written."""
    return error.errno in {errno.EIO, errno.EACCES, errno.EPERM}


def _require_usable(damaged: tuple[Damaged, ...], partly: bool) -> None:
    if not damaged:
        return
    told = "; ".join(f"{one.path} {one.reason}" for one in damaged[:_SHOWN])
    more = f"; and {len(damaged) - _SHOWN} more" if len(damaged) > _SHOWN else ""
    if not partly or any(one.path == CATALOGUE for one in damaged):
        raise InputError(
            f"The backup is damaged, and nothing was brought back: {told}{more}.",
            "Take another backup, or bring back the rest with --partly, unless it is the catalogue.",
        )


def _finish_stores(stage: Path, server_of: Callable[[Path], Server | None]) -> None:
    """Number editions on, and move the stores to where the settings have them; the files go then."""
    catalogue = stage / CATALOGUE
    require_whole(catalogue)
    after_restoring(catalogue, int(datetime.now(UTC).timestamp()))
    server = server_of(stage)
    if server is not None:
        copy_stores(Home(stage, server))
        for path in stage.glob("*.db*"):
            if path.name.startswith((CATALOGUE, STATE)):
                path.unlink()
    home = Home(stage)
    home.prepare()


def _put_in_place(stage: Path, home: Path) -> Path | None:
    """Put a home that is whole in its place; returns where the one is that was there."""
    home = home.resolve()
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")
    former = None
    if _within(home):
        if there := list(_things_in(home)):
            former = home / f"{SET_ASIDE}{stamp}"
            former.mkdir(mode=0o700)
            for path in there:
                path.rename(former / path.name)
        # The catalogue last: a home without it has nothing on its shelf.
        for path in sorted(stage.iterdir(), key=lambda path: path.name == CATALOGUE):
            path.rename(home / path.name)
        sync(home)
        return former
    if home.exists() and any(home.iterdir()):
        former = home.with_name(f"{home.name}{SET_ASIDE}{stamp}")
        home.rename(former)
    stage.rename(home)
    sync(home.parent)
    return former


def _sync_folders(stage: Path) -> None:
    for folder, _, _ in os.walk(stage):
        sync(Path(folder))
