"""Annotation pages and lists by the list of traps, section 6."""

import json
import re
from html import unescape
from typing import Any

from tests.golden.second.model import Box, Line, Page, Refused, extent, number, pieces

_TEXTS = {"TextualBody", "cnt:ContentAsText"}


def read_annotations(data: bytes) -> list[Page]:
    try:
        document = json.loads(data.decode("utf-8-sig"))
    except ValueError:
        raise Refused("not-json") from None
    pages: dict[str, Page] = {}
    for annotation in document.get("items") or document.get("resources") or []:
        for target in _list(annotation.get("target") or annotation.get("on"))[:1]:
            source, value = _target(target)
            page = pages.setdefault(source, Page(canvas=source))
            box, time, relative = _place(value)
            page.relative = page.relative or relative
            bodies = _list(annotation.get("body") or annotation.get("resource"))
            body = next((b for b in bodies if _type(b) in _TEXTS), None)
            if body is None:
                page.warnings.add("not-transcription")
                continue
            rows = [row for row in _text(body).split("\n") if row.strip()]
            for n, row in enumerate(rows):
                part = _row(box, n, len(rows))
                line = Line(pieces(row, part), part, time=time)
                for word in line.words:
                    word.language = body.get("language")
                    word.estimated = word.estimated or (len(rows) > 1 and box is not None)
                page.lines.append(line)
    return list(pages.values()) or [Page()]


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _type(body: Any) -> str:
    return str(body.get("type") or body.get("@type")) if isinstance(body, dict) else ""


def _text(body: dict[str, Any]) -> str:
    text = str(body.get("value") or body.get("chars") or "")
    if body.get("format") == "text/html":
        text = unescape(re.sub(r"<[^>]*>", "", re.sub(r"<br */?>|</p>", "\n", text)))
    return text


def _row(box: Box | None, n: int, rows: int) -> Box | None:
    """Return one of the rows that share a box's height."""
    if box is None:
        return None
    high = (box[3] - box[1]) / rows
    return box[0], box[1] + n * high, box[2], box[1] + (n + 1) * high


def _target(target: Any) -> tuple[str, str]:
    """Return the canvas, and what says where on it: a fragment or an SVG."""
    if isinstance(target, str):
        source, _, fragment = target.partition("#")
        return source, fragment
    source = target.get("source") or target.get("full") or target.get("id")
    source = source if isinstance(source, str) else source["id"]
    selectors = _list(target.get("selector"))
    flat = [s.get("default") or s for s in selectors]
    return source.partition("#")[0], str(next((s.get("value") for s in flat if s.get("value")), ""))


def _place(value: str) -> tuple[Box | None, tuple[float, float] | None, bool]:
    """Return a box, times in seconds, and whether the box is in fractions of the canvas."""
    if value.startswith("<svg"):
        numbers = [float(n) for n in re.findall(r"-?\d+(?:\.\d+)?", re.sub(r"http\S+", "", value))]
        return extent(list(zip(numbers[::2], numbers[1::2], strict=True))), None, False
    times = re.search(r"\bt=([\d.]+),([\d.]+)", value)
    found = re.search(r"xywh=(pixel:|percent:)?([\d.]+),([\d.]+),([\d.]+),([\d.]+)", value)
    time = (float(times[1]), float(times[2])) if times else None
    if not found:
        return None, time, False
    relative = found[1] == "percent:"
    x, y, w, h = ((number(part) or 0) / (100 if relative else 1) for part in found.groups()[1:])
    return (x, y, x + w, y + h), time, relative
