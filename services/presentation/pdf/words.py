"""The words of a page as they lie, invisible, over its picture: each fills its box."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lectern.running import gap, reads_leftwards
from lectern.wordblock import IntBox, PageLine, PageWords
from lectern.words import Direction
from services.presentation.pdf.font import DESCENT, EM, WIDTH, Codes
from services.presentation.pdf.syntax import number

_BASE = -DESCENT / EM  # of a line's height, from its lower edge up to the base line; the font is one EM high
_LETTER = WIDTH / EM


@dataclass(frozen=True, slots=True)
class Placed:
    """A word, or the blank after one, with the box in canvas pixels that it is to fill."""

    text: str
    box: IntBox
    downwards: bool = False


def placed_words(words: PageWords) -> list[Placed]:
    """Return the words of a page that have a place on it, in reading order, each blank after its word.

    Along its line a word is where it is; across, all words of a line are as high as that, so that who copies a text
    gets its lines: boxes of words end where their letters do, some of them below the others.
    """
    return [placed for line in words.lines for placed in _line(words, line)]


def _line(words: PageWords, line: PageLine) -> Iterator[Placed]:
    """Yield the words of a line and the blanks between them."""
    numbers = range(line.first, line.last + 1)
    boxes = [(words.texts[n], box, words.direction(n)) for n in numbers if (box := words.box(n)) is not None]
    if not boxes:
        return
    downwards = _runs_downwards(boxes)
    start, end = _extent([box for _, box, _ in boxes], downwards)
    before: Placed | None = None
    for text, (x, y, w, h), _ in boxes:
        box = (start, y, end - start, h) if downwards else (x, start, w, end - start)
        word = Placed(text, box, downwards)
        if before is not None and gap(before.text, text) and (between := _between(before, word)):
            yield between
        yield word
        before = word


def _runs_downwards(boxes: Sequence[tuple[str, IntBox, Direction | None]]) -> bool:
    """Return whether a line runs downwards: where the OCR does not say, its words of two signs or more are upright."""
    text, (_, _, w, h), direction = max(boxes, key=lambda each: len(each[0]))
    return direction == "ttb" or (direction is None and h > w and len(text) > 1)


def _extent(boxes: Sequence[IntBox], downwards: bool) -> tuple[int, int]:
    """Return where a line begins and ends across its direction."""
    axis = 0 if downwards else 1
    starts, ends = zip(*((box[axis], box[axis] + box[axis + 2]) for box in boxes), strict=True)
    return min(starts), max(ends)


def _between(before: Placed, after: Placed) -> Placed | None:
    """Return the blank between two words of a line, None where they leave no room for one."""
    (x, y, w, h), (nx, ny, nw, _) = before.box, after.box
    if before.downwards:
        box = x, y + h, w, ny - y - h
    elif nx >= x + w:
        box = x + w, y, nx - x - w, h
    else:
        box = nx + nw, y, x - nx - nw, h
    return Placed(" ", box, before.downwards) if box[2] > 0 and box[3] > 0 else None


def text_layer(words: Sequence[Placed], font: bytes, scale: float, height: float, codes: Codes) -> bytes:
    """Return what writes words without showing them on a page of `height` points; a pixel is `scale` points."""
    if not words:
        return b""
    return b"BT 3 Tr\n" + b"".join(_written(word, font, scale, height, codes) for word in words) + b"ET\n"


def _written(word: Placed, font: bytes, scale: float, height: float, codes: Codes) -> bytes:
    x, y, w, h = (side * scale for side in word.box)
    size, length = (w, h) if word.downwards else (h, w)
    signs = codes.of(word.text)
    stretch = 100 * length / (len(signs) * size * _LETTER)
    upright, turned = (1, 0, 0, 1, x, height - y - h + _BASE * h), (0, -1, 1, 0, x + _BASE * w, height - y)
    return b"%s %s Tf %s Tz %s Tm %s Tj\n" % (
        font,
        number(size),
        number(stretch),
        b" ".join(map(number, turned if word.downwards else upright)),
        _shown(signs[::-1] if reads_leftwards(word.text) else signs),
    )


def _shown(signs: Sequence[int]) -> bytes:
    """Return a string of codes from left to right, as readers of PDFs take them, whatever way the script runs."""
    return b"<%s>" % b"".join(b"%04x" % code for code in signs)
