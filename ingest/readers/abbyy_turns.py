"""Turned texts in FineReader XML, some of whose boxes lie in a page that was turned before it was read."""

from collections.abc import Callable
from dataclasses import dataclass

from lectern.words import Block, Box, Line, Page, Word, union

_MOSTLY = 0.5


@dataclass(frozen=True, slots=True)
class _Turn:
    """The way back from a turned page to the page: `back` maps a box, given the page's width and height."""

    downwards: bool
    back: Callable[[Box, float, float], Box]


_TURNS = {
    "rotatedclockwise": _Turn(True, lambda box, width, _: Box(width - box.bottom, box.x, box.h, box.w)),
    "rotatedcounterclockwise": _Turn(False, lambda box, _, height: Box(box.y, height - box.right, box.h, box.w)),
    "rotatedupsidedown": _Turn(
        False, lambda box, width, height: Box(width - box.right, height - box.bottom, box.w, box.h)
    ),
}


def reads_downwards(orientation: str | None) -> bool:
    """Return whether a text of this orientation runs from the head of the page to its foot."""
    turn = _TURNS.get((orientation or "").lower())
    return turn is not None and turn.downwards


def turn_into(block: Block, around: Box | None, orientation: str | None, page: Page) -> bool:
    """Change a turned text's boxes, in place, to the page's own where only then they lie in the block around it.

    Returns False where they lie outside it either way: then they stay as they are.
    """
    turn = _TURNS.get((orientation or "").lower())
    boxes = [line.box for line in block.lines if line.box is not None]
    if turn is None or around is None or not boxes or page.width is None or page.height is None:
        return True
    extent = union(boxes)
    if _inside(extent, around):
        return True
    if not _inside(turn.back(extent, page.width, page.height), around):
        return False
    for line in block.lines:
        holders: list[Line | Word] = [line, *line.words]
        for holder in holders:
            if holder.box is not None:
                holder.box = turn.back(holder.box, page.width, page.height)
    return True


def _inside(box: Box, around: Box) -> bool:
    """Return whether at least half of a box lies inside another."""
    across = min(box.right, around.right) - max(box.x, around.x)
    down = min(box.bottom, around.bottom) - max(box.y, around.y)
    return across > 0 and down > 0 and across * down >= _MOSTLY * box.w * box.h
