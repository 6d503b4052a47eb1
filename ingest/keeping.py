"""An object's files in a home: names that a second run finds again, one writer at a time, and what may go."""

import fcntl
import hashlib
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from lectern.catalogue import CanvasRow, ObjectRow
from lectern.errors import StoreUnavailable
from lectern.home import Home

GRACE_SECONDS = 60  # readers may hold the pack of the catalogue row that they read last


def pyramid_path(home: Home, object_id: str, picture: Path) -> Path:
    """Return where the pyramid of a picture lies: the name tells its name, size and time; raises OSError."""
    state = picture.stat()
    mark = hashlib.sha256(f"{picture.name}\0{state.st_size}\0{state.st_mtime_ns}".encode()).hexdigest()[:20]
    return home.image_folder(object_id) / f"{mark}.tif"


def spool_path(home: Home, object_id: str) -> Path:
    """Return where the finished pages of an ingest wait until the object is published."""
    return home.path / "work" / f"{object_id}.spool"


@contextmanager
def only_writer(home: Home, object_id: str) -> Iterator[None]:
    """Hold an object for writing; raises StoreUnavailable when another process does so already."""
    folder = home.pack_file(object_id, 0).parent
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f".{object_id}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise StoreUnavailable(
                f"Another process is writing the object {object_id}.", "Wait until it is done, or end it."
            ) from error
        yield


def sweep(
    home: Home, row: ObjectRow, canvases: list[CanvasRow], before: ObjectRow | None, former: list[CanvasRow]
) -> None:
    """Remove packs and pictures that neither the object as it is nor as it was just before needs.

    `before` and `former` are the row and the canvases that it had. Their files stay until the next run:
    readers may hold them for a minute. If even that is not a minute old, nothing is removed.
    """
    if before is not None and time.time() - before.modified < GRACE_SECONDS:
        return
    generations = {row.generation} | ({before.generation} if before else set())
    packs = {home.pack_file(row.id, generation) for generation in generations}
    _remove(path for path in _packs(home, row.id) if path not in packs)
    marks = {Path(canvas.image).stem for canvas in [*canvases, *former] if canvas.image}
    _remove(path for path in _files(home.image_folder(row.id)) if path.stem.split("~")[0] not in marks)


def remove_files(home: Home, object_id: str) -> None:
    """Remove all packs, pictures, harvested and half-done files of an object that the catalogue has no more."""
    _remove([*_packs(home, object_id), spool_path(home, object_id)])
    for folder in (home.image_folder(object_id), home.ocr_folder(object_id)):
        _remove(_files(folder))
        with suppress(OSError):
            folder.rmdir()


def _packs(home: Home, object_id: str) -> list[Path]:
    """Return the packs of this object: another's id may begin with the same letters and a dot."""
    folder = home.pack_file(object_id, 0).parent
    start = f"{object_id}."
    names = [path for path in _files(folder) if path.name.startswith(start) and path.suffix == ".pack"]
    return [path for path in names if path.name[len(start) : -len(".pack")].isdecimal()]


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.is_file()] if folder.is_dir() else []


def _remove(paths: Iterable[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)
