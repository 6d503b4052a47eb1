"""Where an annotation lies: canvas, box and time, from every form of target that the two annotation models have."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from ingest.numbers import number
from ingest.readers.svg import svg_extent
from lectern.words import Box

_BOX = re.compile(r"xywh=(?:(pixel|percent|pct):)?([^,&]+),([^,&]+),([^,&]+),([^,&]+)")
_TIME = re.compile(r"(?:^|[#&])t=(?:npt:)?([0-9:.]*)(?:,([0-9:.]*))?")
_DEEPEST = 6  # of what targets and selectors nest
MAX_TARGETS = 16
_LONGEST_FRAGMENT = 1000
_INNER = ("full", "source", "items", "item", "members")


@dataclass(frozen=True, slots=True)
class Place:
    """A part of a canvas. `box` is in canvas pixels, or in hundredths of the canvas' sides; `time` is in seconds."""

    canvas: str
    box: Box | None = None
    percent: bool = False
    time: tuple[float, float] | None = None
    label: str = ""


def places_of(target: Any) -> list[Place]:
    """Return the places that a target (or `on`) names, at most 16, each once; none where it names no canvas."""
    found = islice(_resources(target, _DEEPEST), MAX_TARGETS)
    return list(dict.fromkeys(_selected(selector, place, _DEEPEST) or place for place, selector in found))


def canvases_of(target: Any) -> list[str]:
    """Return the canvases that `places_of` names, without looking at what part of them is meant."""
    return list(dict.fromkeys(place.canvas for place, _ in islice(_resources(target, _DEEPEST), MAX_TARGETS)))


def _resources(target: Any, depth: int) -> Iterator[tuple[Place, Any]]:
    """Yield (place that the resource itself names, selector to be applied to it)."""
    if depth == 0:
        return
    if isinstance(target, str):
        if target.strip():
            yield _of_address(target.strip()), None
    elif isinstance(target, list):
        for each in target:
            yield from _resources(each, depth - 1)
    elif isinstance(target, dict):
        inner = None if _is_canvas(target) else next((target[key] for key in _INNER if target.get(key)), None)
        if inner is not None:
            for place, selector in _resources(inner, depth - 1):
                yield place, target.get("selector") or selector
        elif isinstance(name := target.get("id") or target.get("@id"), str) and name.strip():
            place = _of_address(name.strip())
            yield Place(place.canvas, place.box, place.percent, place.time, _label(target)), target.get("selector")


def _is_canvas(target: dict[str, Any]) -> bool:
    kind = target.get("type") or target.get("@type")
    return isinstance(kind, str) and kind.endswith("Canvas")


def _label(target: dict[str, Any]) -> str:
    """Return the label of a canvas, be it a text, a list or a language map."""
    value = target.get("label")
    for _ in range(3):
        if isinstance(value, dict):
            value = value.get("@value") or next(iter(value.values()), None)
        elif isinstance(value, list):
            value = value[0] if value else None
    return " ".join(value.split())[:200] if isinstance(value, str) else ""


def _of_address(address: str) -> Place:
    canvas, _, fragment = address.partition("#")
    return _of_fragment(fragment, Place(canvas))


def _of_fragment(fragment: str, whole: Place) -> Place:
    """Return the part of a place that a media fragment names; the place itself if it names none."""
    fragment = fragment[:_LONGEST_FRAGMENT]
    box, percent = whole.box, whole.percent
    if (match := _BOX.search(fragment)) is not None:
        unit, *sides = match.groups()
        measures = [number(side) for side in sides]
        x, y, w, h = measures
        if x is not None and y is not None and w is not None and h is not None and w >= 0 and h >= 0:
            box, percent = Box(x, y, w, h), unit in {"percent", "pct"}
    return Place(whole.canvas, box, percent, _time(fragment) or whole.time, whole.label)


def _time(fragment: str) -> tuple[float, float] | None:
    match = _TIME.search(fragment)
    if match is None or not (match[1] or match[2]):
        return None
    start = _seconds(match[1]) if match[1] else 0.0
    end = _seconds(match[2]) if match[2] else start
    return None if start is None or end is None else (start, max(start, end))


def _seconds(text: str) -> float | None:
    """Return seconds from `12.5`, `1:02.5` or `1:00:02.5`."""
    total = 0.0
    pieces = text.split(":")
    for piece in pieces:
        value = number(piece)
        if value is None or len(pieces) > 3:
            return None
        total = 60 * total + value
    return total


def _selected(selector: Any, whole: Place, depth: int) -> Place | None:
    """Return the part of a place that a selector names; of several, which are other ways to say it, the first."""
    if depth == 0:
        return None
    if isinstance(selector, list):
        return next((found for each in selector if (found := _selected(each, whole, depth - 1))), None)
    if isinstance(selector, str):
        return _changed(_of_fragment(selector, whole), whole)
    if not isinstance(selector, dict):
        return None
    value = next((selector[key] for key in ("value", "chars", "@value") if isinstance(selector.get(key), str)), "")
    found = None
    if "<" in value:
        extent = svg_extent(value)
        found = None if extent is None else Place(whole.canvas, extent, False, whole.time, whole.label)
    elif value:
        found = _changed(_of_fragment(value, whole), whole)
    for key in ("default", "item", "items", "refinedBy"):
        if found is None and selector.get(key) is not None:
            found = _selected(selector[key], whole, depth - 1)
    return found


def _changed(place: Place, whole: Place) -> Place | None:
    return None if place == whole else place
