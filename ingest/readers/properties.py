"""The `title` of an hOCR element: properties separated by semicolons, values bare or quoted."""

import re

from ingest.numbers import number
from lectern.words import Box

_PIECE = re.compile(r"""\s*(?:(;)|"((?:\\.|[^"\\])*)"|'((?:\\.|[^'\\])*)'|([^\s;"']+))""")
_ESCAPED = re.compile(r"\\(.)")

Properties = dict[str, list[str]]


def parse_title(title: str) -> Properties:
    """Return the properties by name; quotes may hold semicolons and blanks, an unclosed quote ends with the title."""
    found: Properties = {}
    values: list[str] | None = None
    place = 0
    while match := _PIECE.match(title, place):
        place = match.end()
        separator, double, single, bare = match.groups()
        if separator:
            values = None
            continue
        quoted = double if double is not None else single
        text = bare if quoted is None else _ESCAPED.sub(r"\1", quoted) if r"\"" in quoted else quoted
        if values is None:
            values = found.setdefault(text, [])
        else:
            values.append(text)
    return found


def box_of(properties: Properties) -> Box | None:
    """Return the bbox with its corners in order, None if there is none, it is torn, or it is 0 0 0 0."""
    corners = [corner for text in properties.get("bbox", [])[:4] if (corner := number(text)) is not None]
    if len(corners) < 4:
        return None
    x0, y0, x1, y1 = corners
    left, right, top, bottom = min(x0, x1), max(x0, x1), min(y0, y1), max(y0, y1)
    return None if left == right == top == bottom == 0 else Box(left, top, right - left, bottom - top)


def confidence_of(properties: Properties) -> float | None:
    """Return the word confidence, 0 to 1, from x_wconf (or x_conf, x_confs) in per cent."""
    for name in ("x_wconf", "x_conf", "x_confs"):
        values = [value for text in properties.get(name, []) if (value := number(text)) is not None]
        if values:
            return min(1.0, max(0.0, sum(values) / len(values) / 100))
    return None
