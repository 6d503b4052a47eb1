"""The directories of a TIFF file, classic and big, and which of its images are pages; nothing is decoded.

A TIFF holds a chain of images. They may be the pages of a book, or one picture in smaller and smaller sizes (a
pyramid), or a page with a thumbnail or a mask beside it.
"""

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO, NamedTuple

MAX_IMAGES = 5_000
MAX_FIELDS = 1 << 19  # in all directories: a hundred for each of 5,000 images
_MAX_FIELDS = 0xFFFF  # in one
_MAX_NUMBERS = 1 << 22  # in one field: the places of four million tiles
_USUAL = 300  # bytes that hold most directories, to read one at once
_CLASSIC, _BIG = 42, 43
WIDTH, LENGTH, COMPRESSION, PHOTOMETRIC, SAMPLES, PLANES = 256, 257, 259, 262, 277, 284  # tags
TILE_WIDTH, TILE_LENGTH = 322, 323
_SUBFILE, _ORIENTATION, _EXTRA, _PROFILE = 254, 274, 338, 34675
_REDUCED_OR_MASK = 0b101  # bits of NewSubfileType
_SIDEWAYS = 5  # orientations from here on turn the picture by a quarter
JPEG = 7  # of Compression
_COLOURS = frozenset({(1, 1), (6, 3), (2, 3)})  # PhotometricInterpretation and samples: grey, YCbCr, RGB
_NUMBERS = {1: "B", 3: "H", 4: "I", 7: "B", 16: "Q"}  # field types of whole numbers, and of bytes


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
    """How one file writes numbers: byte order, the forms of count and offset, and a field with a value's `room`."""

    order: str
    count: struct.Struct
    offset: struct.Struct
    field: struct.Struct
    room: int


def _form(order: str, count: str, offset: str, field: str) -> _Form:
    counted, offsets, fields = (struct.Struct(order + form) for form in (count, offset, field))
    return _Form(order, counted, offsets, fields, offsets.size)


_FORMS = {
    (version, order): _form(order, *forms)
    for version, forms in ((_CLASSIC, ("H", "I", "HHI4s")), (_BIG, ("Q", "Q", "HHQ8s")))
    for order in "<>"
}


class _Image(NamedTuple):
    """What tells a page from the other images of a file: its kind (NewSubfileType), and its size in pixels."""

    kind: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Directory:
    """The fields of one image by tag. Values that do not stand in the directory are read when they are asked for."""

    _file: OpenFile
    _form: _Form
    _fields: dict[int, tuple[int, int, bytes]]  # type, count, and the value or its place

    def has(self, tag: int) -> bool:
        """Return whether there is such a field."""
        return tag in self._fields

    def numbers(self, tag: int) -> tuple[int, ...]:
        """Return the whole numbers or bytes of a field, none for one that is not there; raises TornTiff, OSError."""
        kind, count, _ = self._fields.get(tag, (0, 0, b""))
        if kind in _NUMBERS and count > _MAX_NUMBERS:
            raise TornTiff("a field without end")
        return self._first(tag, count)

    def number(self, tag: int, otherwise: int = 0) -> int:
        """Return the first number of a field, and read no other; raises TornTiff and OSError."""
        return (self._first(tag, 1) or (otherwise,))[0]

    def _first(self, tag: int, most: int) -> tuple[int, ...]:
        kind, count, value = self._fields.get(tag, (0, 0, b""))
        if kind not in _NUMBERS:
            return ()
        width = struct.calcsize(f"={_NUMBERS[kind]}")
        form = struct.Struct(f"{self._form.order}{min(count, most)}{_NUMBERS[kind]}")
        if count * width > self._form.room:
            value = self._file.read(self._form.offset.unpack(value)[0], form.size)
        return form.unpack_from(value)


def pages_of(path: Path) -> tuple[int, ...]:
    """Return the numbers (from 0) of the images that are pages; (0,) for a file that is no TIFF or has a torn chain.

    Reduced copies and masks are left out, whether they are marked as such or only halve the one before, and whatever
    follows the first 5,000 images. Raises OSError.
    """
    images: list[_Image] = []
    with path.open("rb") as file:
        try:
            for each in directories(_whole(file)):
                images.append(_image(each))
        except TornTiff:  # the file ends here: what came before is there
            pass
    if len(images) < 2 or _is_pyramid(images):
        return (0,)
    return tuple(n for n, image in enumerate(images) if not image.kind & _REDUCED_OR_MASK) or (0,)


def first_directory(path: Path) -> int:
    """Return where the first directory of a TIFF lies, in bytes from its beginning; 0 for a file that is none."""
    with path.open("rb") as file:
        try:
            return _head(_whole(file))[1]
        except TornTiff:
            return 0


def first_size(path: Path) -> tuple[int, int] | None:
    """Return width and height in pixels of the first image of a TIFF as it is looked at, told by its directory alone.

    None for what has none, or is torn there.
    """
    with path.open("rb") as file:
        try:
            image = next(directories(_whole(file)), None)
            size = (image.number(WIDTH), image.number(LENGTH)) if image else (0, 0)
            sideways = image is not None and image.number(_ORIENTATION) >= _SIDEWAYS
        except TornTiff:
            return None
    if not all(size):
        return None
    return size[::-1] if sideways else size


def halves(side: int, before: int) -> bool:
    """Return whether a side is half of another, rounded up or down: the next level of a pyramid."""
    return side in {before // 2, -(-before // 2)}


def pyramid_size(path: Path) -> tuple[int, int, int] | None:
    """Return width, height and side of the tiles of a file that is a pyramid as Lectern makes them, in pixels.

    That is: its levels halve down to one tile, in square tiles of JPEG. Only the directories are looked at. None for
    any other, also one with a colour profile or to be turned. Raises OSError.
    """
    with path.open("rb") as file:
        try:
            levels: list[Directory] = []
            images: list[_Image] = []
            for level in directories(_whole(file)):
                levels.append(level)
                images.append(_image(level))
                if not (_is_level(level) and _follows(images) and _alike(levels)):
                    return None
            side = levels[0].number(TILE_WIDTH) if levels else 0
            if not images or max(images[-1].width, images[-1].height) > side:
                return None
            return images[0].width, images[0].height, side
        except TornTiff:
            return None


def _follows(levels: list[_Image]) -> bool:
    """Return whether the last of some levels has pixels, and half those a side of the one before."""
    now, before = levels[-1], levels[-2] if len(levels) > 1 else None
    return min(now.width, now.height) > 0 and (
        before is None or (halves(now.width, before.width) and halves(now.height, before.height))
    )


def _is_level(level: Directory) -> bool:
    side = level.number(TILE_WIDTH)
    return (
        level.number(COMPRESSION) == JPEG
        and (level.number(PHOTOMETRIC), level.number(SAMPLES)) in _COLOURS
        and side == level.number(TILE_LENGTH)
        and side > 0
        and level.number(_ORIENTATION) <= 1
        and level.number(PLANES) <= 1
        and not level.has(_EXTRA)
        and not level.has(_PROFILE)
    )


def _alike(levels: list[Directory]) -> bool:
    return all(level.number(tag) == levels[0].number(tag) for level in levels for tag in (TILE_WIDTH, PHOTOMETRIC))


def _whole(file: BinaryIO) -> OpenFile:
    return OpenFile(file.fileno(), os.fstat(file.fileno()).st_size)


def _image(directory: Directory) -> _Image:
    return _Image(directory.number(_SUBFILE), directory.number(WIDTH), directory.number(LENGTH))


def directories(file: OpenFile) -> Iterator[Directory]:
    """Yield the directory of every image in the chain, MAX_IMAGES at most; raises TornTiff and OSError.

    What all of them together may have is bounded too: a small file can have thousands of large ones.
    """
    form, at = _head(file)
    seen: set[int] = set()
    read = 0
    while at and len(seen) < MAX_IMAGES:
        if at in seen:
            raise TornTiff("a chain that bites its tail")
        if read > MAX_FIELDS:
            raise TornTiff("directories without end")
        seen.add(at)
        fields, count, at = _fields(file, form, at)
        read += count
        yield Directory(file, form, fields)


def _head(file: OpenFile) -> tuple[_Form, int]:
    """Return how the file writes numbers, and where its first directory lies."""
    head = file.read(0, 8)
    order = {b"II": "<", b"MM": ">"}.get(head[:2])
    version = struct.unpack_from(f"{order}H", head, 2)[0] if order else 0
    if order and version in {_CLASSIC, _BIG}:
        form = _FORMS[version, order]
        return form, form.offset.unpack(head[4:] if version == _CLASSIC else file.read(8, 8))[0]
    raise TornTiff("no TIFF")


def _fields(file: OpenFile, form: _Form, at: int) -> tuple[dict[int, tuple[int, int, bytes]], int, int]:
    """Return the fields of one image by tag, how many it has, and where the next directory lies."""
    data = file.read(at, min(_USUAL, max(file.size - at, form.count.size)))
    count = form.count.unpack_from(data)[0]
    if not 0 < count <= _MAX_FIELDS:
        raise TornTiff("no directory")
    end = form.count.size + count * form.field.size
    if end + form.offset.size > len(data):
        data = file.read(at, end + form.offset.size)
    found = form.field.iter_unpack(data[form.count.size : end])
    fields = {tag: (kind, values, value) for tag, kind, values, value in found}
    return fields, count, form.offset.unpack_from(data, end)[0]


def _is_pyramid(images: list[_Image]) -> bool:
    """Return whether every image is half as wide and high as the one before, give or take a pixel or two."""
    return all(
        abs(now * 2 - before) <= 2 and before > 0
        for larger, smaller in pairwise(images)
        for before, now in ((larger.width, smaller.width), (larger.height, smaller.height))
    )
