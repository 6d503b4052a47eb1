"""The `title` of an hOCR element: properties separated by semicolons, values bare or quoted."""

import re

from ingest.numbers import number
from ingest.traps import Unreadable
from lectern.words import Box

_PIECE = re.compile(r"""\s*(?:(;)|"((?:\\.|[^"\\])*)"|'((?:\\.|[^'\\])*)'|([^\s;"']+))""")
_PLAIN = re.compile(
    r"\s*bbox (-?\d{1,6}) (-?\d{1,6}) (-?\d{1,6}) (-?\d{1,6})\s*(?:; ?x_wconf (\d{1,3}(?:\.\d{1,9})?)\s*)?(?:;|$)"
)
_LONGEST_TITLE = 1 << 16
_ESCAPED = re.compile(r"\\(.)")

Properties = dict[str, list[str]]


def parse_title(title: str) -> Properties:
    """Return the properties by name; quotes may hold semicolons and blanks, an unclosed quote ends with the title."""
    found: Properties = {}
    if len(title) > _LONGEST_TITLE:
        raise Unreadable("text-too-long", f"A title holds {len(title)} characters.", "This is no page of OCR.")
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


def box_and_confidence(title: str | None) -> tuple[Box | None, float | None]:
    """Return the box and the word confidence of a title; nearly all are plain, and those are read in one step."""
    if not title:
        return None, None
    plain = _PLAIN.match(title)
    if plain is None or (plain.end() < len(title) and ("conf" in title or "bbox" in title[plain.end() :])):
        properties = parse_title(title)
        return box_of(properties), confidence_of(properties)
    x0, y0, x1, y1, confidence = plain.groups()
    left, top, right, bottom = float(x0), float(y0), float(x1), float(y1)
    if left >= right or top >= bottom:
        return _between(left, top, right, bottom), _share(confidence)
    return Box(left, top, right - left, bottom - top), _share(confidence)


def _share(per_cent: str | None) -> float | None:
    return None if per_cent is None else min(1.0, float(per_cent) / 100)


def turned_by(title: str | None) -> float:
    """Return the textangle of a title: degrees that the text is turned by, counter-clockwise."""
    if not title or "textangle" not in title:
        return 0.0
    values = parse_title(title).get("textangle", [])
    return (number(values[0]) if values else None) or 0.0


def box_of(properties: Properties) -> Box | None:
    """Return the bbox with its corners in order, None if there is none, it is torn, or it is 0 0 0 0."""
    corners = [corner for text in properties.get("bbox", [])[:4] if (corner := number(text)) is not None]
    if len(corners) < 4:
        return None
    return _between(*corners)


def _between(x0: float, y0: float, x1: float, y1: float) -> Box | None:
    left, right, top, bottom = min(x0, x1), max(x0, x1), min(y0, y1), max(y0, y1)
    return None if left == right == top == bottom == 0 else Box(left, top, right - left, bottom - top)


def confidence_of(properties: Properties) -> float | None:
    """Return the word confidence, 0 to 1, from x_wconf (or x_conf, x_confs) in per cent; x_confs may be 0 to 1."""
    for name in ("x_wconf", "x_conf", "x_confs"):
        values = [value for text in properties.get(name, []) if (value := number(text)) is not None]
        if values:
            full = 1 if name == "x_confs" and max(values) <= 1 else 100  # kraken writes 0 to 1
            return min(1.0, max(0.0, sum(values) / len(values) / full))
    return None
