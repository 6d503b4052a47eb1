"""How words run on in print: which way, and with a blank between them or none."""

import unicodedata
from collections.abc import Iterable
from itertools import chain, pairwise

_FIRST_SIGN = "\u2e80"  # no sign of Chinese or Japanese comes before
_NO_BLANKS = (("\u2e80", "\u9fff"), ("\uf900", "\ufaff"), ("\uff00", "\uffef"), ("\U00020000", "\U0003ffff"))


def gap(before: str, after: str) -> str:
    """Return what stands between two words of a line: nothing between signs of Chinese and Japanese, else a blank."""
    return "" if _is_sign(before[-1:]) and _is_sign(after[:1]) else " "


def _is_sign(character: str) -> bool:
    """Return whether a character is of a script that puts no blanks between words, or of its punctuation."""
    return character >= _FIRST_SIGN and any(first <= character <= last for first, last in _NO_BLANKS)


def running(texts: Iterable[str]) -> str:
    """Return words as they run on in a line."""
    words = list(texts)
    text = " ".join(words)
    if text.isascii() or max(text) < _FIRST_SIGN:
        return text
    return "".join(chain(words[:1], (gap(before, after) + after for before, after in pairwise(words))))


def reads_leftwards(text: str) -> bool:
    """Return whether the first letter with a direction is one of a right-to-left script."""
    if text.isascii():
        return False
    for character in text:
        direction = unicodedata.bidirectional(character)
        if direction in {"R", "AL"}:
            return True
        if direction == "L":
            return False
    return False
