"""Cutting any region of a pyramid to any size."""

from typing import Any

from image.engine import vips
from image.geometry import Cut
from image.mosaic import can_piece, piece
from image.stored import Pyramid, unreadable

_HALF = 0.5  # most is shrunk by less, since the next level has half the pixels: there the cheaper kernel is as good


def cut(pyramid: Pyramid, planned: Cut) -> Any:
    """Return a lazy libvips image of exactly the size that was planned; raises StoreUnavailable and pyvips.Error."""
    image = _read(pyramid, planned)
    if planned.shrinks:
        across, down = planned.columns.shrink, planned.rows.shrink
        image = image.resize(across, vscale=down, kernel="cubic" if min(across, down) >= _HALF else "lanczos3")
    return _enlarged(image, planned) if planned.grows else image


def _read(pyramid: Pyramid, planned: Cut) -> Any:
    """Return the pixels of the level, at hand when they are few and still to be decoded when they are many."""
    if can_piece(pyramid, planned.level, planned.box):
        pieced = piece(pyramid, planned.level, planned.box)
        bands = len(pieced.getbands())
        image = vips().Image.new_from_memory(pieced.tobytes(), *pieced.size, bands, "uchar")
        return image.copy(interpretation="srgb" if bands > 1 else "b-w")
    try:
        level = vips().Image.tiffload(str(pyramid.path), page=planned.level, access="random", fail_on="error")
        return level.crop(*planned.box)
    except vips().Error as error:
        raise unreadable(pyramid.name) from error


def _enlarged(image: Any, planned: Cut) -> Any:
    """Return the exact size, sampled at pixel centres; beyond the raster's edge its last pixels go on."""
    columns, rows = planned.columns, planned.rows
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
