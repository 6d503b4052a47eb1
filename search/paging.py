"""Where a long answer is cut: only between canvases, never inside a hit (CSX-03, viewers.md rule 7)."""

from bisect import bisect_left
from collections.abc import Sequence


def cuts(spans: Sequence[tuple[int, int]], size: int) -> list[int]:
    """Return where each page of an answer begins, as places in `spans`.

    `spans` are the first and last canvas of every hit in order. A page of an answer has `size` hits or more:
    a canvas is not split, and two canvases that a hit binds stay together.
    """
    starts = [0]
    furthest = -1
    for place, (first, last) in enumerate(spans):
        if place - starts[-1] >= size and first > furthest:
            starts.append(place)
        furthest = max(furthest, last)
    return starts


def page_at(starts: Sequence[int], spans: Sequence[tuple[int, int]], canvas: int) -> int:
    """Return which page of an answer begins at a canvas, or is the next to begin after it."""
    firsts = [spans[start][0] for start in starts if start < len(spans)]
    return min(bisect_left(firsts, canvas), len(starts) - 1)
