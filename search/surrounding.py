"""The words around a match in text of words with blanks between them, as nearly all is: a page of hits asks often.

What is answered is what `quoting` answers for the same words, an order of magnitude quicker; any other text is left to
it.
"""

import re
from collections.abc import Set
from typing import NamedTuple

# No script that is written without spaces, and no sign of Chinese or Japanese, is outside of this.
_OTHER = re.compile("[\u02ea\u02eb\u0e00-\u1dff\u2e80-\U0010ffff]")


class Words(NamedTuple):
    """The words of a page as printed; `halves` are those that a hyphen joins to the next, counted from `offset` on."""

    texts: list[str]
    offset: int
    halves: Set[int]


def words_before(page: Words, first: int, limit: int) -> str | None:
    """Return whole words before a word, up to `limit` characters, a blank after the last; None for other text."""
    texts, offset, halves = page
    joined, room, i = False, limit, first - 1
    while i >= 0:
        if i + offset in halves:
            joined, size = True, len(texts[i])
        else:
            size = len(texts[i]) + 1
        if size > room:
            break
        room -= size
        i -= 1
    if not _is_plain(texts, max(i, 0), first):
        return None
    if joined:
        return "".join(texts[j] if j + offset in halves else f"{texts[j]} " for j in range(i + 1, first))
    return " ".join(texts[i + 1 : first]) + " " if i + 1 < first else ""


def words_after(page: Words, last: int, limit: int) -> str | None:
    """Return whole words after a word, up to `limit` characters, a blank before the first; None for other text."""
    texts, offset, halves = page
    joined, room, i, end = False, limit, last + 1, len(texts)
    while i < end:
        if i - 1 + offset in halves:
            joined, size = True, len(texts[i])
        else:
            size = len(texts[i]) + 1
        if size > room:
            break
        room -= size
        i += 1
    if not _is_plain(texts, last + 1, min(i + 1, end)):
        return None
    if joined:
        return "".join(texts[j] if j - 1 + offset in halves else f" {texts[j]}" for j in range(last + 1, i))
    return " " + " ".join(texts[last + 1 : i]) if i > last + 1 else ""


def _is_plain(texts: list[str], start: int, stop: int) -> bool:
    """Return whether some words are all of scripts with blanks between words; so must the one be that did not fit."""
    text = "".join(texts[start:stop])
    return text.isascii() or _OTHER.search(text) is None
