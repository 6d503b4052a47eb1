"""The part of a word's box that some of its characters take, as a hit in a script without spaces mostly does."""

from lectern.running import reads_leftwards
from lectern.wordblock import IntBox
from lectern.words import Direction


def share(box: IntBox | None, start: int, end: int, text: str, direction: Direction | None) -> IntBox | None:
    """Return the share of characters `start` to `end` of a word, in whole pixels; None if the word has no box.

    Along the direction of its line: downwards, leftwards or rightwards. Where the OCR does not state one, a box that is
    higher than wide is read downwards: it holds two signs or more, and they are about square.
    """
    length = len(text)
    if box is None or (start == 0 and end >= length):
        return box
    x, y, w, h = box
    if direction == "ttb" or (direction is None and h > w):
        top, height = _part(y, h, start, end, length)
        return x, top, w, height
    if reads_leftwards(text):
        start, end = length - end, length - start
    left, width = _part(x, w, start, end, length)
    return left, y, width, h


def _part(origin: int, size: int, start: int, end: int, length: int) -> tuple[int, int]:
    """Return where a part of a stretch begins and how long it is: rounded outwards, and never nothing."""
    begin = origin + size * start // length
    return begin, max(1, origin + -(-size * end // length) - begin)
