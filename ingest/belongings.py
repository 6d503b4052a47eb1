"""Which files of a home an object as it is published is made of, and which of its files belong to nothing. Pure."""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from lectern.catalogue import CanvasRow
from lectern.home import Home
from lectern.picture_sources import parse_reference

ORIGINALS = "originals"
HALF_WRITTEN = "."  # how the names of files begin that are being written, or were when their process was ended
_TIER = "~"


@dataclass(frozen=True, slots=True)
class Pictures:
    """The pictures that canvases show: names of pyramids without their ends."""

    marks: frozenset[str]

    def has(self, name: str) -> bool:
        """Return whether a file of an object's folder is a pyramid that is shown, or a reduced file of one."""
        return Path(name).stem.split(_TIER)[0] in self.marks

    def has_original(self, name: str) -> bool:
        """Return whether a file of the originals is one that a pyramid was made from, or a page of it."""
        return Path(name).stem in {mark.split("-")[0] for mark in self.marks}


def pictures_of(canvases: Iterable[CanvasRow]) -> Pictures:
    """Return the pictures in the home that canvases show; those that lie elsewhere are not among them."""
    images = {canvas.image for canvas in canvases if canvas.image}
    return Pictures(frozenset(Path(image).stem for image in images if parse_reference(image) is None))


def kept_pictures(folder: Path, pictures: Pictures) -> Iterator[Path]:
    """Yield the files of an object's folder of pictures that belong to it."""
    for path in _files(folder):
        if not path.name.startswith(HALF_WRITTEN) and pictures.has(path.name):
            yield path
    for path in _files(folder / ORIGINALS):
        if not path.name.startswith(HALF_WRITTEN) and pictures.has_original(path.name):
            yield path


def stray_pictures(folder: Path, pictures: Pictures) -> Iterator[Path]:
    """Yield the files of an object's folder of pictures that no canvas shows, half-written ones among them."""
    kept = set(kept_pictures(folder, pictures))
    yield from (path for path in [*_files(folder), *_files(folder / ORIGINALS)] if path not in kept)


def pack_name(name: str) -> tuple[str, int] | None:
    """Return which object a pack is of, and in which generation, None for what is no pack's name."""
    found = re.fullmatch(r"(?!\.)(?P<object>.+)\.(?P<generation>\d+)\.pack", name)
    return (found["object"], int(found["generation"])) if found else None


def half_written_pack(name: str) -> str | None:
    """Return which object a pack is of that was never finished, None for any other name."""
    found = re.fullmatch(r"\.(?P<object>[^.].*)\.\d+\.pack\.\d+", name)
    return found["object"] if found else None


def stray_packs(home: Home, object_id: str, generations: Collection[int]) -> Iterator[Path]:
    """Yield packs of an object of other generations, and those that were never finished."""
    for path in _files(home.pack_file(object_id, 0).parent):
        named = pack_name(path.name)
        if (named is not None and named[0] == object_id and named[1] not in generations) or half_written_pack(
            path.name
        ) == object_id:
            yield path


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_file()) if folder.is_dir() else []
