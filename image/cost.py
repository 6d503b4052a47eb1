"""What an answer costs, worked out before any file is opened: processor time and bytes held at once (TH-71).

The figures were measured (November 2026, libvips 8.18, one core, a page of 20 megapixels) and hold within a factor of
two. Nothing needs them to be exact: they tell a tile (3 ms) from a full size (120 ms as JPEG, 600 as PNG), and what is
quicker made anew than kept from what is not.
"""

from dataclasses import dataclass
from math import ceil, floor

from image.request import ImageRequest, turned

# Nanoseconds a pixel
_DECODED = 2.5
_SHRUNK = 6.0
_ENLARGED = 18.0
_TURNED = 14.0  # by an odd angle
_GREYED = 3.5
_ENCODED = {"jpg": 3.5, "png": 27.0, "webp": 31.0}
_ENCODED_BITONAL = 6.0  # as PNG
_SET_UP = 1_300_000  # nanoseconds until libvips has begun to scale or to turn

# Bytes a pixel
_BANDS = 3
_HELD = {"jpg": 2, "png": 7, "webp": 8}  # by the encoder, and by the answer while it grows
_COPIED = 4  # of a picture that is turned by an odd angle
_BASE = 4 << 20  # of any answer

_LARGE = 40_000_000  # nanoseconds: about 1.5 megapixels scaled down to one, or a thousand pixels as PNG
_WORTH_KEEPING = 1_700_000  # nanoseconds: writing an answer and reading it again takes 0.4 ms
_TILE = 512


@dataclass(frozen=True, slots=True)
class Cost:
    """What making an answer takes: pixels decoded from the file, nanoseconds of processor time, bytes held at once."""

    pixels: int
    nanoseconds: int
    memory: int

    @property
    def large(self) -> bool:
        """Return whether others are to be spared this: tiles, thumbnails and what is up to a screen wide are small."""
        return self.nanoseconds > _LARGE

    @property
    def worth_keeping(self) -> bool:
        """Return whether the answer takes longer to make than to keep and find again.

        Parts of one stored tile (those at a page's edges) do not; thumbnails, what is put together from several tiles,
        other formats than the file's, and everything large do.
        """
        return self.nanoseconds >= _WORTH_KEEPING


def cost_of(request: ImageRequest, raster: tuple[int, int]) -> Cost:
    """Return what an answer costs that is made from a raster of so many pixels (for a tier, its reduced one)."""
    level, pixels, width = _read(request, raster)
    w, h = request.size
    made = w * h
    across, down = turned(request.size, request.rotation)
    whole = across * down
    odd = request.rotation % 90 != 0
    nanoseconds = pixels * _DECODED + whole * _encoding(request)
    grows, shrinks = _scaled(request, raster, level)
    if grows or shrinks or odd:
        nanoseconds += _SET_UP
    if grows:
        nanoseconds += made * _ENLARGED
    elif shrinks:
        nanoseconds += made * _SHRUNK
    if odd:
        nanoseconds += whole * _TURNED
    strip = min(pixels, width * 2 * _TILE) * _BANDS
    memory = _BASE + strip + whole * _HELD[request.format] + (made * _COPIED if odd else 0)
    return Cost(pixels, int(nanoseconds), memory)


def _encoding(request: ImageRequest) -> float:
    """Return the nanoseconds a pixel of the answer takes to be toned and encoded."""
    grey = 0.0 if request.quality in ("default", "color") else _GREYED
    if request.quality == "bitonal" and request.format == "png":
        return grey + _ENCODED_BITONAL
    return grey + _ENCODED[request.format]


def _stretches(request: ImageRequest, raster: tuple[int, int]) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return where the region begins and how long it is along both axes, in pixels of the raster."""
    across, down = raster[0] / request.full[0], raster[1] / request.full[1]
    region = request.region
    return (region.x * across, region.w * across), (region.y * down, region.h * down)


def _read(request: ImageRequest, raster: tuple[int, int]) -> tuple[int, int, int]:
    """Return the level that is read, how many pixels of its tiles are decoded, and over how wide a stretch."""
    columns, rows = _stretches(request, raster)
    level = 0
    while (
        max(raster) > _TILE << level
        and columns[1] / 2 ** (level + 1) >= request.size[0]
        and rows[1] / 2 ** (level + 1) >= request.size[1]
    ):
        level += 1
    width, height = (_tiled(*axis, side, level) for axis, side in zip((columns, rows), raster, strict=True))
    return level, width * height, width


def _tiled(start: float, length: float, side: int, level: int) -> int:
    """Return how many pixels along an axis the tiles have that a stretch touches on a level."""
    scale = 1 << level
    first = floor(start / scale / _TILE) * _TILE
    last = min(ceil((start + length) / scale / _TILE) * _TILE, ceil(side / scale))
    return max(1, last - first)


def _scaled(request: ImageRequest, raster: tuple[int, int], level: int) -> tuple[bool, bool]:
    """Return whether the pixels read are enlarged along an axis, and whether they are scaled down."""
    lengths = [ceil(length / 2**level) for _, length in _stretches(request, raster)]
    axes = list(zip(lengths, request.size, strict=True))
    return any(there < wanted for there, wanted in axes), any(there > wanted for there, wanted in axes)
