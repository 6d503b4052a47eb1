"""One object's pictures: that they are there, open, have all their tiles, and are as large as their canvases say."""

import gzip
import json
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from image.stored import Pyramid
from image.tiff import TornTiff
from ingest.belongings import HALF_WRITTEN, ORIGINALS, kept_pictures, pictures_of
from ingest.faults import Fault, Kind, Mend
from lectern.catalogue import CanvasRow, ObjectRow
from lectern.errors import StoreUnavailable
from lectern.home import Home
from lectern.picture_sources import parse_reference
from lectern.urls import canvas_path


def picture_faults(home: Home, row: ObjectRow, canvases: Sequence[CanvasRow]) -> Iterator[Fault]:
    """Yield what is wrong with the pictures of an object that lie in the home, and with its reduced ones."""
    for canvas in canvases:
        if canvas.image and parse_reference(canvas.image) is None:
            yield from _of_canvas(home, row, canvas)
    for path in kept_pictures(home.image_folder(row.id), pictures_of(canvases)):
        if "~" in path.name and path.parent.name != ORIGINALS and _opened(path) is None:
            detail = f"The reduced picture {path.name} cannot be read."
            yield Fault(Kind.REDUCED_TORN, detail, row.id, mend=Mend.REMOVE, path=path)


def _of_canvas(home: Home, row: ObjectRow, canvas: CanvasRow) -> Iterator[Fault]:
    path = home.images / (canvas.image or "")
    mend = Mend.DRAW if original_of(path) is not None else None
    if not path.is_file():
        detail = f"The picture of page {canvas.n} is gone ({canvas.image})."
        yield Fault(Kind.PICTURE_MISSING, detail, row.id, canvas.n, mend, path)
        return
    found = _opened(path)
    if found is None:
        detail = f"The picture of page {canvas.n} cannot be read ({canvas.image})."
        yield Fault(Kind.PICTURE_TORN, detail, row.id, canvas.n, mend, path)
    elif found != (canvas.width, canvas.height) and canvas.canvas == canvas_path(row.id, canvas.n):
        detail = (
            f"The picture of page {canvas.n} is {found[0]} x {found[1]} pixels, its canvas is "
            f"{canvas.width} x {canvas.height}."
        )
        yield Fault(Kind.PICTURE_SIZE, detail, row.id, canvas.n, mend, path)


def _opened(path: Path) -> tuple[int, int] | None:
    """Return the size of a picture all of whose tiles are there, in pixels; None for any other."""
    try:
        pyramid = Pyramid(path)
        pyramid.require_whole()
    except (TornTiff, OSError, StoreUnavailable):
        return None
    return pyramid.width, pyramid.height


def original_of(pyramid: Path) -> Path | None:
    """Return the picture that a pyramid was made from, if it is kept."""
    folder = pyramid.parent / ORIGINALS
    mark = pyramid.stem.split("-")[0]
    found = sorted(folder.glob(f"{mark}.*")) if folder.is_dir() else []
    return next((path for path in found if not path.name.startswith(HALF_WRITTEN) and path.is_file()), None)


def page_of_original(pyramid: Path) -> int:
    """Return which page (from 0) of its original a pyramid shows."""
    return int(pyramid.stem.partition("-")[2] or 0)


def manifest_faults(home: Home, row: ObjectRow) -> Iterator[Fault]:
    """Yield whether the manifest that came with an object cannot be read any more."""
    path = home.given_manifest(row.id)
    if not path.exists():
        return
    try:
        with gzip.open(path) as file:
            json.loads(file.read())
    except (OSError, EOFError, ValueError, zlib.error) as error:
        detail = f"The manifest that was given with {row.id} cannot be read: {error}."
        yield Fault(Kind.MANIFEST_TORN, detail, row.id, path=path)
