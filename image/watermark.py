"""A text over the whole of a picture, again and again, for the versions that those who are not let in may see (TH-69).

It is drawn into the reduced raster, once, so every answer has it: whatever part, size, turning or quality is asked for.
"""

from hashlib import sha256
from html import escape
from typing import Any

from image.engine import vips
from lectern.errors import StoreUnavailable

LONGEST = 64  # characters
_DRAWN = 1  # the way of drawing: another number is another file
_OPACITY = 0.6  # above a half, or black and white (`bitonal`) would not show it
_OF_SIDE = 14  # the letters' size, as a part of the raster's shorter side
_SMALLEST = 9  # pixels that letters have at least, to be read
_TILT = -30  # degrees
_MIDDLE = 128  # a ground at or above this is light
_INK = 90  # of the mask, from where on a pixel belongs to a letter's body
_FONT = "Install a font (on Debian: apt-get install fonts-dejavu-core), or write another text in policies.toml."


def mark_of(watermark: str) -> str:
    """Return what tells one watermark's raster from another's in its file name; empty without a watermark."""
    return sha256(f"{_DRAWN} {watermark}".encode()).hexdigest()[:12] if watermark else ""


def watermarked(image: Any, watermark: str) -> Any:
    """Return a picture of 8 bit with a text over all of it: dark on a light ground, light on a dark one.

    The rows of the text are staggered and lie so close that a piece of a quarter of either side holds some of it.
    Raises pyvips.Error for a picture that does not decode, StoreUnavailable when there is no font.
    """
    image = image.copy_memory()
    letters = _letters(watermark, max(_SMALLEST, min(image.width, image.height) // _OF_SIDE))
    mask = _spread(letters, image.width, image.height)
    light = image.colourspace("b-w").gaussblur(max(2.0, letters.height / 2)) >= _MIDDLE
    ink = light.ifthenelse(0, 255)
    share = mask * (_OPACITY / 255)
    return (image * (1 - share) + ink * share).cast("uchar").copy(interpretation=image.interpretation)


def _letters(text: str, height: int) -> Any:
    """Return the text as a mask, white where ink is, with as much room around it as belongs to it."""
    try:
        drawn = vips().Image.text(escape(text, quote=False), font=f"sans bold {height}", dpi=72)
        seen = drawn.max() >= _INK
    except vips().Error:
        seen = False
    if not seen:  # better no picture than one without the text
        raise StoreUnavailable("The watermark has nothing to draw, or no font to draw it with.", _FONT)
    drawn = (drawn >= _INK).ifthenelse(255, drawn)
    return drawn.embed(height, height // 2, drawn.width + 2 * height, drawn.height + height, background=0)


def _spread(letters: Any, width: int, height: int) -> Any:
    """Return the mask of a whole picture: rows of the text, every second one moved by half of it, all tilted."""
    pair = letters.join(letters.wrap(x=letters.width // 2, y=0), "vertical")
    reach = int((width**2 + height**2) ** 0.5) + 2  # a square around the picture, however it is turned
    sheet = pair.replicate(-(-reach // pair.width) + 1, -(-reach // pair.height) + 1).copy_memory()
    sheet = sheet.crop(0, 0, reach, reach).rotate(_TILT)
    return sheet.crop((sheet.width - width) // 2, (sheet.height - height) // 2, width, height)
