"""The words around a match: how much of them is quoted, and a match inside a longer text (CS1-45, CS2-43)."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

import regex

from search.analysis import is_spaceless
from search.answer import Annotation, HitText

CONTEXT = 90  # characters a side where nothing else is set; viewers.md rule 6
_WORD_AND_BLANKS = regex.compile(r"\S+\s*|\s+")
_BLANKS_AND_WORD = regex.compile(r"\s*\S+|\s+")
_CLUSTER = regex.compile(r"\X")


def hit_inside(annotations: Sequence[Annotation], place: int, start: int, end: int, limit: int = CONTEXT) -> HitText:
    """Return the hit that characters `start` to `end` (exclusive) of a longer annotation are.

    `place` is the annotation's in the answer's list. Its match is told by what stands around it in the annotation's
    own text, up to `limit` characters a side: `selectors` in version 1, `highlighting` in 2.0.
    """
    text = annotations[place].text
    prefix = before(reversed(_WORD_AND_BLANKS.findall(text[:start])), limit)
    suffix = after(_BLANKS_AND_WORD.findall(text[end:]), limit)
    return HitText((place,), text[start:end], prefix, suffix, inside=True)


def before(pieces: Iterable[str], limit: int) -> str:
    """Return as many of the pieces, nearest first, as `limit` characters hold, in the order of reading.

    No word is cut; a script that is written without spaces is, between two of its characters.
    """
    text = ""
    for piece in pieces:
        if len(piece) + len(text) > limit:
            return last_part(piece, limit - len(text)) + text
        text = piece + text
    return text


def after(pieces: Iterable[str], limit: int) -> str:
    """Return as many of the pieces, nearest first, as `limit` characters hold; cut as `before` cuts."""
    text = ""
    for piece in pieces:
        if len(piece) + len(text) > limit:
            return text + first_part(piece, limit - len(text))
        text += piece
    return text


def last_part(piece: str, room: int) -> str:
    """Return the end of a piece that is longer than `room` characters: empty, if it may not be cut there."""
    if piece.isascii():
        return ""
    cut = next((cut for cut in _cuts(piece) if len(piece) - cut <= room), len(piece))
    return piece[cut:] if piece[cut:].strip() else ""


def first_part(piece: str, room: int) -> str:
    """Return the beginning of a piece that is longer than `room` characters: empty, if it may not be cut there."""
    if piece.isascii():
        return ""
    cut = max((cut for cut in _cuts(piece) if cut <= room), default=0)
    return piece[:cut] if piece[:cut].strip() else ""


def _cuts(piece: str) -> Iterator[int]:
    """Yield, ascending, where a piece may be cut: beside a character of a script without spaces."""
    if not is_spaceless(piece):
        return
    for one, other in pairwise(_CLUSTER.finditer(piece)):
        if is_spaceless(one.group()) or is_spaceless(other.group()):
            yield other.start()
