"""The words of a page as they lie, invisible, over its picture: each fills its box."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lectern.running import gap, reads_leftwards
from lectern.wordblock import IntBox, PageWords
from lectern.words import Direction
from services.presentation.pdf.font import DESCENT, EM, WIDTH, Codes
from services.presentation.pdf.syntax import number

_BASE = -DESCENT / EM  # of a line's height, from its lower edge up to the base line; the font is one EM high
_LETTER = WIDTH / EM


@dataclass(frozen=True, slots=True)
class Placed:
    """A word with its box in canvas pixels; `ends` is what stands between it and the next one."""

    text: str
    box: IntBox
    direction: Direction | None = None
    ends: str = " "


def placed_words(words: PageWords) -> list[Placed]:
    """Return the words of a page that have a place on it, in reading order."""
    found = []
    for line in words.lines:
        for place in range(line.first, line.last + 1):
            box = words.box(place)
            if box is not None:
                after = words.texts[place + 1] if place < line.last else ""
                ends = gap(words.texts[place], after) if after else " "
                found.append(Placed(words.texts[place], box, words.direction(place), ends))
    return found


def text_layer(words: Sequence[Placed], font: bytes, scale: float, height: float, codes: Codes) -> bytes:
    """Return what writes words without showing them on a page of `height` points; a pixel is `scale` points."""
    if not words:
        return b""
    return b"BT 3 Tr\n" + b"".join(_written(word, font, scale, height, codes) for word in words) + b"ET\n"


def _written(word: Placed, font: bytes, scale: float, height: float, codes: Codes) -> bytes:
    x, y, w, h = (side * scale for side in word.box)
    downwards = word.direction == "ttb" or (word.direction is None and h > w and len(word.text) > 1)
    size, length = (w, h) if downwards else (h, w)
    signs = codes.of(word.text)
    stretch = 100 * length / (len(signs) * size * _LETTER)
    upright, turned = (1, 0, 0, 1, x, height - y - h + _BASE * h), (0, -1, 1, 0, x + _BASE * w, height - y)
    shown = b"".join(_shown(word, signs, codes.of(word.ends)))
    return b"%s %s Tf %s Tz %s Tm %s Tj\n" % (
        font,
        number(size),
        number(stretch),
        b" ".join(map(number, turned if downwards else upright)),
        shown,
    )


def _shown(word: Placed, signs: list[int], ends: list[int]) -> Iterator[bytes]:
    """Yield a string of codes: readers take them from left to right, whatever way the script runs."""
    yield b"<"
    for code in (*signs[::-1], *ends) if reads_leftwards(word.text) else (*signs, *ends):
        yield b"%04x" % code
    yield b">"
