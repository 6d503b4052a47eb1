"""Which words of an object are spelt nearly like another: looked for in its own term table.

Of a word that is cut into one piece more than edits are allowed, one piece at least is in place untouched, so only the
terms with that piece need a closer look: some hundreds of ten thousand.
"""

from collections.abc import Iterator
from itertools import chain, pairwise

from search.terms import TermTable


def similar(word: str, distance: int, terms: TermTable) -> frozenset[str]:
    """Return the terms within `distance` letters more, less or other; of neighbours swapped perhaps not all."""
    if len(word) <= distance:
        near = terms.all_with_prefix("")
    else:
        first, *middle, last = _pieces(word, distance + 1)
        near = chain(terms.all_with_prefix(first), terms.all_with(last, last=True), *map(terms.all_with, middle))
    shortest, longest = len(word) - distance, len(word) + distance
    return frozenset(term for term in near if shortest <= len(term) <= longest and is_within(distance, word, term))


def _pieces(word: str, count: int) -> Iterator[str]:
    """Yield a word in pieces of about one length, none of them empty."""
    cuts = [len(word) * i // count for i in range(count + 1)]
    return (word[start:stop] for start, stop in pairwise(cuts))


def is_within(distance: int, a: str, b: str) -> bool:
    """Return whether two words are so many edits apart at most (see `edits`)."""
    most = min(len(a), len(b))
    start = 0
    while start < most and a[start] == b[start]:
        start += 1
    end = 0
    while end < most - start and a[-1 - end] == b[-1 - end]:
        end += 1
    other_a, other_b = a[start : len(a) - end], b[start : len(b) - end]
    # Each edit changes one letter or swaps two, so most words are told apart by their letters alone.
    letters, others = set(other_a), set(other_b)
    if len(letters - others) > distance or len(others - letters) > distance:
        return False
    if distance == 1 and len(other_a) + len(other_b) > len("abba"):  # one edit is two neighbours swapped at most
        return False
    return edits(other_a, other_b) <= distance


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
