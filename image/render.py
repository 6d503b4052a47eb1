"""From an image request to the bytes of the answer: region, size, mirror, rotation, quality, format (IM3-05)."""

from pathlib import Path
from typing import Any

from image.engine import vips
from image.pyramid import JPEG_QUALITY
from image.raster import cut, open_raster
from image.request import Format, ImageRequest
from lectern.errors import StoreUnavailable

MEDIA_TYPES: dict[Format, str] = {"jpg": "image/jpeg", "png": "image/png", "webp": "image/webp"}
_MIDDLE_GREY = 128


def render(request: ImageRequest, path: Path) -> bytes:
    """Return the encoded image, of exactly the size asked for, turned as asked.

    `path` is the picture's pyramid or, for a degraded tier, the reduced raster: the answer is a function of
    that one file and the request (TH-62). Raises StoreUnavailable when the file cannot be read.
    """
    try:
        image = cut(open_raster(path), request.full, request.region, request.size)
        return _encode(_toned(_turned(image, request), request), request)
    except vips().Error as error:
        raise StoreUnavailable(
            f"The picture {path.name} cannot be decoded.", "Ingest the object again to make it anew."
        ) from error


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
    elif request.format == "webp":
        data = image.webpsave_buffer(Q=80, effort=1, keep="none")
    else:
        data = image.jpegsave_buffer(Q=JPEG_QUALITY, keep="none")
    return bytes(data)
