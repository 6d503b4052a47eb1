"""Which images of a TIFF file are pages, told from its directories without decoding anything.

A TIFF holds a chain of images. They may be the pages of a book, or one picture in smaller and smaller sizes (a
pyramid), or a page with a thumbnail or a mask beside it.
"""

import struct
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO

MAX_IMAGES = 5_000
_SUBFILE, _WIDTH, _LENGTH = 254, 256, 257
_COMPRESSION, _PHOTOMETRIC, _ORIENTATION, _SAMPLES, _PLANES = 259, 262, 274, 277, 284
_TILE_WIDTH, _TILE_LENGTH, _EXTRA, _PROFILE = 322, 323, 338, 34675
_REDUCED_OR_MASK = 0b101  # bits of NewSubfileType
_WANTED = frozenset(
    {_SUBFILE, _WIDTH, _LENGTH, _COMPRESSION, _PHOTOMETRIC, _ORIENTATION, _SAMPLES, _PLANES}
    | {_TILE_WIDTH, _TILE_LENGTH, _EXTRA, _PROFILE}
)
_JPEG = 7  # of Compression
_COLOURS = frozenset({(1, 1), (6, 3), (2, 3)})  # PhotometricInterpretation and samples: grey, YCbCr, RGB
_TILES = frozenset({256, 512})  # pixels a side
_NUMBERS = {1: "B", 3: "H", 4: "I", 16: "Q"}  # field types that a size may have


@dataclass(frozen=True, slots=True)
class _Form:
    """How one file writes numbers: byte order, and for classic and big TIFF the forms of count, field and offset."""

    order: str
    count: str
    field: str
    offset: str
    inline: int  # bytes of a value that stands in the field itself


def pages_of(path: Path) -> tuple[int, ...]:
    """Return the numbers (from 0) of the images that are pages; (0,) for a file that is no TIFF or has a torn chain.

    Reduced copies and masks are left out, whether they are marked as such or only halve the one before, and whatever
    follows the first 5,000 images. Raises OSError.
    """
    with path.open("rb") as file:
        try:
            images = _images(file)
        except (struct.error, OverflowError):
            return (0,)
    if len(images) < 2 or _is_pyramid(images):
        return (0,)
    return tuple(n for n, image in enumerate(images) if not image[_SUBFILE] & _REDUCED_OR_MASK) or (0,)


def is_pyramid(path: Path) -> bool:
    """Return whether a file is a pyramid as Lectern makes them: its levels halve down to one tile, in tiles of JPEG.

    Only the directories are looked at. One with a colour profile or to be turned is none. Raises OSError.
    """
    with path.open("rb") as file:
        try:
            images = _images(file)
        except (struct.error, OverflowError):
            return False
    if not images or not all(map(_is_level, images)) or not _is_pyramid(images):
        return False
    return max(images[-1][_WIDTH], images[-1][_LENGTH]) <= images[0][_TILE_WIDTH] and _alike(images)


def _is_level(image: dict[int, int]) -> bool:
    return (
        image[_COMPRESSION] == _JPEG
        and (image[_PHOTOMETRIC], image[_SAMPLES]) in _COLOURS
        and image[_TILE_WIDTH] == image[_TILE_LENGTH]
        and image[_TILE_WIDTH] in _TILES
        and image[_ORIENTATION] <= 1
        and image[_PLANES] <= 1
        and not image[_EXTRA]
        and not image[_PROFILE]
    )


def _alike(images: list[dict[int, int]]) -> bool:
    return all(image[tag] == images[0][tag] for image in images for tag in (_TILE_WIDTH, _PHOTOMETRIC))


def _images(file: BinaryIO) -> list[dict[int, int]]:
    form, at = _head(file)
    images: list[dict[int, int]] = []
    seen: set[int] = set()
    while form is not None and at and at not in seen and len(images) < MAX_IMAGES:
        seen.add(at)
        try:
            image, at = _directory(file, form, at)
        except struct.error:  # the file ends here: what came before is there
            break
        images.append(image)
    return images


def _head(file: BinaryIO) -> tuple[_Form | None, int]:
    """Return how the file writes numbers, None for one that is no TIFF, and where its first directory lies."""
    head = file.read(16)
    order = {b"II": "<", b"MM": ">"}.get(head[:2])
    if order is None:
        return None, 0
    version = struct.unpack_from(f"{order}H", head, 2)[0]
    if version == 42:
        return _Form(order, "H", "HHI", "I", 4), struct.unpack_from(f"{order}I", head, 4)[0]
    if version == 43:
        return _Form(order, "Q", "HHQ", "Q", 8), struct.unpack_from(f"{order}Q", head, 8)[0]
    return None, 0


def _directory(file: BinaryIO, form: _Form, at: int) -> tuple[dict[int, int], int]:
    """Return the numbers wanted of one image, and where the next directory lies; raises struct.error."""
    file.seek(at)
    count = _read(file, form.order + form.count)[0]
    if count > 0xFFFF:
        raise struct.error("no directory")
    step = struct.calcsize(form.order + form.field) + form.inline
    fields = file.read(count * step)
    found = dict.fromkeys(_WANTED, 0)
    for place in range(count):
        tag, kind, _ = struct.unpack_from(form.order + form.field, fields, place * step)
        if tag == _PROFILE:
            found[tag] = 1
        elif tag in _WANTED and kind in _NUMBERS:
            value = place * step + step - form.inline
            found[tag] = struct.unpack_from(form.order + _NUMBERS[kind], fields, value)[0]
    return found, _read(file, form.order + form.offset)[0]


def _read(file: BinaryIO, form: str) -> tuple[int, ...]:
    return struct.unpack(form, file.read(struct.calcsize(form)))


def _is_pyramid(images: list[dict[int, int]]) -> bool:
    """Return whether every image is half as wide and high as the one before, to the pixel."""
    return all(
        abs(after[side] * 2 - before[side]) <= 2 and before[side] > 0
        for before, after in pairwise(images)
        for side in (_WIDTH, _LENGTH)
    )
