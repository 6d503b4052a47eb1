"""Reads pages of W3C annotations (Presentation 3) and lists of Open Annotations (Presentation 2) as text.

An annotation that transcribes a part of a canvas is a line, or a word. Comments and tags are not what is printed.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ingest.jsonfile import Json, load_json
from ingest.markup import html_lines, lines_of
from ingest.readers.annotation_model import (
    HOLDERS,
    KINDS,
    annotations_in,
    bodies_of,
    kind_of,
    local_name,
    target_of,
    texts_of,
    transcribes,
)
from ingest.readers.gathering import Piece, lines_of_pieces
from ingest.readers.selectors import Place, canvases_of, places_of
from ingest.traps import MAX_PAGES, MAX_TEXT_LENGTH, Unreadable, warning
from lectern.words import Block, Page

OTHER_ANNOTATIONS = "annotations that are comments, tags or links"
_LEVELS = frozenset({"page", "block", "paragraph", "line", "word", "glyph"})


def read_annotations(source: Path | bytes, name: str) -> Iterator[Page]:
    """Yield a page for each canvas that a file's annotations are about, in order of first appearance.

    Boxes are in canvas pixels; a page whose boxes are all told in per cent is 100 by 100. `Page.canvas` is the
    canvas' id. A file without any annotation is one page without words. Raises Unreadable.
    """
    yield from pages_of(load_json(source, name), name)


def pages_of(document: Any, name: str) -> Iterator[Page]:
    """Yield the pages of annotations that are parsed already (an annotation page within a manifest, say)."""
    found = _sort(document)
    if len(found.canvases) > MAX_PAGES:
        raise Unreadable("too-many-pages", f"{name} is about more than {MAX_PAGES} canvases.", "Split the file.")
    if found.astray and not found.canvases:
        raise Unreadable(
            "no-target", f"No annotation of {name} says what canvas it is about.", "Name one in `target` (or `on`)."
        )
    pages = [(canvas, taken) for canvas, taken in found.canvases.items() if any(map(transcribes, taken))]
    pages = pages or list(found.canvases.items()) or [("", [])]
    shown = {canvas for canvas, _ in pages}
    lost = sum(len(taken) for canvas, taken in found.canvases.items() if canvas not in shown)
    for canvas, taken in pages:
        page = _page(canvas, taken, name, lost)
        if found.astray:
            text = f"{found.astray} annotations name no canvas; they were left out"
            page.warnings.append(warning("no-target", text))
        lost = found.astray = 0
        yield page


def canvases_in(path: Path) -> list[str]:
    """Return the canvas ids of the pages that a file has, in their order; none if it cannot be read."""
    try:
        found = _sort(load_json(path, path.name))
    except Unreadable:
        return []
    return [canvas for canvas, taken in found.canvases.items() if any(map(transcribes, taken))] or list(found.canvases)


def recognise(document: Any) -> tuple[bool, str]:
    """Return whether a JSON document is a page's text in annotations, and in words what it looks like."""
    kind = kind_of(document) if isinstance(document, dict) else ""
    if kind in {"Manifest", "Collection"}:
        return False, f"an IIIF {kind.lower()}"
    if isinstance(document, dict) and "/api/search/" in str(document.get("@context"))[:1000]:
        return False, "an answer of a search"
    if kind not in KINDS | HOLDERS | {"Annotation"} and not isinstance(document, list):
        return False, "JSON that holds no annotations"
    count = 0
    for annotation in annotations_in(document):
        count += 1
        if transcribes(annotation):
            return True, "annotations"
    if count:
        return False, OTHER_ANNOTATIONS
    return kind in KINDS, "annotations" if kind in KINDS else "JSON that holds no annotations"


@dataclass(slots=True)
class _Sorted:
    """Annotations by canvas, in order of first appearance; `astray` counts those that name none."""

    canvases: dict[str, list[Json]] = field(default_factory=dict)
    astray: int = 0


def _sort(document: Any) -> _Sorted:
    found = _Sorted()
    for annotation in annotations_in(document):
        canvases = canvases_of(target_of(annotation))
        for canvas in canvases:
            found.canvases.setdefault(canvas, []).append(annotation)
        found.astray += not canvases
    return found


def _level(annotation: Json) -> str:
    """Return what an annotation says it is a transcription of (a line, a word), empty if it does not say."""
    body = bodies_of(annotation)
    for holder in (annotation, body if isinstance(body, dict) else {}):
        for key in ("textGranularity", "dcType", "dcterms:type", "dc:type"):
            told = holder.get(key)
            if isinstance(told, str) and (name := local_name(told).lower()) in _LEVELS:
                return name
    return ""


def _page(canvas: str, taken: list[Json], name: str, lost: int) -> Page:
    """Return the page of a canvas; `lost` counts annotations on other canvases that are not told of there."""
    page, left_out = Page(canvas=canvas), Counter[str]()
    left_out["not-transcription"] = lost
    pieces: list[Piece] = []
    for annotation in taken:
        if not transcribes(annotation):
            left_out["not-transcription"] += 1
            continue
        places = [place for place in places_of(target_of(annotation)) if place.canvas == canvas]
        page.name = page.name or next((place.label for place in places if place.label), "")
        pieces += _pieces(annotation, places, left_out)
    if pieces and all(piece.percent for piece in pieces if piece.boxes) and any(piece.percent for piece in pieces):
        page.width = page.height = 100.0
    else:
        for piece in pieces:
            if piece.percent:
                piece.boxes, left_out["mixed-units"] = [], left_out["mixed-units"] + 1
    lines, repeated = lines_of_pieces(pieces, name)
    left_out["text-repeated"] = repeated
    page.blocks = [Block(lines)] if lines else []
    _settle_language(page)
    page.warnings += [warning(trap, _TOLD[trap].format(count)) for trap, count in left_out.items() if count]
    return page


_TOLD = {
    "not-transcription": "{} annotations are no transcription (comments, tags, pictures); they are no text of the page",
    "mixed-units": "{} boxes are told in per cent and others in pixels; the former were left out",
    "text-repeated": "{} annotations repeat the text of finer ones; they were left out",
    "text-too-long": "{} annotations hold more text than a page; they were left out",
}


def _pieces(annotation: Json, places: list[Place], left_out: Counter[str]) -> Iterator[Piece]:
    level, seen = _level(annotation), set[tuple[str, ...]]()
    boxes = [place.box for place in places if place.box is not None]
    percent = any(place.percent for place in places)
    time = next((place.time for place in places if place.time is not None), None)
    for text in texts_of(bodies_of(annotation)):
        if len(text.value) > MAX_TEXT_LENGTH:
            left_out["text-too-long"] += 1
            continue
        lines = tuple(html_lines(text.value) if text.html else lines_of(text.value))
        if lines and lines not in seen:
            seen.add(lines)
            yield Piece(lines, level, boxes, percent, time, text.language)


def _settle_language(page: Page) -> None:
    """Say a language that all words have of the page instead."""
    spoken = {word.language for word in page.words()}
    if len(spoken) == 1:
        page.language = spoken.pop()
        for word in page.words():
            word.language = None
