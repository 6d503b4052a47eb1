"""How much room everything takes: folders of the home, both stores, the index of a cluster."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lectern.errors import LecternError
from services.context import Context

if TYPE_CHECKING:
    from collections.abc import Iterator

_MOST_FILES = 5_000_000  # then it says "at least"
_FOLDERS = (
    ("Index", "index"),
    ("Images", "images"),
    ("Cache of made images", "cache/derivatives"),
    ("Cache of pictures from elsewhere", "cache/pictures"),
    ("Harvested OCR", "ocr"),
    ("Ingests under way", "work"),
)


@dataclass(frozen=True, slots=True)
class Room:
    """What something takes: bytes on the disk and files; `whole` is False where there were too many to count."""

    bytes: int
    files: int
    whole: bool = True


def room_of(folder: Path, most: int = _MOST_FILES) -> Room:
    """Return what a folder takes with everything in it; links are not followed, what cannot be read counts nothing."""
    taken = files = 0
    for entry in _files_in(folder):
        if files >= most:
            return Room(taken, files, whole=False)
        files += 1
        taken += _blocks(entry)
    return Room(taken, files)


def measured(context: Context) -> list[dict[str, Any]]:
    """Return what takes room, as plain values: name, bytes, files (None: they say nothing), whether that is all."""
    found: list[dict[str, Any]] = []
    for name, folder in _FOLDERS:
        room = room_of(context.home.path / folder)
        found.append({"name": name, "bytes": room.bytes, "files": room.files, "whole": room.whole})
    return found + [row for row in (*_stores(context), _cluster(context)) if row]


def limits(context: Context) -> dict[str, int]:
    """Return how large caches may become, in bytes, by the names that `measured` gives them."""
    settings = context.settings
    return {
        "Cache of made images": settings.derivatives_bytes,
        "Cache of pictures from elsewhere": settings.pictures_bytes,
    }


def _files_in(folder: Path) -> "Iterator[os.DirEntry[str]]":
    waiting = [os.fspath(folder)]
    while waiting:
        try:
            with os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
                    else:
                        yield entry
        except OSError:
            continue


def _blocks(entry: "os.DirEntry[str]") -> int:
    try:
        return entry.stat(follow_symlinks=False).st_blocks * 512
    except OSError:
        return 0


def _stores(context: Context) -> list[dict[str, Any]]:
    home = context.home
    if home.server is not None:
        taken = context.catalogue.survey.store_bytes()
        return [{"name": "Database (PostgreSQL)", "bytes": taken, "files": None, "whole": True}]
    found = []
    for name, file in (("Catalogue", home.catalogue_file), ("Sessions and limits", home.state_file)):
        parts = [file.with_name(file.name + end) for end in ("", "-wal", "-shm")]
        taken = sum(part.stat().st_size for part in parts if part.is_file())
        found.append({"name": name, "bytes": taken, "files": None, "whole": True})
    return found


def _cluster(context: Context) -> dict[str, Any] | None:
    """Return what the words take in a cluster; None where there is none, or where it does not say."""
    if context.settings.engine != "opensearch":
        return None
    from opensearchpy.exceptions import NotFoundError

    from search.cluster.client import asking
    from search.cluster.schema import Names

    try:
        with asking("The size of the index cannot be had"):
            told = context.cluster.indices.stats(index=Names(context.settings.opensearch_index).every, metric="store")
    except (LecternError, NotFoundError):
        return None
    taken = int(told["_all"]["total"]["store"]["size_in_bytes"])
    return {"name": "Index in the cluster", "bytes": taken, "files": None, "whole": True}
