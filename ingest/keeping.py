"""An object's files in a home: names that a second run finds again, one writer at a time, and what may go."""

import fcntl
import hashlib
import os
import platform
import re
import secrets
import shutil
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from image.derivatives import forget as forget_answers
from ingest.belongings import ORIGINALS, pictures_of, stray_pictures
from ingest.bounds import Bounds
from ingest.digests import ANYWHERE, digest_of
from ingest.origins import forget_origin
from ingest.traps import changed_meanwhile
from lectern.catalogue import CanvasRow, Catalogue, ObjectRow
from lectern.disk import sync
from lectern.errors import BeingWritten, StoreUnavailable
from lectern.home import Home
from lectern.leases import Lease

CONVERSION = 1  # raised when a picture is converted otherwise: then all pyramids are made anew
_BOOT = Path("/proc/sys/kernel/random/boot_id")
_A_LOOK = 0.05  # seconds, more than whoever only looks needs
GRACE_SECONDS = 60  # readers may hold the pack of the catalogue row that they read last


def pyramid_path(home: Home, object_id: str, picture: Path, digest: str, page: int = 0) -> Path:
    """Return where the pyramid of a picture of this SHA-256, or of one page (from 0) of it, lies.

    The name tells the picture's name and content, and the way it is converted. Reduced files bear it too, with tier
    and scale.
    """
    return home.image_folder(object_id) / f"{_mark(picture, digest)}{f'-{page}' if page else ''}.tif"


def original_path(home: Home, object_id: str, picture: Path, digest: str) -> Path:
    """Return where a picture of this SHA-256 is kept as it came, if it is: one file for all its pages."""
    return originals_folder(home, object_id) / f"{_mark(picture, digest)}{picture.suffix.lower()}"


def originals_folder(home: Home, object_id: str) -> Path:
    """Return the folder of the pictures of an object as they came; no service opens it."""
    return home.image_folder(object_id) / ORIGINALS


def digests_path(home: Home, object_id: str) -> Path:
    """Return where the digests of an object's pictures wait for its next ingest."""
    return home.path / "work" / f"{object_id}.digests"


def _mark(picture: Path, digest: str) -> str:
    return hashlib.sha256(f"{CONVERSION}\0{picture.name}\0{digest}".encode()).hexdigest()[:20]


def keep_originals(home: Home, object_id: str, pictures: Mapping[Path, str], bounds: Bounds = ANYWHERE) -> None:
    """Put pictures into the home as they came: linked where the disk allows it, else copied, each once.

    `pictures` gives the SHA-256 that each was ingested with, empty for one that cannot be read: that is left out, as
    its page says why. Raises StoreUnavailable when one cannot be written, Unreadable when it is another by now, or
    lies out of bounds.
    """
    for picture, digest in pictures.items():
        try:
            target = original_path(home, object_id, picture, digest)
            if digest and not target.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                with bounds.held(picture) as held:
                    _keep(held.resolve(), target, digest)
        except OSError as error:
            raise StoreUnavailable(
                f"The original {picture.name} cannot be kept: {error.strerror or error}.",
                "Make room on the disk of the home, or set keep_originals to false.",
            ) from error


def _keep(picture: Path, target: Path, digest: str) -> None:
    """Make `target` the same file, or a copy that is there whole or not at all. Raises OSError and Unreadable."""
    beside = target.with_name(f".{target.name}.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        try:
            os.link(picture, beside)
        except OSError:  # another disk, or one without links
            shutil.copyfile(picture, beside)
            sync(beside)
        if digest_of(beside) != digest:
            raise changed_meanwhile(picture.name)
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)
    sync(target.parent)


def spool_path(home: Home, object_id: str) -> Path:
    """Return where the finished pages of an ingest wait until the object is published."""
    return home.path / "work" / f"{object_id}.spool"


def under_way_path(home: Home, object_id: str) -> Path:
    """Return where an ingest tells, until it ends, how many pages the object has."""
    return home.path / "work" / f"{object_id}.under-way"


def lock_path(home: Home, object_id: str) -> Path:
    """Return the file that whoever writes an object on this machine holds."""
    return home.path / "work" / f"{object_id}.lock"


@contextmanager
def only_writer(home: Home, catalogue: Catalogue, object_id: str) -> Iterator[Lease]:
    """Hold an object for writing; raises BeingWritten when another process does so already.

    A lock keeps out the others on this machine and goes with its process, a lease those on other machines.
    """
    place = lock_path(home, object_id)
    place.parent.mkdir(parents=True, exist_ok=True)
    with place.open("w") as lock:
        try:
            _hold(lock)
        except OSError as error:
            raise BeingWritten(
                f"Another process is writing the object {object_id}.", "Wait until it is done, or end it."
            ) from error
        with catalogue.leases.hold(object_id, _place_of(lock)) as lease:
            yield lease


def _hold(lock: IO[str]) -> None:
    """Take a lock; raises OSError when another process has it, and not only looks whether it is held."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        time.sleep(_A_LOOK)
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _place_of(lock: IO[str]) -> str:
    """Return what two processes have in common whose locks keep one another out: the running system, and the file."""
    try:
        system = _BOOT.read_text().strip()
    except OSError:
        system = platform.node()
    status = os.fstat(lock.fileno())
    return f"{system}:{status.st_dev}:{status.st_ino}"


def sweep(
    home: Home, row: ObjectRow, canvases: list[CanvasRow], before: ObjectRow | None, former: list[CanvasRow]
) -> None:
    """Remove packs and pictures that neither the object as it is nor as it was just before needs.

    `before` and `former` are the row and the canvases that it had. Their files stay until the next run:
    readers may hold them for a minute. If even that is not a minute old, nothing of these is removed. Kept images go
    at once: whoever still reads the former edition has them made anew.
    """
    if before is not None:
        forget_answers(home.derivatives, row.id)
    if before is not None and time.time() - before.modified < GRACE_SECONDS:
        return
    generations = {row.generation} | ({before.generation} if before else set())
    packs = {home.pack_file(row.id, generation).name for generation in generations}
    _remove(path for path in _packs(home, row.id) if path.name not in packs)
    _remove(_half_written(home, row.id))
    _remove(path for path in _files(home.parts_folder(row.id)) if _generation_of_part(path) not in generations)
    _remove(stray_pictures(home.image_folder(row.id), pictures_of([*canvases, *former])))


def remove_files(home: Home, object_id: str) -> None:
    """Remove all packs, pictures, kept images, harvested and half-done files of an object no more in the catalogue."""
    _remove([*_packs(home, object_id), *_half_written(home, object_id), *_fetched(home, object_id)])
    _remove([spool_path(home, object_id)])
    _remove([digests_path(home, object_id)])
    under_way_path(home, object_id).unlink(missing_ok=True)
    forget_answers(home.derivatives, object_id)
    forget_origin(home, object_id)
    home.given_manifest(object_id).unlink(missing_ok=True)
    _remove(_files(home.parts_folder(object_id)))
    for folder in (
        originals_folder(home, object_id),
        home.image_folder(object_id),
        home.ocr_folder(object_id),
        home.parts_folder(object_id),
    ):
        _remove(_files(folder))
        with suppress(OSError):
            folder.rmdir()


def _packs(home: Home, object_id: str) -> list[Path]:
    """Return the packs of this object, and its header packs: another's id may begin with the same letters and a dot."""
    start = f"{object_id}."
    files = [path for folder in _pack_folders(home, object_id) for path in _files(folder)]
    names = [path for path in files if path.name.startswith(start) and path.suffix == ".pack"]
    return [path for path in names if path.name[len(start) : -len(".pack")].isdecimal()]


def _pack_folders(home: Home, object_id: str) -> list[Path]:
    """Return where packs of an object lie: its own, and header packs that were fetched from a cluster."""
    folder = home.pack_file(object_id, 0).parent
    return [folder, home.path / "cache" / "cluster" / folder.name]


def _generation_of_part(path: Path) -> int:
    """Return which generation of its object a part is of, a half-written one too; -1 for a file that is no part."""
    name = re.fullmatch(r"\.?(\d+)\.[0-9a-f]{32}\.pack(?:\.\d+)?", path.name)
    return int(name[1]) if name else -1


def _half_written(home: Home, object_id: str) -> list[Path]:
    """Return what killed processes left of packs; whoever asks holds the object, so nobody is writing one."""
    start = f".{object_id}."
    names = [path for path in _files(home.pack_file(object_id, 0).parent) if path.name.startswith(start)]
    return [path for path in names if re.fullmatch(r"\d+\.pack\.\d+", path.name[len(start) :])]


def _fetched(home: Home, object_id: str) -> list[Path]:
    """Return header packs of an object that are on their way from a cluster, or were when the process was ended."""
    half = re.compile(rf"\.{re.escape(object_id)}\.\d+\.pack\.\d+\.\d+")
    return [path for path in _files(_pack_folders(home, object_id)[1]) if half.fullmatch(path.name)]


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.is_file()] if folder.is_dir() else []


def _remove(paths: Iterable[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)
