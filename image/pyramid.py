"""Making the files that pixels are served from: the pyramid of a picture, and the reduced raster of a tier.

Both are tiled pyramidal TIFF with JPEG inside. They are written beside and renamed, so a reader sees a whole
file or none, and two makers of one file do each other no harm.
"""

import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from pathlib import Path
from typing import Any

from image.engine import vips
from image.geometry import plan
from image.raster import cut
from image.request import Region
from image.stored import open_pyramid
from image.tiff import pyramid_size
from image.watermark import mark_of, watermarked
from lectern.disk import sync
from lectern.errors import InputError, StoreUnavailable

TILE = 512
_SMALL_TILE = 256  # libvips will not read a picture that is much smaller than one of its tiles
# From 90 on libvips stores RGB without subsampling: three times the bytes. Answers have the same: tiles handed over
# stand beside others encoded anew, and what lies on the grid of the file loses next to nothing by that.
JPEG_QUALITY = 85
_WHITE = 255
MAX_SOURCE_PIXELS = 1_000_000_000  # the largest newspaper page at 600 dpi has 300 million
MAX_WHOLE_PIXELS = 100_000_000  # of a picture that is decoded in one piece: up to eight bytes a pixel, at once
_WHOLE_LOADERS = {"webpload": "WebP", "gifload": "GIF", "heifload": "HEIF or AVIF"}


@dataclass(frozen=True, slots=True)
class PyramidInfo:
    """Size of a pyramid's level 0 in pixels, and the side of its tiles."""

    width: int
    height: int
    tile: int


class PictureTooLarge(InputError):
    """A picture has more pixels than are decoded, told from its header."""


@dataclass(frozen=True, slots=True)
class Pixels:
    """A raster in memory of 8 bit a band: one (grey), three (blue, green, red) or four (then void), rows from the top.

    A row begins every `stride` bytes.
    """

    data: bytes | memoryview
    width: int
    height: int
    bands: int
    stride: int


def make_pyramid(source: Path, target: Path, page: int = 0, watermark: str = "") -> PyramidInfo:
    """Return the size of the picture, upright, after writing its pyramid to `target`.

    Any picture that libvips reads, of a TIFF the image `page` (from 0): EXIF orientation is applied, colours become
    sRGB (or grey), transparency becomes white, metadata is dropped, and a `watermark` is drawn over it. Raises
    InputError when the file does not decode to its end, PictureTooLarge when its header tells of more than
    MAX_SOURCE_PIXELS, or of more than MAX_WHOLE_PIXELS where it cannot be decoded line by line, StoreUnavailable when
    the pyramid cannot be written.
    """
    try:
        image = _marked(_upright_srgb(source, page), watermark)
        _write(target, lambda beside: _save(image, beside), lambda: _open(source, "sequential", page))
    except vips().Error as error:
        raise InputError(
            f"{source.name} does not decode as a picture: {_fault(error)}.",
            "Open it in an image viewer: if it is torn, copy or scan it again; if it is another format, convert it "
            "to TIFF, PNG or JPEG.",
        ) from error
    return PyramidInfo(image.width, image.height, _tile_side(image))


def make_pyramid_of_pixels(pixels: Pixels, target: Path) -> PyramidInfo:
    """Return the size of a raster in memory after writing its pyramid to `target`; raises StoreUnavailable."""
    rows = vips().Image.new_from_memory(pixels.data, pixels.stride, pixels.height, 1, "uchar")
    image = rows.crop(0, 0, pixels.width * pixels.bands, pixels.height).bandfold(factor=pixels.bands)
    if pixels.bands > 1:
        image = image[2].bandjoin([image[1], image[0]])
    image = image.copy(interpretation="b-w" if pixels.bands == 1 else "srgb")
    _write(target, lambda beside: _save(image, beside), lambda: image)
    return PyramidInfo(image.width, image.height, _tile_side(image))


def make_reduced(pyramid: Path, target: Path, max_scale: float, watermark: str = "") -> PyramidInfo:
    """Return the size of the degraded tier's raster after writing it to `target`: ceil(full * max_scale) a side.

    Raises InputError for a scale that is not above 0 and at most 1, StoreUnavailable for a pyramid that
    cannot be read or a raster that cannot be written. Serves TH-62: a tier is rendered from this file and from
    nothing else.
    """
    made_from = _changed(pyramid)
    raster = open_pyramid(pyramid)
    full = (raster.width, raster.height)
    image = cut(raster, plan(raster.sizes, full, Region(0, 0, *full), reduced_size(*full, max_scale)))

    def save(beside: Path) -> None:
        _save(image, beside)
        # The file carries its pyramid's time: a picture ingested anew (a page blacked out, say) gets a new one.
        os.utime(beside, ns=(made_from, made_from))

    try:
        image = _marked(image, watermark)
        _write(target, save, lambda: image)
    except vips().Error as error:
        raise StoreUnavailable(
            f"The picture {pyramid.name} cannot be decoded.", "Ingest the object again to make it anew."
        ) from error
    return PyramidInfo(image.width, image.height, _tile_side(image))


def reduced_size(width: int, height: int, max_scale: float) -> tuple[int, int]:
    """Return the size of a tier's raster in pixels; raises InputError for a scale not in (0, 1]."""
    scale = Decimal(repr(max_scale))  # as it is written in the policy: 0.1 of 1000 is 100, not 101
    if not scale.is_finite() or not 0 < scale <= 1:
        raise InputError(f"A degraded tier cannot have the scale {max_scale}.", "Use a max_scale above 0 and up to 1.")
    across, down = ((side * scale).to_integral_value(ROUND_CEILING) for side in (width, height))
    return int(across), int(down)


def is_pyramid(path: Path) -> bool:
    """Return whether a file can be served as it is: a pyramid as those made here, of no more pixels. Raises OSError.

    Only its directories are looked at.
    """
    found = pyramid_size(path)
    if found is None:
        return False
    width, height, side = found
    return side == tile_side(width, height) and width * height <= MAX_SOURCE_PIXELS


def read_size(path: Path) -> tuple[int, int]:
    """Return width and height in pixels from a pyramid's header; raises StoreUnavailable."""
    raster = open_pyramid(path)
    return raster.width, raster.height


def reduced_path(pyramid: Path, tier: str, max_scale: float, watermark: str = "") -> Path:
    """Return where the raster of a tier lies, beside its pyramid; another scale or watermark is another file."""
    marked = f"-{mark_of(watermark)}" if watermark else ""
    return pyramid.with_name(f"{pyramid.stem}~{tier}-{max_scale!r}{marked}{pyramid.suffix}")


def ensure_reduced(pyramid: Path, tier: str, max_scale: float, watermark: str = "") -> Path:
    """Return the path of a tier's raster, made if it is missing or older than its pyramid.

    Any number of processes may ask at once. Raises InputError and StoreUnavailable as make_reduced does.
    """
    target = reduced_path(pyramid, tier, max_scale, watermark)
    if not is_reduced(pyramid, target):
        make_reduced(pyramid, target, max_scale, watermark)
    return target


def is_reduced(pyramid: Path, target: Path) -> bool:
    """Return whether a tier's raster is there and made of its pyramid as that is now."""
    return _changed(target) == (_changed(pyramid) or -1)


def _marked(image: Any, watermark: str) -> Any:
    return watermarked(image, watermark) if watermark else image


def _changed(path: Path) -> int:
    """Return when the file was last written, in nanoseconds; 0 if it is not there."""
    with suppress(OSError):
        return path.stat().st_mtime_ns
    return 0


def _upright_srgb(source: Path, page: int) -> Any:
    """Return the picture as 8 bit sRGB or grey, without orientation and alpha; raises pyvips.Error."""
    image = _open(source, "sequential", page)
    _check_whole(image, source.name)
    if image.get_typeof("orientation") and image.get("orientation") > 1:
        image = _open(source, "random", page).autorot()  # turning needs all lines at hand
    if image.get_typeof("icc-profile-data"):
        grey = image.bands < 3
        with suppress(vips().Error):  # a profile that is torn: the picture is still good
            image = image.icc_transform("srgb", embedded=True, intent="perceptual")
        if grey:
            image = image.colourspace("b-w")
    image = image.colourspace("b-w" if image.interpretation in {"b-w", "grey16"} else "srgb")
    if image.hasalpha():
        image = image.flatten(background=_WHITE)
    return image.cast("uchar")


def _open(source: Path, access: str, page: int) -> Any:
    # Through a Source: the loader that takes a name would read `page[2].jpg` as a name with options.
    file = vips().Source.new_from_file(str(source))
    options = {"page": page} if page else {}
    image = vips().Image.new_from_source(file, "", access=access, fail_on="error", **options)
    if image.width * image.height > MAX_SOURCE_PIXELS:
        raise PictureTooLarge(
            f"{source.name} has {image.width} x {image.height} pixels; the limit is "
            f"{MAX_SOURCE_PIXELS // 1_000_000:,} megapixels.",
            "Make it smaller, or cut it into several pictures.",
        )
    return image


def _check_whole(image: Any, name: str) -> None:
    """Return for a picture that is decoded line by line, or is not too large to be held; raises PictureTooLarge."""
    reason = _why_whole(image)
    if reason and image.width * image.height > MAX_WHOLE_PIXELS:
        raise PictureTooLarge(
            f"{name} has {image.width} x {image.height} pixels and {reason}, so all of it would be held in memory at "
            f"once; the limit for such pictures is {MAX_WHOLE_PIXELS // 1_000_000} megapixels.",
            "Save it upright as TIFF, or as PNG without interlacing or as baseline JPEG (not progressive).",
        )


def _why_whole(image: Any) -> str:
    """Return why a picture cannot be decoded line by line; empty for one that can."""
    loader = image.get("vips-loader") if image.get_typeof("vips-loader") else ""
    if form := next((name for start, name in _WHOLE_LOADERS.items() if loader.startswith(start)), ""):
        return f"is {form}"
    if any(image.get_typeof(sign) and image.get(sign) for sign in ("interlaced", "jpeg-multiscan")):
        return "is interlaced or progressive"
    return "is to be turned" if image.get_typeof("orientation") and image.get("orientation") > 1 else ""


def tile_side(width: int, height: int) -> int:
    """Return the side in pixels of the tiles of a raster of this size."""
    return TILE if max(width, height) > _SMALL_TILE else _SMALL_TILE


def _tile_side(image: Any) -> int:
    return tile_side(image.width, image.height)


def _save(image: Any, path: Path) -> None:
    image.tiffsave(
        str(path),
        tile=True,
        tile_width=_tile_side(image),
        tile_height=_tile_side(image),
        pyramid=True,
        compression="jpeg",
        Q=JPEG_QUALITY,
        keep="none",
        bigtiff=image.width * image.height * image.bands > 2**31,
    )


def _write(target: Path, save: Callable[[Path], None], picture: Callable[[], Any]) -> None:
    """Have `save` write a file beside the target, and put it in the target's place once it is on disk.

    Raises pyvips.Error when `picture`, what is saved, does not decode, and StoreUnavailable when it does and
    all the same cannot be written.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        beside = target.with_name(f".{target.name}.{os.getpid()}.{secrets.token_hex(4)}")
        try:
            save(beside)
            sync(beside)
            beside.replace(target)
        finally:
            beside.unlink(missing_ok=True)
        sync(target.parent)
    except OSError as error:
        raise _unwritable(target, error.strerror or str(error)) from error
    except vips().Error as error:
        # libvips decodes while it writes, and has one error for both: only decoding once more tells them apart.
        if not _decodes(picture):
            raise
        raise _unwritable(target, _reason(error)) from error


def _decodes(picture: Callable[[], Any]) -> bool:
    with suppress(vips().Error):
        picture().avg()
        return True
    return False


def _unwritable(target: Path, reason: str) -> StoreUnavailable:
    return StoreUnavailable(
        f"The picture {target.name} cannot be written: {reason}.",
        "Make room on the disk of the home, and check who may write there; then ask for it again.",
    )


def _fault(error: Exception) -> str:
    """Return what is wrong with a picture in plain words: those of libvips are for programmers."""
    unknown = any(mark in str(error) for mark in ("known format", "unsupported", "not a known"))
    return "it is of no picture format that is known" if unknown else "it is damaged, or breaks off"


def _reason(error: Exception) -> str:
    """Return the first thing that libvips said, on one line."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1] if lines else "libvips gives no reason"
