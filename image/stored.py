"""The tiles of a pyramid as they lie in its file: JPEGs that can be handed over without decoding anything.

A file's directories are read once. Files stay open, the most lately asked for, and are known by what `stat` says:
one that was put in another's place is another file.
"""

import os
import struct
import time
import weakref
from array import array
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import NamedTuple

from image.request import ImageRequest
from image.tiff import (
    COMPRESSION,
    JPEG,
    LENGTH,
    PHOTOMETRIC,
    PLANES,
    SAMPLES,
    TILE_LENGTH,
    TILE_WIDTH,
    WIDTH,
    Directory,
    OpenFile,
    TornTiff,
    directories,
    halves,
)
from lectern.errors import StoreUnavailable

MAX_OPEN = 512  # files kept open by a process; each takes one descriptor and some 10 kB
_SWEPT_EVERY = 60  # seconds between two looks for files that are held open and were removed
_MAX_SIDE = 4096  # of a tile that is decoded at once, in pixels
_TILE_STEP = 16  # pixels, of which every tile's side is a multiple

_BITS, _OFFSETS, _COUNTS, _TABLES = 258, 324, 325, 347  # tags
_CHUNKY = 1
_GREY, _RGB, _YCBCR = 1, 2, 6  # photometric interpretations

_START, _END = b"\xff\xd8", b"\xff\xd9"
_PROGRESSIVE, _SCAN = 0xC2, 0xDA  # markers
_FRAMES = (0xC0, 0xC1, _PROGRESSIVE)
_SIZE_AT, _SCAN_BANDS_AT = 5, 4  # bytes from a marker to the height in a frame header, the count in a scan header
_CONTEXT = 16  # lines below the last wanted one that have a say in its colours, which have half the resolution
_JFIF = b"\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
_ADOBE_RGB = b"\xff\xee\x00\x0eAdobe\x00\x64\x00\x00\x00\x00\x00"  # transform 0: not YCbCr, as would be guessed


@dataclass(frozen=True, slots=True)
class Tiles:
    """The tiles of one level of a pyramid, and where they lie in the file.

    `opening` is what each of its tiles begins with as a JPEG of its own, None when the tiles are none that a viewer
    could be handed: not square, no JPEG, or of colours that JPEG does not know. `bands` is 1 or 3.
    """

    bands: int
    opening: bytes | None
    offsets: "array[int]"
    counts: "array[int]"


class _Frame(NamedTuple):
    """What a JPEG says of its pixels, where it does so, and whether they come line by line, all bands at once."""

    at: int
    width: int
    height: int
    bands: int
    in_one_scan: bool


class Pyramid:
    """A pyramid's file, held open: size in pixels, side of its tiles, and its levels from the largest.

    Level n + 1 has half the pixels a side of level n. Safe for any number of threads.
    """

    def __init__(self, path: Path) -> None:
        """Read the directories; raises TornTiff and OSError."""
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)  # a pipe in its place: no waiting
        # Closed with the last user and not when the file is put aside: another thread may be reading.
        weakref.finalize(self, os.close, descriptor)
        self.path, self.name = path, path.name
        self.seen = os.fstat(descriptor)
        self._file = OpenFile(descriptor, self.seen.st_size)
        self.tile, self._directories, self.sizes = _levels(self._file)
        self.width, self.height = self.sizes[0]
        self._tiles: dict[int, Tiles] = {}

    def tiles(self, level: int) -> Tiles:
        """Return the tiles of a level, looked up once; raises StoreUnavailable for a damaged file."""
        found = self._tiles.get(level)
        if found is None:
            try:
                found = _tiles(self._directories[level], self.sizes[level], self.tile)
            except (TornTiff, OSError) as error:
                raise unreadable(self.name) from error
            self._tiles[level] = found
        return found

    def jpeg(self, level: int, column: int, row: int, lines: int | None = None) -> tuple[bytes, int]:
        """Return a stored tile as a JPEG of its own, and its height; raises StoreUnavailable for a damaged file.

        Of at least its first `lines` when no more are wanted: a decoder is done after them. The tiles must have
        an `opening`.
        """
        stored = self.tiles(level)
        place = row * -(-self.sizes[level][0] // self.tile) + column
        try:
            data = self._file.read(stored.offsets[place], stored.counts[place])
        except (TornTiff, OSError) as error:
            raise unreadable(self.name) from error
        opening = stored.opening or b""
        if not (data.startswith(_START) and data.endswith(_END)):
            raise unreadable(self.name)
        whole = opening + data[len(_START) :]
        frame = _frame(whole, len(opening))
        if frame is None or (frame.width, frame.height, frame.bands) != (self.tile, self.tile, stored.bands):
            raise unreadable(self.name)
        if lines is None or lines + _CONTEXT >= self.tile or not frame.in_one_scan:
            return whole, self.tile
        lines += _CONTEXT
        return whole[: frame.at] + lines.to_bytes(2) + whole[frame.at + 2 :], lines

    def require_whole(self) -> None:
        """Return if every tile of every level lies in the file and begins and ends as a JPEG does.

        Raises StoreUnavailable. A tile's first and last bytes are read, and nothing is decoded.
        """
        try:
            for level in range(len(self.sizes)):
                stored = self.tiles(level)
                for at, count in zip(stored.offsets, stored.counts, strict=True):
                    ends = self._file.read(at, 2) + self._file.read(at + count - 2, 2)
                    if stored.opening is not None and ends != _START + _END:
                        raise unreadable(self.name)
        except (TornTiff, OSError, ValueError) as error:
            raise unreadable(self.name) from error


class _OpenPyramids:
    """The files that are held open, by path; the one that was not asked for the longest goes first."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = Lock()
        self._kept: OrderedDict[str, Pyramid] = OrderedDict()
        self._swept = time.monotonic()

    def get(self, path: Path) -> Pyramid:
        """Return the file that lies there now; raises TornTiff and OSError."""
        name = str(path)
        now = path.stat()
        with self._lock:
            kept = self._kept.get(name)
            if kept is not None and _same(kept.seen, now):
                self._kept.move_to_end(name)
                return kept
        opened = Pyramid(path)
        with self._lock:
            self._kept[name] = opened
            self._kept.move_to_end(name)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
            self._sweep()
        return opened

    def _sweep(self) -> None:
        """Let go of files that were removed, now and then: their room on the disk is not given back before."""
        if time.monotonic() - self._swept < _SWEPT_EVERY:
            return
        self._swept = time.monotonic()
        for name in [name for name in self._kept if not Path(name).exists()]:
            del self._kept[name]

    def forget(self, path: Path) -> None:
        """Let go of a file that is not there any more."""
        with self._lock:
            self._kept.pop(str(path), None)

    def __len__(self) -> int:
        return len(self._kept)


_OPEN = _OpenPyramids(MAX_OPEN)


def open_pyramid(path: Path) -> Pyramid:
    """Return what lies at `path` now, after one `stat` when it is open already; raises StoreUnavailable."""
    try:
        return _OPEN.get(path)
    except (TornTiff, OSError) as error:
        _OPEN.forget(path)
        raise unreadable(path.name) from error


def unreadable(name: str) -> StoreUnavailable:
    """Return the error of a pyramid that is lost or torn."""
    return StoreUnavailable(f"The picture {name} cannot be read.", "Ingest the object again to make it anew.")


def stored_tile(pyramid: Pyramid, request: ImageRequest) -> bytes | None:
    """Return the answer to a request that asks for one whole stored tile as it is; None for any other.

    The raster may be smaller than the picture announced (a degraded tier): a tile of it is handed over where the
    region is its very pixels (TH-62). Raises StoreUnavailable.
    """
    side = pyramid.tile
    if request.size != (side, side) or request.format != "jpg" or request.mirrored or request.rotation:
        return None
    found = _place(request, pyramid)
    if found is None:
        return None
    level, column, row = found
    stored, (width, height) = pyramid.tiles(level), pyramid.sizes[level]
    as_kept = request.quality in {"default", "color"} or (request.quality == "gray" and stored.bands == 1)
    whole = (column + 1) * side <= width and (row + 1) * side <= height
    if stored.opening is None or not as_kept or not whole:
        return None
    return pyramid.jpeg(level, column, row)[0]


def _place(request: ImageRequest, pyramid: Pyramid) -> tuple[int, int, int] | None:
    """Return level, column and row of the tile that a region is, to the pixel; None if it is none."""
    (wide, high), region, side = request.full, request.region, pyramid.tile
    factor, rest = divmod(region.w * pyramid.width, side * wide)
    level = factor.bit_length() - 1
    if rest or factor != 1 << max(level, 0) or level >= len(pyramid.sizes):
        return None
    if region.h * pyramid.height != side * high * factor:
        return None
    column, beside = divmod(region.x * pyramid.width, side * wide * factor)
    row, below = divmod(region.y * pyramid.height, side * high * factor)
    return None if beside or below else (level, column, row)


def _same(kept: os.stat_result, now: os.stat_result) -> bool:
    return (kept.st_ino, kept.st_dev, kept.st_mtime_ns, kept.st_size) == (
        now.st_ino,
        now.st_dev,
        now.st_mtime_ns,
        now.st_size,
    )


def _levels(file: OpenFile) -> tuple[int, list[Directory], list[tuple[int, int]]]:
    """Return the side of the tiles, and directory and size of the levels as far as each halves the one before.

    Raises TornTiff and OSError.
    """
    side = 0
    found: list[Directory] = []
    sizes: list[tuple[int, int]] = []
    for directory in directories(file):
        width, height = directory.number(WIDTH), directory.number(LENGTH)
        if width < 1 or height < 1:
            raise TornTiff("a picture without pixels")
        if not sizes:
            side = directory.number(TILE_WIDTH)
            if side % _TILE_STEP:
                raise TornTiff("tiles that TIFF does not have")
            side = side or width
        elif not (halves(width, sizes[-1][0]) and halves(height, sizes[-1][1])):
            break
        found.append(directory)
        sizes.append((width, height))
    if not sizes:
        raise TornTiff("no picture in it")
    return side, found, sizes


def _tiles(directory: Directory, size: tuple[int, int], side: int) -> Tiles:
    opening = _opening(directory, side)
    offsets, counts = (array("Q", directory.numbers(tag)) for tag in (_OFFSETS, _COUNTS))
    if opening is not None and not len(offsets) == len(counts) == -(-size[0] // side) * -(-size[1] // side):
        raise TornTiff("more or fewer tiles than the picture has")
    return Tiles(directory.number(SAMPLES, 1), opening, offsets, counts)


def _opening(directory: Directory, side: int) -> bytes | None:
    """Return the beginning of a tile's JPEG: its colours, and the tables that the tiles share."""
    tiled = (directory.number(TILE_WIDTH), directory.number(TILE_LENGTH)) == (side, side) and 0 < side <= _MAX_SIDE
    eight_bit = set(directory.numbers(_BITS)) == {8} and directory.number(PLANES, _CHUNKY) == _CHUNKY
    colours = directory.number(PHOTOMETRIC, -1), directory.number(SAMPLES, 1)
    if not (tiled and eight_bit and directory.number(COMPRESSION) == JPEG):
        return None
    if colours not in {(_GREY, 1), (_RGB, 3), (_YCBCR, 3)}:
        return None
    tables = bytes(directory.numbers(_TABLES)) or _START + _END
    if not (tables.startswith(_START) and tables.endswith(_END)):
        raise TornTiff("torn tables")
    return _START + (_ADOBE_RGB if colours[0] == _RGB else _JFIF) + tables[len(_START) : -len(_END)]


def _frame(jpeg: bytes, at: int) -> _Frame | None:
    """Return what a JPEG's headers say from `at` on; None if they break off."""
    frame = None
    while at + 10 <= len(jpeg) and jpeg[at] == 0xFF:
        marker, length = struct.unpack_from(">xBH", jpeg, at)
        if marker == _SCAN and frame is not None:
            at_once = frame.in_one_scan and jpeg[at + _SCAN_BANDS_AT] == frame.bands
            return frame._replace(in_one_scan=at_once)
        if marker in _FRAMES:
            height, width, bands = struct.unpack_from(">HHB", jpeg, at + _SIZE_AT)
            frame = _Frame(at + _SIZE_AT, width, height, bands, marker != _PROGRESSIVE)
        at += 2 + length
    return None
