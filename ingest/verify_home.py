"""A home as a whole: its stores, who may look into it, and files that belong to nothing."""

import os
import re
import stat
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from pathlib import Path

from ingest.belongings import half_written_pack, pack_name, pictures_of, stray_packs, stray_pictures
from ingest.faults import Fault, Kind, Mend
from ingest.keeping import GRACE_SECONDS, spool_path
from lectern.catalogue import Catalogue, ObjectRow
from lectern.database_snapshot import integrity_problems
from lectern.home import Home

_PATIENCE_SECONDS = 3600  # a load into a cluster that nobody has ended by then was ended with its process
_PART = re.compile(r"\.?(\d+)\.[0-9a-f]{32}\.pack(?:\.\d+)?")


def store_faults(home: Home) -> Iterator[Fault]:
    """Yield what SQLite finds wrong with the stores' files; PostgreSQL looks after its own."""
    if home.server is not None:
        return
    for file in (home.catalogue_file, home.state_file):
        if file.is_file():
            for problem in integrity_problems(file)[:1]:
                yield Fault(Kind.STORE_TORN, f"{file.name} is not whole: {problem}.", path=file)


def permission_faults(home: Home) -> Iterator[Fault]:
    """Yield what others than the owner can read: the home (any account), its keys, its state."""
    if _mode(home.path) & stat.S_IRWXO:
        detail = f"Every account of this machine may look into the home (mode {_mode(home.path):04o})."
        yield Fault(Kind.HOME_OPEN, detail, mend=Mend.CLOSE, path=home.path)
    keys = [file.path for file in home.keyring.files()]
    states = [home.state_file, *(home.state_file.with_name(f"state.db-{end}") for end in ("wal", "shm"))]
    for path in (home.path / "keys", *keys, *states):
        if _mode(path) & (stat.S_IRWXG | stat.S_IRWXO):
            detail = f"{path.relative_to(home.path)} can be read by others than its owner (mode {_mode(path):04o})."
            yield Fault(Kind.SECRET_OPEN, detail, mend=Mend.CLOSE, path=path)


def close(path: Path, *, home: Home) -> None:
    """Take the rights of others away: of the home those of strangers, of a secret those of the group too."""
    taken = stat.S_IRWXO if path == home.path else stat.S_IRWXG | stat.S_IRWXO
    path.chmod(_mode(path) & ~taken)


def _mode(path: Path) -> int:
    try:
        return stat.S_IMODE(path.stat().st_mode)
    except FileNotFoundError:
        return 0


def pending_faults(catalogue: Catalogue) -> Iterator[Fault]:
    """Yield objects that wait for a cluster longer than a process that lives would let them."""
    due = {wait.key.object for wait in catalogue.pending.all() if wait.at <= time.time() - _PATIENCE_SECONDS}
    for object_id in sorted(due):
        detail = f"The cluster does not say of {object_id} what the catalogue says."
        yield Fault(Kind.PENDING, detail, object_id, mend=Mend.SETTLE)


def left_over(home: Home, catalogue: Catalogue, object_id: str, row: ObjectRow | None) -> list[Fault]:
    """Return files of an object that nothing needs. Whoever asks holds it, so that nobody is writing them.

    Nothing that is not a minute old is among them, and while the edition on the shelf is not, nothing of the former.
    """
    if row is not None and time.time() - row.modified <= GRACE_SECONDS:
        return []
    generations = {row.generation} if row else set()
    found = [(Kind.LEFT_PACK, path) for path in stray_packs(home, object_id, generations)]
    found += [(Kind.LEFT_PART, path) for path in stray_parts(home, object_id, generations)]
    if not spool_path(home, object_id).exists():  # else pages are finished that the next ingest goes on with
        pictures = pictures_of(catalogue.canvases(object_id) if row else ())
        found += [(Kind.LEFT_PICTURE, path) for path in stray_pictures(home.image_folder(object_id), pictures)]
    return [
        Fault(kind, f"Nothing needs {path.relative_to(home.path)}.", object_id, mend=Mend.REMOVE, path=path)
        for kind, path in found
        if is_old(path)
    ]


def is_old(path: Path) -> bool:
    """Return whether a file, and its name, have been there for a minute."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return False
    return max(status.st_mtime, status.st_ctime) < time.time() - GRACE_SECONDS


def stray_parts(home: Home, object_id: str, generations: Collection[int]) -> Iterator[Path]:
    """Yield packs of some pages of an object that are of other generations of it."""
    folder = home.parts_folder(object_id)
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        named = _PART.fullmatch(path.name)
        if path.is_file() and (named is None or int(named[1]) not in generations):
            yield path


def objects_with_files(home: Home) -> set[str]:
    """Return the ids of the objects that have packs, parts or pictures in a home, on the shelf or not."""
    names = {path.name for path in _inside(home.path / "index" / "parts", Path.is_dir)}
    names |= {path.name for path in _inside(home.images, Path.is_dir)}
    for path in _inside(home.path / "index", Path.is_file):
        named = pack_name(path.name)
        names.add(named[0] if named else half_written_pack(path.name) or "")
    return names - {""}


def _inside(folder: Path, wanted: Callable[[Path], bool]) -> Iterator[Path]:
    """Yield what lies in the folders with two hex digits inside a folder."""
    for shelf in _folders(folder):
        if re.fullmatch(r"[0-9a-f]{2}", shelf.name):
            yield from (Path(entry.path) for entry in os.scandir(shelf) if wanted(Path(entry.path)))


def _folders(folder: Path) -> Iterable[Path]:
    return sorted(path for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []
