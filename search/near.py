"""Words near one another: the smallest stretches of tokens that hold all of them."""

from collections.abc import Mapping, Sequence

Lights = Mapping[tuple[int, int], tuple[int, int]]


def stretches(words: Sequence[Lights], distance: int) -> list[tuple[int, int]]:
    """Return the smallest (first token, last token) that hold a span of every word, in order.

    `words` gives for each word its spans. The spans of different words may not share a token; at most
    `distance` tokens lie in a stretch beside them.
    """
    events = sorted((first, last, which) for which, spans in enumerate(words) for first, last in spans)
    newest: dict[int, tuple[int, int]] = {}
    found: list[tuple[int, int]] = []
    for first, last, which in events:
        if any(last >= other[0] and first <= other[1] for key, other in newest.items() if key != which):
            continue  # one token cannot be two of the words
        newest[which] = (first, last)
        if len(newest) < len(words):
            continue
        begin = min(span[0] for span in newest.values())
        end = max(span[1] for span in newest.values())
        taken = sum(span[1] - span[0] + 1 for span in newest.values())
        if end - begin + 1 - taken <= distance:
            found.append((begin, end))
    return _smallest(found)


def _smallest(found: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the stretches that hold no other stretch."""
    kept: list[tuple[int, int]] = []
    for begin, end in sorted(set(found), key=lambda span: (span[1], -span[0])):
        if not kept or begin > kept[-1][0]:
            kept.append((begin, end))
    return kept
