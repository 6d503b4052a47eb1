"""Where a long answer is cut: only between canvases, never inside a hit (CSX-03, viewers.md rule 7)."""

from bisect import bisect_left
from collections.abc import Sequence

from search.findings import Finding


def cuts(findings: Sequence[Finding], size: int) -> list[int]:
    """Return where each page of an answer begins, as places in `findings`, which are in order.

    A page of an answer has `size` of them or more: a canvas is not split, and two canvases that a hit binds stay
    together.
    """
    starts = [0]
    furthest = ("", -1)
    for place, finding in enumerate(findings):
        if place - starts[-1] >= size and finding.begin > furthest:
            starts.append(place)
        furthest = max(furthest, finding.end)
    return starts


def page_at(starts: Sequence[int], findings: Sequence[Finding], begin: tuple[str, int]) -> int:
    """Return which page of an answer begins at an object's page (from 0), or is the next to begin after it."""
    firsts = [findings[start].begin for start in starts if start < len(findings)]
    return min(bisect_left(firsts, begin), len(starts) - 1)
