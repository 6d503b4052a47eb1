"""A region put together from the stored tiles that it touches, and nothing else decoded.

Pillow decodes a tile in half the time that libvips takes to open the file and read it.
"""

from PIL import Image

from image.request import Region
from image.stored import Pyramid, unreadable

MOST_PIECED = 500_000  # pixels, 2 MB of heap (engine.py); beyond, libvips gains ground and holds few of them at a time


def can_piece(pyramid: Pyramid, level: int, box: Region) -> bool:
    """Return whether a region of a level is put together here: its tiles are JPEGs, and it is not too large."""
    return pyramid.tiles(level).opening is not None and box.w * box.h <= MOST_PIECED


def piece(pyramid: Pyramid, level: int, box: Region) -> Image.Image:
    """Return a region of a level, in colours or grey; raises StoreUnavailable for a damaged file."""
    side = pyramid.tile
    mode = "RGB" if pyramid.tiles(level).bands > 1 else "L"
    canvas: Image.Image | None = None
    for row in range(box.y // side, (box.y + box.h - 1) // side + 1):
        lines = box.y + box.h - row * side
        for column in range(box.x // side, (box.x + box.w - 1) // side + 1):
            tile = _decoded(pyramid, mode, (level, column, row), lines)
            at = column * side - box.x, row * side - box.y
            if at[0] <= 0 and at[1] <= 0 and box.w - at[0] <= side and lines <= side:
                return tile.crop((-at[0], -at[1], box.w - at[0], box.h - at[1]))
            canvas = canvas or Image.new(mode, (box.w, box.h))
            canvas.paste(tile, at)
    if canvas is None:
        raise ValueError("A region has pixels.")
    return canvas


def _decoded(pyramid: Pyramid, mode: str, place: tuple[int, int, int], lines: int) -> Image.Image:
    """Return the pixels of a stored tile, of at least its first `lines`."""
    data, height = pyramid.jpeg(*place, lines)
    try:
        return Image.frombytes(mode, (pyramid.tile, height), data, "jpeg", mode, "")
    except (ValueError, OSError) as error:
        raise unreadable(pyramid.name) from error
