"""Where a long answer is cut: only between canvases, never inside a hit (CSX-03, viewers.md rule 7)."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import pairwise

from lectern.errors import InputError
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


def groups(findings: Sequence[Finding]) -> list[Sequence[Finding]]:
    """Return findings, which are in the order of reading, in the smallest stretches that may not be parted."""
    starts = [*cuts(findings, 1), len(findings)]
    return [findings[a:b] for a, b in pairwise(starts) if a < b]


def cuts_between(parted: Sequence[Sequence[Finding]], size: int) -> list[int]:
    """Return where each page of an answer begins when its groups stand in any order, as places over them all."""
    starts, place = [0], 0
    for group in parted:
        if place - starts[-1] >= size:
            starts.append(place)
        place += len(group)
    return starts


def page_with(starts: Sequence[int], findings: Sequence[Finding], begin: tuple[str, int]) -> int:
    """Return which page of an answer, its groups in any order, holds an object's page (from 0).

    Raises InputError if there is nothing on it (any more): no other place in such an order is the next one.
    """
    for place, finding in enumerate(findings):
        if finding.begin == begin:
            return bisect_right(starts, place) - 1
    raise InputError(f"`from` is {begin[0]}:{begin[1] + 1}, and nothing is found there.", "Begin anew, without `from`.")
