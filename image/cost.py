"""What an answer costs, worked out before any file is opened: processor time and bytes held at once (TH-71).

The figures were measured (November 2026, libvips 8.18 and Pillow 13, one core, a page of 20 megapixels) and hold within
a factor of two. Nothing needs them to be exact: they tell a tile (3 ms) from a full size (120 ms as JPEG, 600 as PNG),
and what is worth its place on disk from what is not.
"""

from dataclasses import dataclass
from fractions import Fraction

from image.geometry import Cut, Size, plan
from image.pyramid import TILE
from image.request import ImageRequest, Region, turned

# Nanoseconds a pixel
_DECODED = 2.5
_SHRUNK = 6.0
_ENLARGED = 18.0
_TURNED = 14.0  # by an odd angle
_GREYED = 3.5
_ENCODED = {"jpg": 3.5, "png": 27.0, "tif": 28.0, "webp": 31.0}
_ENCODED_BITONAL = 6.0  # as PNG
_LINE = 700  # nanoseconds for each line of pixels, however short
_USUAL_LINE = 64  # pixels, from where on what a line costs is in the cost of its pixels
_LARGE = 40_000_000  # nanoseconds: about 4.5 megapixels scaled down, or 1.3 as PNG
_WORTH_KEEPING = 2_000_000  # nanoseconds
_WORTH_ITS_BYTES = 8  # nanoseconds a pixel of the answer: more than its own decoding and encoding

# Bytes a pixel
_BANDS = 3
_HELD = {"jpg": 2, "png": 7, "tif": 8, "webp": 8}  # by the encoder, and by the answer while it grows
_COPIED = 4  # of a picture that is turned by an odd angle
_BASE = 14 << 20  # of any answer

_STRIPS = 3  # rows of tiles that are held while a picture is read through
_WHOLE = 4_000_000  # pixels up to which a region may be held in one piece instead


@dataclass(frozen=True, slots=True)
class Cost:
    """What making an answer takes: pixels decoded, nanoseconds of processor time, bytes held; and its own pixels."""

    pixels: int
    nanoseconds: int
    memory: int
    made: int

    @property
    def large(self) -> bool:
        """Return whether others are to be spared this: tiles, thumbnails and what fills a screen are small."""
        return self.nanoseconds > _LARGE

    @property
    def worth_keeping(self) -> bool:
        """Return whether the answer is worth its place on disk.

        Keeping takes 0.1 to 0.2 ms and finding 0.03 ms, so it is the room that counts: a thumbnail is 1 ms for 6 kB,
        what is put together from four tiles 3 ms for 70 kB, a tile as WebP 10 ms for 50 kB; what takes 2 ms or more is
        kept, and so are all full sizes. A part of one stored tile, as at the edges of a page, is 1 ms for 50 kB, and
        made anew.
        """
        return self.nanoseconds >= max(1, min(_WORTH_KEEPING, _WORTH_ITS_BYTES * self.made))


def cost_of(request: ImageRequest, raster: Size) -> Cost:
    """Return what an answer costs that is made from a raster of so many pixels (for a tier, its reduced one)."""
    levels = _levels(raster)
    cut = plan(levels, request.full, request.region, request.size)
    pixels, width = _read(cut, levels[cut.level])
    made = request.size[0] * request.size[1]
    across, down = turned(request.size, request.rotation)
    whole, odd = across * down, request.rotation % 90 != 0
    nanoseconds = pixels * _DECODED + whole * _encoding(request)
    if cut.grows:
        nanoseconds += made * _ENLARGED
    elif cut.shrinks:
        nanoseconds += made * _SHRUNK
    if odd:
        nanoseconds += whole * _TURNED
    nanoseconds += max(0, max(across, down, *request.size) - whole // _USUAL_LINE) * _LINE
    held = pixels if cut.box.w * cut.box.h <= _WHOLE else min(pixels, width * _STRIPS * TILE)
    memory = _BASE + held * _BANDS + whole * _HELD[request.format] + (made * _COPIED if odd else 0)
    return Cost(pixels, int(nanoseconds), memory, whole)


def cost_of_whole(full: Size, size: Size) -> Cost:
    """Return what it costs to reduce a whole picture to a size, as for a tier."""
    whole = ImageRequest(full, Region(0, 0, *full), size, False, Fraction(0), "default", "jpg", "")
    return cost_of(whole, full)


def _encoding(request: ImageRequest) -> float:
    """Return the nanoseconds a pixel of the answer takes to be toned and encoded."""
    grey = 0.0 if request.quality in ("default", "color") else _GREYED
    if request.quality == "bitonal" and request.format == "png":
        return grey + _ENCODED_BITONAL
    return grey + _ENCODED[request.format]


def _levels(raster: Size) -> list[Size]:
    """Return the sizes that a pyramid of a raster has, down to the first that is one tile."""
    levels = [raster]
    while max(levels[-1]) > TILE:
        width, height = levels[-1]
        levels.append((max(1, width // 2), max(1, height // 2)))
    return levels


def _read(cut: Cut, level: Size) -> tuple[int, int]:
    """Return how many pixels the tiles have that are decoded, and how wide a stretch they cover."""
    x, y, w, h = cut.box
    (left, right), (top, bottom) = _tiled(x, w, level[0]), _tiled(y, h, level[1])
    return (right - left) * (bottom - top), right - left


def _tiled(start: int, length: int, side: int) -> tuple[int, int]:
    """Return the first pixel of the first tile that a stretch touches, and the one after its last."""
    return start // TILE * TILE, min(-(-(start + length) // TILE) * TILE, side)
