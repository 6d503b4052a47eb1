"""Polygons and base lines as PAGE-XML writes them, in any of its years, to boxes."""

from itertools import pairwise
from statistics import median

from lxml import etree

from ingest.numbers import number, numbers_in
from ingest.traps import MAX_TEXT_LENGTH
from ingest.xml import attributes, local_name
from lectern.words import Box, union

Point = tuple[float, float]


def points_of(element: etree._Element) -> tuple[list[Point], bool]:
    """Return the points of a Coords or Baseline element, and whether one of them was no point and is left out.

    They stand in the attribute `points`, or (before 2013) in Point elements.
    """
    values = attributes(element)
    if "points" in values:
        return _written(values["points"])
    found = [_point(*_corner(child)) for child in element if local_name(child) == "Point"]
    return [point for point in found if point is not None], None in found


def _corner(element: etree._Element) -> tuple[str, str]:
    values = attributes(element)
    return values.get("x", ""), values.get("y", "")


def _written(text: str) -> tuple[list[Point], bool]:
    """Return the points of `x,y x,y`, or of `x y x y` where there are no commas at all."""
    if len(text) > MAX_TEXT_LENGTH:
        return [], True
    if "," not in text:
        loose = numbers_in(text)
        return list(zip(loose[0::2], loose[1::2], strict=False)), bool(len(loose) % 2 or (not loose and text.strip()))
    found = [_point(x, y) for x, _, y in (piece.partition(",") for piece in text.split())]
    return [point for point in found if point is not None], None in found


def _point(x: str, y: str) -> Point | None:
    across, down = number(x), number(y)
    return None if across is None or down is None else (across, down)


def extent(points: list[Point]) -> Box | None:
    """Return the box around points, None if they are fewer than two or all the same."""
    xs, ys = [x for x, _ in points], [y for _, y in points]
    if len(points) < 2 or (min(xs) == max(xs) and min(ys) == max(ys)):
        return None
    return Box(min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys))


def line_distance(baselines: list[Box]) -> float | None:
    """Return the median distance of base lines that follow one another, None where there are not two."""
    middles = [line.y + line.h / 2 for line in baselines]
    steps = [abs(below - above) for above, below in pairwise(middles) if below != above]
    return median(steps) if steps else None


def around_baseline(baseline: Box, distance: float) -> Box:
    """Return a box for a line of which only its base line is known: half a line's distance above and below."""
    return Box(baseline.x, baseline.y - distance / 2, baseline.w, baseline.h + distance)


def around(boxes: list[Box | None]) -> Box | None:
    """Return the box around those that are known, None if none is."""
    known = [box for box in boxes if box is not None]
    return union(known) if known else None
