"""Words near one another: the smallest stretches of tokens that hold all of them."""

from collections import deque
from collections.abc import Mapping, Sequence
from itertools import pairwise

Lights = Mapping[tuple[int, int], tuple[int, int]]
_Span = tuple[int, int]
_MOST_TRIED = 200, 50_000  # choices at one place, and in all, where words share tokens: no query takes long (TH-83)


def stretches(words: Sequence[Lights], distance: int) -> list[_Span]:
    """Return the smallest (first token, last token) that hold a span of every word, in order.

    `words` gives for each word its spans. The spans of different words may not share a token; at most
    `distance` tokens lie in a stretch beside them.
    """
    events = sorted((first, last, which) for which, spans in enumerate(words) for first, last in spans)
    # Others take at most one place each, so a word's newest spans are all that it may be moved to.
    newest: list[deque[_Span]] = [deque(maxlen=2 * len(words)) for _ in words]
    found: list[_Span] = []
    left = _MOST_TRIED[1]
    for first, last, which in events:
        newest[which].append((first, last))
        if not all(newest):
            continue
        chosen = sorted(spans[-1] for spans in newest)
        if not _are_apart(chosen):
            others = [spans for other, spans in enumerate(newest) if other != which]
            choice = _Choice(others, (first, last), min(left, _MOST_TRIED[0]))
            chosen, left = choice.best, left - choice.tried
        if chosen and chosen[-1][1] - chosen[0][0] + 1 - sum(b - a + 1 for a, b in chosen) <= distance:
            found.append((chosen[0][0], chosen[-1][1]))
    return _smallest(found)


def _are_apart(spans: Sequence[_Span]) -> bool:
    """Return whether no two of these spans, which are in order, share a token."""
    return all(before[1] < after[0] for before, after in pairwise(spans))


class _Choice:
    """One span for each of some words, apart from each other and from the last, the first as late as can be."""

    def __init__(self, words: Sequence[Sequence[_Span]], last: _Span, most: int) -> None:
        self._words = words
        self._most = most
        self.tried = 0
        self.best: list[_Span] = []
        self._choose([last])

    def _choose(self, chosen: list[_Span]) -> None:
        if len(chosen) > len(self._words):
            self.best = sorted(chosen)
            return
        for span in reversed(self._words[len(chosen) - 1]):
            if self.tried == self._most or (self.best and span[0] <= self.best[0][0]):
                return
            self.tried += 1
            if all(span[1] < first or span[0] > last for first, last in chosen):
                self._choose([*chosen, span])


def _smallest(found: list[_Span]) -> list[_Span]:
    """Return the stretches that hold no other stretch."""
    kept: list[_Span] = []
    for begin, end in sorted(set(found), key=lambda span: (span[1], -span[0])):
        if not kept or begin > kept[-1][0]:
            kept.append((begin, end))
    return kept
