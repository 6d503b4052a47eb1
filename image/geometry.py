"""How a region of a picture and a size wanted come to pixels of one level of a pyramid: arithmetic only.

Level 0 is the whole raster; each level after it holds half as many pixels a side, from the same top left
corner. A raster may be smaller than the picture it stands for (the degraded tier): regions are given in the
picture's announced pixels and mapped here, so whoever holds only a reduced raster can show no more than it has.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor

from image.request import Region

_MARGIN = 4  # pixels that the bicubic kernel may reach for outside the region

Size = tuple[int, int]


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


@dataclass(frozen=True, slots=True)
class Cut:
    """What a region and a size come to in a file: which level to read, which pixels of it, and how to scale them."""

    level: int
    columns: _Axis
    rows: _Axis

    @property
    def box(self) -> Region:
        """Return the pixels of the level to read."""
        return Region(self.columns.first, self.rows.first, self.columns.count, self.rows.count)

    @property
    def size(self) -> tuple[int, int]:
        """Return what they are to become."""
        return self.columns.wanted, self.rows.wanted

    @property
    def grows(self) -> bool:
        """Return whether the level has fewer pixels than are wanted, along any axis."""
        return self.columns.grows or self.rows.grows

    @property
    def shrinks(self) -> bool:
        """Return whether the level has more pixels than are wanted, along any axis."""
        return self.columns.shrinks or self.rows.shrinks


def scale_factors(full: Size, tile: int) -> list[int]:
    """Return 1, 2, 4 … up to the first at which the whole picture is one tile."""
    factors = [1]
    while factors[-1] * tile < max(full):
        factors.append(factors[-1] * 2)
    return factors


def inside(box: Size, full: Size) -> Size:
    """Return the size of a picture shrunk into a box in pixels; it is never enlarged."""
    share = min(1.0, box[0] / full[0], box[1] / full[1])
    return max(1, round(full[0] * share)), max(1, round(full[1] * share))


def plan(levels: Sequence[Size], full: Size, region: Region, size: Size) -> Cut:
    """Return how `region`, in pixels of a picture announced as `full`, becomes exactly `size`.

    `levels` are their sizes from the largest. Taken from the smallest that has the detail wanted. Where the raster
    has less, it is enlarged smoothly and to the fraction of a pixel, so that neighbouring tiles join (TH-62).
    """
    across, down = levels[0][0] / full[0], levels[0][1] / full[1]
    x, y = _Span(region.x * across, region.w * across), _Span(region.y * down, region.h * down)
    level = 0
    while level + 1 < len(levels) and _has(x.halved(level + 1), size[0]) and _has(y.halved(level + 1), size[1]):
        level += 1
    width, height = levels[level]
    return Cut(level, _Axis(x.halved(level), size[0], width), _Axis(y.halved(level), size[1], height))


def _has(span: _Span, wanted: int) -> bool:
    """Return whether a stretch still has as many pixels as are wanted."""
    return span.length >= wanted
