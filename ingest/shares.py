"""Words of a text that has one box for all of them: each gets its share of it by characters, marked as estimated."""

import re
import unicodedata

from lectern.words import Box, Word

_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_UPRIGHT = 2  # a text this much higher than wide is read downwards


def clean(text: str) -> str:
    """Return the text without control characters and without blanks around it."""
    return _CONTROLS.sub("", text).strip()


def _reads_leftwards(text: str) -> bool:
    """Return whether the first letter with a direction is one of a right-to-left script."""
    for character in text:
        direction = unicodedata.bidirectional(character)
        if direction in {"R", "AL"}:
            return True
        if direction == "L":
            return False
    return False


def share_of(box: Box, start: float, end: float, *, leftwards: bool) -> Box:
    """Return the part of a box from `start` to `end`, fractions along the direction of reading."""
    if box.h > _UPRIGHT * box.w:
        return Box(box.x, box.y + start * box.h, box.w, (end - start) * box.h)
    if leftwards:
        start, end = 1 - end, 1 - start
    return Box(box.x + start * box.w, box.y, (end - start) * box.w, box.h)


def split_words(text: str, box: Box | None, **properties: object) -> list[Word]:
    """Return the words of a text; a single one keeps the whole box, several share it.

    `properties` are those of `Word` that all of them have (confidence, language).
    """
    text = clean(text)
    pieces = text.split()
    if len(pieces) < 2:
        return [Word(piece, box, **properties) for piece in pieces]  # type: ignore[arg-type]
    if box is None:
        return [Word(piece, None, **properties) for piece in pieces]  # type: ignore[arg-type]
    leftwards = _reads_leftwards(text)
    words, place = [], 0
    for piece in pieces:
        start = text.index(piece, place)
        place = start + len(piece)
        share = share_of(box, start / len(text), place / len(text), leftwards=leftwards)
        words.append(Word(piece, share, estimated=True, **properties))  # type: ignore[arg-type]
    return words
