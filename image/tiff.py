"""The directories of a TIFF file, classic and big, and which of its images are pages; nothing is decoded.

A TIFF holds a chain of images. They may be the pages of a book, or one picture in smaller and smaller sizes (a
pyramid), or a page with a thumbnail or a mask beside it.
"""

import os
import struct
from collections.abc import Iterator, Set
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO

MAX_IMAGES = 5_000
_MAX_FIELDS = 0xFFFF
_MAX_VALUE = 1 << 25  # bytes of one field: the places of two million tiles
_SUBFILE, _WIDTH, _LENGTH = 254, 256, 257
_COMPRESSION, _PHOTOMETRIC, _ORIENTATION, _SAMPLES, _PLANES = 259, 262, 274, 277, 284
_TILE_WIDTH, _TILE_LENGTH, _EXTRA, _PROFILE = 322, 323, 338, 34675
_REDUCED_OR_MASK = 0b101  # bits of NewSubfileType
_WANTED = frozenset({_SUBFILE, _WIDTH, _LENGTH})
_OF_LEVELS = frozenset(
    {_WIDTH, _LENGTH, _COMPRESSION, _PHOTOMETRIC, _ORIENTATION, _SAMPLES, _PLANES}
    | {_TILE_WIDTH, _TILE_LENGTH, _EXTRA, _PROFILE}
)
_JPEG = 7  # of Compression
_COLOURS = frozenset({(1, 1), (6, 3), (2, 3)})  # PhotometricInterpretation and samples: grey, YCbCr, RGB
_TILES = frozenset({256, 512})  # pixels a side
_NUMBERS = {1: "B", 3: "H", 4: "I", 7: "B", 16: "Q"}  # field types of whole numbers, and of bytes

Fields = dict[int, tuple[int, ...]]


class TornTiff(ValueError):
    """A file that is no TIFF, or whose directories lead out of it or back to where they came from."""


@dataclass(frozen=True, slots=True)
class OpenFile:
    """A file open for reading: its descriptor, and its size in bytes when it was opened.

    Read by place and not through a map: a map of a file that is cut short ends the process with SIGBUS.
    """

    descriptor: int
    size: int

    def read(self, at: int, length: int) -> bytes:
        """Return exactly `length` bytes from `at`; raises TornTiff when the file does not have them, and OSError."""
        if at + length > self.size:
            raise TornTiff("a place outside the file")
        data = os.pread(self.descriptor, length, at)
        if len(data) != length:
            raise TornTiff("the file was cut short")
        return data


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
    images: list[Fields] = []
    with path.open("rb") as file:
        try:
            for fields in directories(_whole(file), _WANTED):
                images.append(fields)
        except TornTiff:  # the file ends here: what came before is there
            pass
    if len(images) < 2 or _is_pyramid(images):
        return (0,)
    return tuple(n for n, image in enumerate(images) if not _number(image, _SUBFILE) & _REDUCED_OR_MASK) or (0,)


def is_pyramid(path: Path) -> bool:
    """Return whether a file is a pyramid as Lectern makes them: its levels halve down to one tile, in tiles of JPEG.

    Only the directories are looked at. One with a colour profile or to be turned is none. Raises OSError.
    """
    with path.open("rb") as file:
        try:
            images = list(directories(_whole(file), _OF_LEVELS))
        except TornTiff:
            return False
    if not images or not all(map(_is_level, images)) or not _is_pyramid(images):
        return False
    largest, smallest = images[0], images[-1]
    return max(_number(smallest, _WIDTH), _number(smallest, _LENGTH)) <= _number(largest, _TILE_WIDTH) and _alike(
        images
    )


def _is_level(image: Fields) -> bool:
    side = _number(image, _TILE_WIDTH)
    return (
        _number(image, _COMPRESSION) == _JPEG
        and (_number(image, _PHOTOMETRIC), _number(image, _SAMPLES)) in _COLOURS
        and side == _number(image, _TILE_LENGTH)
        and side in _TILES
        and _number(image, _ORIENTATION) <= 1
        and _number(image, _PLANES) <= 1
        and not image.get(_EXTRA)
        and not image.get(_PROFILE)
    )


def _alike(images: list[Fields]) -> bool:
    return all(
        _number(image, tag) == _number(images[0], tag) for image in images for tag in (_TILE_WIDTH, _PHOTOMETRIC)
    )


def _whole(file: BinaryIO) -> OpenFile:
    return OpenFile(file.fileno(), os.fstat(file.fileno()).st_size)


def directories(file: OpenFile, wanted: Set[int]) -> Iterator[Fields]:
    """Yield of every image in the chain the wanted fields, by tag, that are whole numbers or bytes.

    At most MAX_IMAGES. Raises TornTiff and OSError.
    """
    form, at = _head(file)
    seen: set[int] = set()
    while at and len(seen) < MAX_IMAGES:
        if at in seen:
            raise TornTiff("a chain that bites its tail")
        seen.add(at)
        fields, at = _directory(file, form, at, wanted)
        yield fields


def _head(file: OpenFile) -> tuple[_Form, int]:
    """Return how the file writes numbers, and where its first directory lies."""
    head = file.read(0, 8)
    order = {b"II": "<", b"MM": ">"}.get(head[:2])
    version = struct.unpack_from(f"{order}H", head, 2)[0] if order else 0
    if order and version == 42:
        return _Form(order, "H", "HHI", "I", 4), struct.unpack_from(f"{order}I", head, 4)[0]
    if order and version == 43:
        return _Form(order, "Q", "HHQ", "Q", 8), struct.unpack(f"{order}Q", file.read(8, 8))[0]
    raise TornTiff("no TIFF")


def _directory(file: OpenFile, form: _Form, at: int, wanted: Set[int]) -> tuple[Fields, int]:
    """Return the wanted fields of one image, and where the next directory lies."""
    head, tail = (struct.Struct(form.order + part) for part in (form.count, form.offset))
    field = struct.Struct(form.order + form.field)
    count = head.unpack(file.read(at, head.size))[0]
    if not 0 < count <= _MAX_FIELDS:
        raise TornTiff("no directory")
    step = field.size + form.inline
    data = file.read(at + head.size, count * step + tail.size)
    found: Fields = {}
    for place in range(0, count * step, step):
        tag, kind, values = field.unpack_from(data, place)
        if tag in wanted and kind in _NUMBERS:
            inline = data[place + field.size : place + step]
            found[tag] = _values(file, form, (kind, values), inline)
    return found, tail.unpack_from(data, count * step)[0]


def _values(file: OpenFile, form: _Form, shape: tuple[int, int], inline: bytes) -> tuple[int, ...]:
    """Return the numbers of a field, which stand in it when there is room and elsewhere in the file otherwise."""
    kind, count = shape
    length = count * struct.calcsize("=" + _NUMBERS[kind])
    if length > _MAX_VALUE:
        raise TornTiff("a field without end")
    if length > form.inline:
        inline = file.read(struct.unpack(form.order + form.offset, inline)[0], length)
    return struct.unpack_from(f"{form.order}{count}{_NUMBERS[kind]}", inline)


def _number(fields: Fields, tag: int) -> int:
    return (fields.get(tag) or (0,))[0]


def _is_pyramid(images: list[Fields]) -> bool:
    """Return whether every image is half as wide and high as the one before, to the pixel."""
    return all(
        abs(_number(after, side) * 2 - _number(before, side)) <= 2 and _number(before, side) > 0
        for before, after in pairwise(images)
        for side in (_WIDTH, _LENGTH)
    )
