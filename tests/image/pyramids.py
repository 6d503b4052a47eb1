"""Pyramids of every kind that the tests read, and what libvips reads from them."""

import struct
from pathlib import Path
from typing import Any

from image.engine import vips
from image.request import ImageRequest

from .conftest import noise
from .test_request import ask

TILE = 256
KINDS = ("colour", "rgb", "grey", "big")


def save(picture: Any, path: Path, kind: str = "colour", **options: Any) -> Path:
    """Return `path` after writing a pyramid with small tiles: of colours, of RGB as it is, of grey, or a BigTIFF."""
    if kind == "grey":
        picture = picture.colourspace("b-w")
    quality = 92 if kind == "rgb" else 85  # from 90 on libvips does not turn RGB into luma and chroma
    settings = {"tile_width": TILE, "tile_height": TILE, "compression": "jpeg", "pyramid": True} | options
    picture.tiffsave(str(path), tile=True, Q=quality, keep="none", bigtiff=kind == "big", **settings)
    return path


def saved_noise(folder: Path, kind: str = "colour", size: tuple[int, int] = (1111, 777), **options: Any) -> Path:
    """Return a pyramid of random pixels."""
    return save(noise(*size), folder / f"{kind}.tif", kind, **options)


def level_of(path: Path, level: int) -> Any:
    """Return a level as libvips reads it."""
    return vips().Image.tiffload(str(path), page=level).copy_memory()


def tile_request(size: tuple[int, int], place: tuple[int, int, int], side: int = TILE) -> ImageRequest:
    """Return what a viewer asks for when it wants the tile at (level, column, row) of a picture of `size`."""
    level, column, row = place
    step = side << level
    x, y = column * step, row * step
    w, h = min(step, size[0] - x), min(step, size[1] - y)
    wanted = f"{-(-w // (1 << level))},{-(-h // (1 << level))}"
    return ask(3, f"{x},{y},{w},{h}", wanted, width=size[0], height=size[1])


def first_directory(data: bytes) -> int:
    """Return where the first directory of a classic little-endian TIFF lies."""
    return int(struct.unpack_from("<I", data, 4)[0])
