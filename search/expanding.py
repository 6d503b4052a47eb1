"""Which surface words a pattern stands for: a range of the object's own term table, or its nearest words."""

import fnmatch
import re

from search.similar import is_within, similar
from search.syntax import Pattern, Shape
from search.terms import TermTable


def expand(pattern: Pattern, terms: TermTable) -> frozenset[str]:
    """Return the surface words of a pattern."""
    if pattern.shape is Shape.PREFIX:
        return frozenset(terms.all_with_prefix(pattern.text))
    if pattern.shape is Shape.WILDCARD:
        return _fitting(pattern.text, terms)
    return _misspelt(pattern.text, pattern.distance, terms)


def _fitting(text: str, terms: TermTable) -> frozenset[str]:
    prefix = re.split(r"[*?]", text, maxsplit=1)[0]
    # fnmatch writes patterns that never go back over a star, so that no query takes long (TH-83).
    fits = re.compile(fnmatch.translate(text.replace("[", "[[]")))
    return frozenset(term for term in terms.all_with_prefix(prefix) if fits.fullmatch(term))


def _misspelt(word: str, distance: int, terms: TermTable) -> frozenset[str]:
    """Return the words within `distance` edits, two neighbours swapped being one edit.

    A swap may break two pieces of a word that `similar` looks for, so each way to spend edits on swaps is asked for by
    itself.
    """
    found = set(similar(word, distance, terms))
    for swapped in _swaps(word):
        if distance == 1:
            found |= {swapped} if swapped in terms else set()
        else:
            found |= similar(swapped, distance - 1, terms)
            found |= {twice for twice in _swaps(swapped) if twice in terms}
    # A letter that was swapped may not be edited again: that would make almost any short words alike.
    return frozenset(term for term in found if is_within(distance, word, term))


def _swaps(word: str) -> frozenset[str]:
    """Return the word with each two neighbours swapped."""
    return frozenset(word[:i] + word[i + 1] + word[i] + word[i + 2 :] for i in range(len(word) - 1)) - {word}
