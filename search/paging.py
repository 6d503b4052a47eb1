"""Where a long answer is cut: only between canvases, never inside a hit (CSX-03, viewers.md rule 7)."""

from bisect import bisect_left
from collections.abc import Sequence
from itertools import pairwise

from lectern.errors import InputError
from search.spans import Run


def cuts(runs: Sequence[Run], size: int) -> list[int]:
    """Return where each page of an answer begins, as places in `runs`, which are in order; none if there are none.

    A page of an answer has `size` findings or more: a canvas is not split, and two canvases that a hit binds stay
    together.
    """
    starts: list[int] = []
    object_id, furthest, held = "", -1, size
    for place, run in enumerate(runs):
        elsewhere = run.object_id != object_id
        if held >= size and (elsewhere or run.page > furthest):
            starts.append(place)
            held = 0
        object_id, furthest = run.object_id, run.last_page if elsewhere else max(furthest, run.last_page)
        held += run.findings
    return starts


def place_of(runs: Sequence[Run], object_id: str, page: int) -> int:
    """Return the place of the first run that begins at an object's page (from 0) or after it."""
    return bisect_left(runs, (object_id, page), key=lambda run: (run.object_id, run.page))


def groups(runs: Sequence[Run]) -> list[Sequence[Run]]:
    """Return runs, which are in order, in the smallest stretches that may not be parted."""
    return [runs[a:b] for a, b in pairwise([*cuts(runs, 1), len(runs)])]


def cuts_between(parted: Sequence[Sequence[Run]], size: int) -> list[int]:
    """Return where each page of an answer begins, as places in its groups, in whatever order these are."""
    starts: list[int] = []
    held = size
    for place, group in enumerate(parted):
        if held >= size:
            starts.append(place)
            held = 0
        held += sum(run.findings for run in group)
    return starts


def group_with(parted: Sequence[Sequence[Run]], object_id: str, page: int) -> int:
    """Return the place of the group that has an object's page (from 0) in it.

    Raises InputError if there is nothing on it (any more): no other place in such an order is the next one.
    """
    for place, group in enumerate(parted):
        if any((run.object_id, run.page) == (object_id, page) for run in group):
            return place
    raise InputError(f"`from` is {object_id}:{page + 1}, and nothing is found there.", "Begin anew, without `from`.")
