"""Pages whose OCR lies on its side against the canvas: which way to turn them, and the turn."""

from typing import Literal

from lectern.words import Block, Box, Line, Page, Word

Turn = Literal[90, 270]  # degrees clockwise

_MAJORITY = 0.8
_ASKEW = 45


def turn_of(page: Page) -> Turn | None:
    """Return the turn that makes a page's text upright, None where nothing tells.

    What the source says of its content's rotation counts first. Else the words of a line do: those that follow
    one another downwards are turned back counter-clockwise, those that climb clockwise.
    """
    for turn in (90, 270):
        if abs(page.rotation % 360 - turn) < _ASKEW:
            return 90 if turn == 90 else 270
    courses = [course for line in page.lines() if (course := _course(line)) is not None]
    for course, found in (("up", 90), ("down", 270)):
        if courses and courses.count(course) >= _MAJORITY * len(courses):
            return 90 if found == 90 else 270
    return None


def _course(line: Line) -> str | None:
    """Return where the words of a line go: up, down or along; None for a line that does not tell."""
    boxes = [word.box for word in line.words if word.box is not None and not word.estimated]
    if len(boxes) < 2:
        return None
    first, last = boxes[0], boxes[-1]
    across = abs(last.x + last.w / 2 - first.x - first.w / 2)
    down = last.y + last.h / 2 - first.y - first.h / 2
    if abs(down) <= 2 * across:
        return "along"
    return "down" if down > 0 else "up"


def turn_page(page: Page, turn: Turn) -> None:
    """Turn a page and all its boxes, in place, by a number of degrees clockwise; its size must be known."""
    width, height = page.width or 0.0, page.height or 0.0
    left, top = page.x, page.y

    def turned(box: Box | None) -> Box | None:
        if box is None:
            return None
        x, y = box.x - left, box.y - top
        if turn == 90:
            return Box(height - y - box.h, x, box.h, box.w)
        return Box(y, width - x - box.w, box.h, box.w)

    holders: list[Block | Line | Word] = [*page.blocks, *page.lines(), *page.words()]
    for holder in holders:
        holder.box = turned(holder.box)
    for line in page.lines():
        if line.direction == "ttb":  # it ran downwards on the side of the page: now it lies
            line.direction = None
    page.width, page.height, page.x, page.y = height, width, 0.0, 0.0
    page.rotation = (page.rotation - turn) % 360
