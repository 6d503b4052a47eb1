"""The words around a match in text of words with blanks between them, as nearly all is: a page of hits asks often.

What is answered is what `quoting` answers for the same words, far quicker: the words of a page run on in one string,
made once, and what is around a match is a slice of it. Any other text is left to `quoting`.
"""

import re
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Sequence, Set
from itertools import accumulate
from operator import add

# No script that is written without spaces, and no sign of Chinese or Japanese, is outside of this.
_OTHER = re.compile("[\u02ea\u02eb\u0e00-\u1dff\u2e80-\U0010ffff]")


class Words:
    """The words of a page as printed, and as they run on; `begins` and `ends` tell where each is in that text.

    `halves` are the words that a hyphen joins to the next, counted from `offset` on: no blank follows them.
    """

    __slots__ = ("begins", "ends", "halves", "is_plain", "offset", "text", "texts")

    def __init__(self, texts: list[str], offset: int, halves: Set[int]) -> None:
        self.texts, self.offset, self.halves = texts, offset, halves
        pieces = [f"{text} " for text in texts]
        for half in halves & set(range(offset, offset + len(texts))):
            pieces[half - offset] = texts[half - offset]
        self.text = "".join(pieces)
        self.begins: Sequence[int] = array("I", [0, *accumulate(map(len, pieces[:-1]))])
        self.ends: Sequence[int] = array("I", map(add, self.begins, map(len, texts)))
        self.is_plain = _is_plain(self.text)


def words_before(page: Words, first: int, limit: int) -> str | None:
    """Return whole words before a word, up to `limit` characters, a blank after the last; None for other text."""
    text, begins = page.text, page.begins
    end = begins[first]
    i = bisect_left(begins, end - limit, 0, first) if end > limit else 0
    # The word that did not fit must be plain, too: of another kind of text a part of it would be shown.
    if page.is_plain or _is_plain(text[begins[max(i - 1, 0)] : end]):
        return text[begins[i] : end]
    return None


def words_after(page: Words, last: int, limit: int) -> str | None:
    """Return whole words after a word, up to `limit` characters, a blank before the first; None for other text."""
    text, ends = page.text, page.ends
    begin = ends[last]
    i = bisect_right(ends, begin + limit, last)
    if page.is_plain or _is_plain(text[begin : ends[min(i, len(ends) - 1)]]):
        return text[begin : ends[i - 1]]
    return None


def _is_plain(text: str) -> bool:
    """Return whether a text is all of scripts with blanks between words."""
    return text.isascii() or _OTHER.search(text) is None
