"""What an image URL asks for: region, size, rotation, quality and format, by arithmetic alone.

Nothing here opens a file: a request that is wrong or too large is refused before it costs anything. Exact
fractions are used throughout, so that a canonical URI names the same pixels as the URI it stands for.
"""

import re
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, cos, isqrt, radians, sin
from typing import Literal, NamedTuple

from lectern.errors import InputError
from lectern.urls import ImageVersion

Quality = Literal["default", "color", "gray", "bitonal"]
Format = Literal["jpg", "png", "tif", "webp"]

QUALITIES: tuple[Quality, ...] = ("default", "color", "gray", "bitonal")
FORMATS: tuple[Format, ...] = ("jpg", "png", "tif", "webp")
MOST_TURNED = 16_000_000  # pixels of an image turned by an odd angle, which costs many times a straight one (TH-71)
# What jpg and webp hold; png and tif could hold more, but a line costs its time however short it is (TH-71).
LONGEST_SIDE: dict[Format, int] = {"jpg": 65_500, "png": 65_500, "tif": 65_500, "webp": 16_383}

_DECIMAL = r"[0-9]{1,10}(?:\.[0-9]{1,16})?|\.[0-9]{1,16}"
_PIXEL_REGION = re.compile(r"([0-9]{1,10}),([0-9]{1,10}),([0-9]{1,10}),([0-9]{1,10})")
_PERCENT_REGION = re.compile(rf"pct:({_DECIMAL}),({_DECIMAL}),({_DECIMAL}),({_DECIMAL})")
_PERCENT_SIZE = re.compile(rf"pct:({_DECIMAL})")
_SIDES = re.compile(r"(!?)([0-9]{0,10}),([0-9]{0,10})")
_UPRIGHT = Fraction(0)
_ROTATION = re.compile(rf"(!?)({_DECIMAL})")


class BadImageRequest(InputError):
    """An image URL that is not in the grammar, or asks for nothing or for too much (IM3-53, IMX-05): 400."""

    title = "The image request is not valid"


class Region(NamedTuple):
    """A rectangle in pixels of the announced picture, inside its edges, at least 1 by 1."""

    x: int
    y: int
    w: int
    h: int


@dataclass(frozen=True, slots=True)
class ImageRequest:
    """One image wanted: a region of the announced picture, the size it is scaled to, and what is done then.

    `canonical` is the path after the base URI (IM3-20 to IM3-24).
    """

    full: tuple[int, int]
    region: Region
    size: tuple[int, int]
    mirrored: bool
    rotation: Fraction
    quality: Quality
    format: Format
    canonical: str


@dataclass(frozen=True, slots=True)
class Parts:
    """The four path segments after the identifier, each decoded once."""

    region: str
    size: str
    rotation: str
    quality_format: str


class _Limits(NamedTuple):
    """How many pixels an answer has at most, and how many `^max` fills."""

    pixels: int
    promised: int


def parse_request(version: ImageVersion, parts: Parts, *, width: int, height: int, max_pixels: int) -> ImageRequest:
    """Return what is asked of a picture announced as `width` by `height` pixels.

    An answer has at most `max_pixels` pixels, one turned by an odd angle at most `MOST_TURNED`, corners included.
    Raises BadImageRequest. Serves IM3-05 to IM3-12, IM3-20 to IM3-24 and their 2.1 forms.
    """
    region = parse_region(parts.region, width, height)
    limits = _Limits(max_pixels, promised_area(width, height, max_pixels))
    size, canonical_size = _parse_size(version, parts.size, region, limits)
    mirrored, rotation = _parse_rotation(parts.rotation)
    quality, form = _parse_quality(parts.quality_format)
    _check_extent(size, rotation, form, max_pixels)
    whole = region == Region(0, 0, width, height)
    canonical = "/".join(
        (
            "full" if whole else ",".join(map(str, region)),
            canonical_size,
            ("!" if mirrored else "") + _plain(rotation),
            f"{quality}.{form}",
        )
    )
    return ImageRequest((width, height), region, size, mirrored, rotation, quality, form, canonical)


def parse_region(text: str, width: int, height: int) -> Region:
    """Return the region, cut at the picture's edges; raises BadImageRequest (IM3-06)."""
    if text == "full":
        return Region(0, 0, width, height)
    if text == "square":
        side = min(width, height)
        return Region((width - side) // 2, (height - side) // 2, side, side)
    if match := _PIXEL_REGION.fullmatch(text):
        x, y, w, h = (int(number) for number in match.groups())
    elif match := _PERCENT_REGION.fullmatch(text):
        x, y, w, h = _from_percents([Fraction(number) for number in match.groups()], width, height)
    else:
        raise BadImageRequest(
            "The region is not in the grammar of the Image API.", "Use full, square, x,y,w,h or pct:x,y,w,h."
        )
    if w == 0 or h == 0 or x >= width or y >= height:
        raise BadImageRequest(
            "The region is empty or lies outside the picture.", f"The picture is {width} by {height} pixels."
        )
    return Region(x, y, min(w, width - x), min(h, height - y))


def _from_percents(percents: list[Fraction], width: int, height: int) -> tuple[int, int, int, int]:
    """Return pixels; what is wanted at all is wanted at least one pixel wide and high."""
    left, top, across, down = (value / 100 for value in percents)
    x = min(_rounded(left * width), width - 1) if left < 1 else width
    y = min(_rounded(top * height), height - 1) if top < 1 else height
    w = max(1, _rounded(across * width)) if across else 0
    h = max(1, _rounded(down * height)) if down else 0
    return x, y, w, h


def _rounded(value: Fraction) -> int:
    """Return the nearest whole number, halves upwards."""
    return _ratio(value.numerator, value.denominator)


def _ratio(over: int, under: int) -> int:
    """Return the whole number nearest to a quotient, halves upwards: exact, and a tenth of what a Fraction takes."""
    return (2 * over + under) // (2 * under)


def largest_size(w: int, h: int, max_pixels: int) -> tuple[int, int]:
    """Return the largest size with the shape of `w` by `h` and at most `max_pixels` pixels, each side at least 1."""
    width = max(1, min(isqrt(max_pixels * w // h), max_pixels))
    height = max(1, min(_ratio(h * width, w), max_pixels // width))
    return width, height


def promised_area(width: int, height: int, max_pixels: int) -> int:
    """Return the `maxArea` of a picture: its own pixels, as far as an answer may have so many (IM3-32, IM3-38).

    Nothing larger is ever needed without enlarging, and `^max` fills it: not the 40 megapixels that a stamp could be
    blown up to. Who names a larger size after `^` gets it, up to `max_pixels`.
    """
    return min(width * height, max_pixels)


def _at_most(region: Region, max_pixels: int) -> tuple[int, int]:
    """Return the region's own size, or the largest within the limit."""
    fits = region.w * region.h <= max_pixels
    return (region.w, region.h) if fits else largest_size(region.w, region.h, max_pixels)


def _parse_size(version: ImageVersion, text: str, region: Region, limits: _Limits) -> tuple[tuple[int, int], str]:
    """Return width and height, and the canonical spelling."""
    upscaling = version == 2
    wanted = text
    if version == 3 and text.startswith("^"):
        upscaling, wanted = True, text[1:]
    if version == 2 and text == "full":
        size = (region.w, region.h)
    elif wanted == "max":
        scaled_up = upscaling and version == 3
        size = largest_size(region.w, region.h, limits.promised) if scaled_up else _at_most(region, limits.pixels)
    else:
        size = _measured(version, wanted, region, limits.pixels)
    w, h = size
    if min(w, h) < 1:
        raise BadImageRequest("The image asked for would be empty.", "Ask for at least one pixel.")
    above = w > region.w or h > region.h
    if above and not upscaling:
        raise BadImageRequest("The image asked for is larger than the region.", "Put ^ before the size to enlarge it.")
    if w * h > limits.pixels:
        raise BadImageRequest(f"The image asked for has more than {limits.pixels} pixels.", "Ask for max or for less.")
    return size, _canonical_size(version, region, size, limits)


def _measured(version: ImageVersion, text: str, region: Region, max_pixels: int) -> tuple[int, int]:
    """Return the size of the forms with numbers in them: `pct:n`, `w,`, `,h`, `w,h`, `!w,h`."""
    if match := _PERCENT_SIZE.fullmatch(text):
        scale = Fraction(match[1]) / 100
        return _rounded(region.w * scale), _rounded(region.h * scale)
    match = _SIDES.fullmatch(text)
    if match is None or not (match[2] or match[3]) or (match[1] and not (match[2] and match[3])):
        raise BadImageRequest(
            f"The size is not in the grammar of version {version} of the Image API.", _sizes_of(version, text)
        )
    w, h = int(match[2] or -1), int(match[3] or -1)
    if w == 0 or h == 0:
        return 0, 0
    if match[1]:
        return _within(region, w, h, max_pixels)
    # A thin strip scaled down keeps one pixel: viewers ask for the edge tiles of every level by width alone.
    if w < 0:
        w = max(1, _ratio(region.w * h, region.h))
    elif h < 0:
        h = max(1, _ratio(region.h * w, region.w))
    return w, h


def _sizes_of(version: ImageVersion, text: str) -> str:
    """Return what to write in place of a size that is not in the grammar."""
    if version == 3:
        return "Use max, w,  ,h  pct:n  w,h  or !w,h, with ^ before it to enlarge."
    plain = text.removeprefix("^")
    if plain != text and (_SIDES.fullmatch(plain) or _PERCENT_SIZE.fullmatch(plain)):
        return f"Version 2 enlarges without ^: write {plain}"
    return "Use full, max, w,  ,h  pct:n  w,h  or !w,h."


def _within(region: Region, w: int, h: int, max_pixels: int) -> tuple[int, int]:
    """Return the largest size of the region's shape inside a box, and inside the limit."""
    scale = min(Fraction(w, region.w), Fraction(h, region.h))
    size = max(1, min(w, _rounded(region.w * scale))), max(1, min(h, _rounded(region.h * scale)))
    return size if size[0] * size[1] <= max_pixels else largest_size(region.w, region.h, max_pixels)


def _canonical_size(version: ImageVersion, region: Region, size: tuple[int, int], limits: _Limits) -> str:
    """Return the one spelling of a size (IM3-21): what it names is the same size again."""
    w, h = size
    if version == 2:
        if size == (region.w, region.h):
            return "full"
        return f"{w}," if h == max(1, _ratio(region.h * w, region.w)) else f"{w},{h}"
    if size == _at_most(region, limits.pixels):
        return "max"
    if w <= region.w and h <= region.h:
        return f"{w},{h}"
    return "^max" if size == largest_size(region.w, region.h, limits.promised) else f"^{w},{h}"


def _parse_rotation(text: str) -> tuple[bool, Fraction]:
    """Return whether to mirror first, and the degrees clockwise from 0 up to 360 (IM3-09)."""
    if text == "0":  # what viewers ask for
        return False, _UPRIGHT
    match = _ROTATION.fullmatch(text)
    degrees = Fraction(match[2]) if match else Fraction(-1)
    if match is None or not 0 <= degrees <= 360:
        raise BadImageRequest("The rotation is not a number from 0 to 360.", "Use 0, 90, 180, 270 or such, ! mirrors.")
    return bool(match[1]), degrees % 360


def _parse_quality(text: str) -> tuple[Quality, Format]:
    """Return quality and format (IM3-10, IM3-11)."""
    if text in QUALITIES:
        raise BadImageRequest("The format is missing.", f"Write {text}.jpg; formats are {', '.join(FORMATS)}.")
    quality, _, form = text.rpartition(".")
    if quality not in QUALITIES:
        raise BadImageRequest("There is no such quality.", f"Qualities are {', '.join(QUALITIES)}.")
    if form not in FORMATS:
        raise BadImageRequest("There is no such format.", f"Formats are {', '.join(FORMATS)}.")
    return quality, form


def turned(size: tuple[int, int], rotation: Fraction) -> tuple[int, int]:
    """Return the least whole size around a picture of `size` turned by `rotation` degrees."""
    if not rotation:
        return size
    w, h = size
    if rotation % 90 == 0:
        return (h, w) if rotation % 180 else (w, h)
    angle = radians(float(rotation))
    across, down = abs(cos(angle)), abs(sin(angle))
    return ceil(w * across + h * down), ceil(w * down + h * across)


def _check_extent(size: tuple[int, int], rotation: Fraction, form: Format, max_pixels: int) -> None:
    """Raise BadImageRequest for what the format cannot hold, or corners that outgrow the limit."""
    w, h = turned(size, rotation)
    if max(w, h) > LONGEST_SIDE[form]:
        raise BadImageRequest(f"A {form} image has no side longer than {LONGEST_SIDE[form]} pixels.", "Ask for less.")
    if w * h > 2 * max_pixels or (w * h > MOST_TURNED and rotation % 90):
        raise BadImageRequest("The turned image would be too large.", "Turn it by 90, 180 or 270, or ask for less.")


def _plain(value: Fraction) -> str:
    """Return a decimal without exponent and without zeros at its end; `value` came from a finite decimal."""
    if not value:
        return "0"
    whole, rest = divmod(value, 1)
    digits = f"{int(rest * 10**16):016d}".rstrip("0")
    return f"{int(whole)}.{digits}" if digits else str(int(whole))
