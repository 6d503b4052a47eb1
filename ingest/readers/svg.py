"""The extent of a shape drawn in SVG, as annotation tools keep it in a selector."""

import re

from lxml import etree

from ingest.numbers import number, numbers_in
from ingest.traps import MAX_TEXT_LENGTH
from ingest.xml import attributes, examine, local_name, parse_tree
from lectern.errors import InputError
from lectern.words import Box, union

_COMMAND = re.compile(r"([MmLlHhVvCcSsQqTtAaZz])([^A-DF-Za-df-z]*)")  # an `e` belongs to a number
_STEP = {"m": 2, "l": 2, "t": 2, "h": 1, "v": 1, "c": 6, "s": 4, "q": 4, "a": 7}
_SHAPES = 100
_NEARLY_TWO_RADII = 1.9

_Point = tuple[float, float]


def svg_extent(text: str) -> Box | None:
    """Return the smallest box around all shapes, in the drawing's own pixels; None if there is nothing to measure.

    Of a curve the control points count, so that the box may be a little larger than what is seen.
    """
    if len(text) > MAX_TEXT_LENGTH:
        return None
    try:
        root = parse_tree(examine(text.strip().encode(), "An SVG selector", html=False))
    except InputError:
        return None
    boxes: list[Box] = []
    for element in root.iter():
        if len(boxes) < _SHAPES and (box := _extent(element)) is not None:
            boxes.append(box)
    return union(boxes) if boxes else None


def _extent(element: etree._Element) -> Box | None:
    told = attributes(element)
    match local_name(element):
        case "path":
            return _around(path_points(told.get("d", "")))
        case "polygon" | "polyline":
            values = numbers_in(told.get("points", ""))
            return _around(list(zip(values[::2], values[1::2], strict=False)))
        case "rect" | "image":
            x, y, w, h = (number(told.get(name, "0")) or 0.0 for name in ("x", "y", "width", "height"))
            return Box(x, y, w, h) if w > 0 and h > 0 else None
        case "circle" | "ellipse":
            radius = number(told.get("r", "")) or 0.0
            across, down = (number(told.get(name, "")) or radius for name in ("rx", "ry"))
            x, y = (number(told.get(name, "0")) or 0.0 for name in ("cx", "cy"))
            return Box(x - across, y - down, 2 * across, 2 * down) if across > 0 and down > 0 else None
    return None


def _around(points: list[_Point]) -> Box | None:
    if len(points) < 2:
        return None
    left, top = min(x for x, _ in points), min(y for _, y in points)
    return Box(left, top, max(x for x, _ in points) - left, max(y for _, y in points) - top)


def path_points(data: str) -> list[_Point]:
    """Return the points of a path's `d`, control points among them, relative ones made absolute."""
    points: list[_Point] = []
    here = start = (0.0, 0.0)
    for letter, rest in _COMMAND.findall(data):
        if letter in "Zz":
            here = start
            continue
        values, kind = numbers_in(rest), letter.lower()
        step = _STEP[kind]
        for at in range(0, len(values) - step + 1, step):
            made = _segment(kind, values[at : at + step], here, relative=letter.islower())
            points += made
            here = made[-1]
            if kind == "m" and at == 0:
                start = here
    return points


def _segment(kind: str, values: list[float], here: _Point, *, relative: bool) -> list[_Point]:
    """Return the points that one segment of a path adds; the last is where it ends."""
    x, y = here if relative else (0.0, 0.0)
    if kind == "h":
        return [(x + values[0], here[1])]
    if kind == "v":
        return [(here[0], y + values[0])]
    if kind == "a":
        return _arc(values, here, (x + values[5], y + values[6]))
    return [(x + values[i], y + values[i + 1]) for i in range(0, len(values), 2)]


def _arc(values: list[float], here: _Point, end: _Point) -> list[_Point]:
    """Return the ends of an arc and, of half an ellipse or more, the corners of the box around it."""
    across, down = abs(values[0]), abs(values[1])
    x, y = (here[0] + end[0]) / 2, (here[1] + end[1]) / 2
    chord = max(abs(here[0] - end[0]) / (across or 1), abs(here[1] - end[1]) / (down or 1))
    corners = [(x - across, y - down), (x + across, y + down)] if chord >= _NEARLY_TWO_RADII else []
    return [*corners, end]
