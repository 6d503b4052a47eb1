"""One tiled pyramidal file on disk, and cutting any region of it to any size.

Level 0 is the whole raster; each level after it holds half as many pixels a side, from the same top left
corner. A raster may be smaller than the picture it stands for (the degraded tier): regions are given in the
picture's announced pixels and mapped here, so whoever holds only a reduced raster can show no more than it has.
"""

from dataclasses import dataclass
from math import ceil, floor
from pathlib import Path
from typing import Any

from image.engine import vips
from image.request import Region
from lectern.errors import StoreUnavailable

_MARGIN = 4  # pixels that the bicubic kernel may reach for outside the region


@dataclass(frozen=True, slots=True)
class Raster:
    """What a pyramid file says of itself: size in pixels, side of its square tiles, number of levels."""

    path: Path
    width: int
    height: int
    tile: int
    levels: int


@dataclass(frozen=True, slots=True)
class _Span:
    """A stretch along one axis of a level; its ends may fall between pixels."""

    start: float
    length: float

    def halved(self, times: int) -> "_Span":
        """Return the same stretch that many levels up."""
        return _Span(self.start / 2**times, self.length / 2**times)


@dataclass(frozen=True, slots=True)
class _Axis:
    """How one axis of a level, `limit` pixels long, becomes `wanted` pixels.

    An axis that shrinks is cut at whole pixels (neighbouring tiles cut at the same one) and then scaled; one
    that grows keeps its fractions and a margin for the kernel.
    """

    span: _Span
    wanted: int
    limit: int

    @property
    def grows(self) -> bool:
        """Return whether the level has fewer pixels than are wanted."""
        return self.span.length < self.wanted

    @property
    def first(self) -> int:
        """Return the first pixel to read."""
        start = floor(self.span.start) - _MARGIN if self.grows else round(self.span.start)
        return min(max(start, 0), self.limit - 1)

    @property
    def count(self) -> int:
        """Return how many pixels to read, at least one."""
        end = self.span.start + self.span.length
        last = ceil(end) + _MARGIN if self.grows else round(end)
        return max(1, min(last, self.limit) - self.first)

    @property
    def shrinks(self) -> bool:
        """Return whether the pixels read are more than are wanted."""
        return not self.grows and self.count != self.wanted

    @property
    def shrink(self) -> float:
        """Return the factor for the pixels read, 1 for an axis that grows."""
        return 1.0 if self.grows else self.wanted / self.count

    @property
    def growth(self) -> float:
        """Return the factor after that, 1 for an axis that does not grow."""
        return self.wanted / self.span.length if self.grows else 1.0

    @property
    def offset(self) -> float:
        """Return where the stretch starts in the pixels read."""
        return self.span.start - self.first if self.grows else 0.0


def open_raster(path: Path) -> Raster:
    """Return what the file's header says, in about 0.4 ms; raises StoreUnavailable when it cannot be read."""
    header = _load(path, 0)
    tile = header.get("tile-width") if header.get_typeof("tile-width") else header.width
    return Raster(path, header.width, header.height, tile, header.get("n-pages"))


def _load(path: Path, level: int) -> Any:
    """Return one level, not yet decoded."""
    try:
        return vips().Image.tiffload(str(path), page=level, access="random", fail_on="error")
    except vips().Error as error:
        raise StoreUnavailable(
            f"The picture {path.name} cannot be read.", "Ingest the object again to make it anew."
        ) from error


def cut(raster: Raster, full: tuple[int, int], region: Region, size: tuple[int, int]) -> Any:
    """Return a lazy libvips image of exactly `size`: `region`, in pixels of a picture announced as `full`.

    Taken from the smallest level that has the detail wanted. Where the raster has less, it is enlarged
    smoothly and to the fraction of a pixel, so that neighbouring tiles join (TH-62).
    """
    across, down = raster.width / full[0], raster.height / full[1]
    x, y = _Span(region.x * across, region.w * across), _Span(region.y * down, region.h * down)
    level = _level_for(raster, x, y, size)
    image = _load(raster.path, level)
    columns = _Axis(x.halved(level), size[0], image.width)
    rows = _Axis(y.halved(level), size[1], image.height)
    image = image.crop(columns.first, rows.first, columns.count, rows.count)
    if columns.shrinks or rows.shrinks:
        image = image.resize(columns.shrink, vscale=rows.shrink)
    if columns.grows or rows.grows:
        image = _enlarged(image, columns, rows)
    return image


def _level_for(raster: Raster, x: _Span, y: _Span, size: tuple[int, int]) -> int:
    """Return the smallest level in which the region still has as many pixels as are wanted."""
    level = 0
    while level + 1 < raster.levels and x.halved(level + 1).length >= size[0] and y.halved(level + 1).length >= size[1]:
        level += 1
    return level


def _enlarged(image: Any, columns: _Axis, rows: _Axis) -> Any:
    """Return the exact size, sampled at pixel centres; beyond the raster's edge its last pixels go on."""
    return image.affine(
        [columns.growth, 0, 0, rows.growth],
        oarea=[0, 0, columns.wanted, rows.wanted],
        idx=0.5 - columns.offset,
        idy=0.5 - rows.offset,
        odx=-0.5,
        ody=-0.5,
        interpolate=vips().Interpolate.new("bicubic"),
        extend="copy",
    )
