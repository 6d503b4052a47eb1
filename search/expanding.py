"""Which surface words a pattern stands for: a range of the object's own term table, or the engine's nearest words."""

import fnmatch
import re
from collections.abc import Callable

from search.syntax import Pattern, Shape
from search.terms import TermTable

Similar = Callable[[str, int], frozenset[str]]


def expand(pattern: Pattern, terms: TermTable, similar: Similar) -> frozenset[str]:
    """Return the surface words of a pattern.

    `similar(word, distance)` gives the words within that many letters more, less or other.
    """
    if pattern.shape is Shape.PREFIX:
        return frozenset(terms.all_with_prefix(pattern.text))
    if pattern.shape is Shape.WILDCARD:
        return _fitting(pattern.text, terms)
    return _misspelt(pattern.text, pattern.distance, terms, similar)


def _fitting(text: str, terms: TermTable) -> frozenset[str]:
    prefix = re.split(r"[*?]", text, maxsplit=1)[0]
    # fnmatch writes patterns that never go back over a star, so that no query takes long (TH-83).
    fits = re.compile(fnmatch.translate(text.replace("[", "[[]")))
    return frozenset(term for term in terms.all_with_prefix(prefix) if fits.fullmatch(term))


def _misspelt(word: str, distance: int, terms: TermTable, similar: Similar) -> frozenset[str]:
    """Return the words within `distance` edits, two neighbours swapped being one edit.

    The engine does not know swaps, so each way to spend edits on swaps is asked for by itself.
    """
    found = set(similar(word, distance))
    for swapped in _swaps(word):
        if distance == 1:
            found |= {swapped} if swapped in terms else set()
        else:
            found |= similar(swapped, distance - 1)
            found |= {twice for twice in _swaps(swapped) if twice in terms}
    # A letter that was swapped may not be edited again: that would make almost any short words alike.
    return frozenset(term for term in found if edits(word, term) <= distance)


def edits(a: str, b: str) -> int:
    """Return the optimal string alignment distance: letters more, less or other, and neighbours swapped."""
    before: list[int] = []
    last = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        row = [i]
        for j, y in enumerate(b, 1):
            best = min(last[j] + 1, row[-1] + 1, last[j - 1] + (x != y))
            if before and j > 1 and x == b[j - 2] and a[i - 2] == y:
                best = min(best, before[j - 2] + 1)
            row.append(best)
        before, last = last, row
    return last[-1]


def _swaps(word: str) -> frozenset[str]:
    """Return the word with each two neighbours swapped."""
    return frozenset(word[:i] + word[i + 1] + word[i] + word[i + 2 :] for i in range(len(word) - 1)) - {word}
