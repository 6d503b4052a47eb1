"""Words of a text that has one box for all of them: each gets its share of it by characters, marked as estimated."""

import re

from lectern.running import reads_leftwards
from lectern.words import Box, Direction, Word

_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_UPRIGHT = 2  # a text this much higher than wide is read downwards
_LONGEST_WORD = 256
_ASKEW = 45  # degrees: what is turned by less still runs along its line


def clean(text: str) -> str:
    """Return the text without control characters and without blanks around it."""
    return _CONTROLS.sub("", text).strip()


def is_one_word(text: str) -> bool:
    """Return whether a text is surely one word of usual length that needs no cleaning; False is "look closer"."""
    return len(text) <= _LONGEST_WORD and (text.isalnum() or (" " not in text and text.isprintable() and text != ""))


def is_upright(box: Box) -> bool:
    """Return whether a box is so much higher than wide that a text in it runs downwards or upwards."""
    return box.h > _UPRIGHT * box.w


def direction_of_angle(angle: float, box: Box | None) -> Direction | None:
    """Return "ttb" for a text that is turned by a quarter so that it runs downwards (270 degrees counter-clockwise).

    A box that lies contradicts it. For all other angles the direction is not known from the angle.
    """
    return "ttb" if _near(angle, 270) and (box is None or box.h >= box.w) else None


def _near(angle: float, other: float) -> bool:
    return abs((angle - other + 180) % 360 - 180) < _ASKEW


def share_of(
    box: Box, start: float, end: float, *, leftwards: bool, direction: Direction | None = None, angle: float = 0.0
) -> Box:
    """Return the part of a box from `start` to `end`, fractions along the direction of reading.

    Text turned by `angle` degrees counter-clockwise runs upwards at 90 and leftwards at 180.
    """
    if (upwards := _near(angle, 90) and box.h > box.w) or _near(angle, 180):
        start, end = 1 - end, 1 - start
    if upwards or direction == "ttb" or (direction is None and is_upright(box)):
        return Box(box.x, box.y + start * box.h, box.w, (end - start) * box.h)
    if leftwards:
        start, end = 1 - end, 1 - start
    return Box(box.x + start * box.w, box.y, (end - start) * box.w, box.h)


def split_words(
    text: str, box: Box | None, direction: Direction | None = None, *, angle: float = 0.0, **properties: object
) -> list[Word]:
    """Return the words of a text; a single one keeps the whole box, several share it along the direction.

    Without direction the script and the shape of the box decide. `properties` are those of `Word` that all
    of them have (confidence, language).
    """
    text = clean(text)
    pieces = text.split()
    if len(pieces) < 2 or box is None:
        return [Word(piece, box, **properties) for piece in pieces]  # type: ignore[arg-type]
    leftwards = direction == "rtl" or (direction is None and reads_leftwards(text))
    words, place = [], 0
    for piece in pieces:
        start = text.index(piece, place)
        place = start + len(piece)
        share = share_of(
            box, start / len(text), place / len(text), leftwards=leftwards, direction=direction, angle=angle
        )
        words.append(Word(piece, share, estimated=True, **properties))  # type: ignore[arg-type]
    return words
