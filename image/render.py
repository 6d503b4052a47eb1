"""From an image request to the bytes of the answer: region, size, mirror, rotation, quality, format (IM3-05)."""

from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image

from image.engine import vips
from image.geometry import Cut, plan
from image.mosaic import can_piece, piece
from image.pyramid import JPEG_QUALITY
from image.raster import cut
from image.request import Format, ImageRequest
from image.stored import Pyramid, open_pyramid, stored_tile
from lectern.errors import StoreUnavailable

MEDIA_TYPES: dict[Format, str] = {"jpg": "image/jpeg", "png": "image/png", "tif": "image/tiff", "webp": "image/webp"}
_MIDDLE_GREY = 128
_FEW = 250_000  # pixels that Pillow scales sooner than libvips, which has to be handed them first


def render(request: ImageRequest, path: Path) -> bytes:
    """Return the encoded image, of exactly the size asked for, turned as asked.

    `path` is the picture's pyramid or, for a degraded tier, the reduced raster: the answer is a function of
    that one file and the request (TH-62). A whole stored tile is handed over as it lies there, all else is made.
    Raises StoreUnavailable when the file cannot be read.
    """
    pyramid = open_pyramid(path)
    tile = stored_tile(pyramid, request)
    return made(request, pyramid) if tile is None else tile


def made(request: ImageRequest, pyramid: Pyramid) -> bytes:
    """Return the encoded image of a request that no stored tile answers.

    What needs no scaling, or little work, is put together from stored tiles; the rest is done by libvips. Raises
    StoreUnavailable when the file cannot be read.
    """
    planned = plan(pyramid.sizes, request.full, request.region, request.size)
    if _is_plain(request, pyramid, planned):
        return _pieced(pyramid, planned)
    try:
        return _encode(_toned(_turned(cut(pyramid, planned), request), request), request)
    except vips().Error as error:
        raise StoreUnavailable(
            f"The picture {pyramid.name} cannot be decoded.", "Ingest the object again to make it anew."
        ) from error


def _is_plain(request: ImageRequest, pyramid: Pyramid, planned: Cut) -> bool:
    """Return whether an answer is stored pixels as they are, or few of them made fewer, as JPEG."""
    if request.format != "jpg" or request.quality not in {"default", "color"}:
        return False
    if request.mirrored or request.rotation or planned.grows:
        return False
    box = planned.box
    few = not planned.shrinks or box.w * box.h <= _FEW
    return few and can_piece(pyramid, planned.level, box)


def _pieced(pyramid: Pyramid, planned: Cut) -> bytes:
    """Return the JPEG of a region that Pillow decodes, scales and encodes."""
    image = piece(pyramid, planned.level, planned.box)
    if planned.shrinks:
        image = image.resize(planned.size, Image.Resampling.HAMMING, reducing_gap=2.0)
    data = BytesIO()
    image.save(data, "JPEG", quality=JPEG_QUALITY)
    return data.getvalue()


def _turned(image: Any, request: ImageRequest) -> Any:
    """Return the image mirrored, then rotated clockwise; new corners are clear, or black without transparency."""
    if request.mirrored:
        image = image.fliphor()
    degrees = request.rotation
    if degrees % 90 == 0:
        return image.rot(f"d{int(degrees)}") if degrees else image
    if request.format != "jpg" and request.quality != "bitonal":
        image = image.addalpha()
    # The copy in memory: turning reads the lines of the picture over and over.
    return image.copy_memory().rotate(float(degrees), interpolate=vips().Interpolate.new("bicubic"))


def _toned(image: Any, request: ImageRequest) -> Any:
    """Return the image in the quality asked for; `default` and `color` are the picture as it is kept."""
    if request.quality == "gray":
        return image.colourspace("b-w")
    if request.quality == "bitonal":
        return image.colourspace("b-w") >= _MIDDLE_GREY
    return image


def _encode(image: Any, request: ImageRequest) -> bytes:
    """Return the file's bytes, without any metadata."""
    if request.format == "png":
        depth = {"bitdepth": 1} if request.quality == "bitonal" else {}
        data = image.pngsave_buffer(compression=4, keep="none", **depth)
    elif request.format == "tif":
        # Without loss, as who asks for it wants: the others are smaller.
        bitonal = request.quality == "bitonal"
        kind = {"bitdepth": 1, "compression": "ccittfax4"} if bitonal else {"compression": "deflate"}
        data = image.tiffsave_buffer(keep="none", predictor="horizontal", **kind)
    elif request.format == "webp":
        data = image.webpsave_buffer(Q=80, effort=1, keep="none")
    else:
        data = image.jpegsave_buffer(Q=JPEG_QUALITY, keep="none")
    return bytes(data)
