"""Reads pages of W3C annotations (Presentation 3) and lists of Open Annotations (Presentation 2) as text.

An annotation that transcribes a part of a canvas is a line, or a word. Comments and tags are not what is printed.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ingest.jsonfile import Json, load_json
from ingest.languages import bcp47
from ingest.markup import html_lines, lines_of, looks_like_html
from ingest.readers.gathering import Piece, lines_of_pieces
from ingest.readers.selectors import Place, canvases_of, places_of
from ingest.traps import MAX_PAGES, MAX_TEXT_LENGTH, Unreadable, warning
from lectern.words import Block, Page

_KINDS = frozenset({"AnnotationPage", "AnnotationList"})
_HOLDERS = frozenset({"AnnotationCollection", "Layer", "BasicContainer"})
_TRANSCRIBING = frozenset({"supplementing", "painting", "transcribing", "transcription"})
_LEVELS = frozenset({"page", "block", "paragraph", "line", "word", "glyph"})
_DEEPEST = 4  # of pages in collections, and of choices in bodies
_MAX_BODIES = 16


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
    pages = [(canvas, taken) for canvas, taken in found.canvases.items() if any(map(_transcribes, taken))]
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
    return [canvas for canvas, taken in found.canvases.items() if any(map(_transcribes, taken))] or list(found.canvases)


def recognise(document: Any) -> tuple[bool, str]:
    """Return whether a JSON document is a page's text in annotations, and in words what it looks like."""
    kind = _kind(document) if isinstance(document, dict) else ""
    if kind in {"Manifest", "Collection"}:
        return False, f"an IIIF {kind.lower()}"
    if isinstance(document, dict) and "/api/search/" in str(document.get("@context"))[:1000]:
        return False, "an answer of a search"
    if kind not in _KINDS | _HOLDERS | {"Annotation"} and not isinstance(document, list):
        return False, "JSON that holds no annotations"
    count = 0
    for annotation in _annotations(document, _DEEPEST):
        count += 1
        if _transcribes(annotation):
            return True, "annotations"
    if count:
        return False, "annotations that are comments, tags or links"
    return kind in _KINDS, "annotations" if kind in _KINDS else "JSON that holds no annotations"


@dataclass(slots=True)
class _Sorted:
    """Annotations by canvas, in order of first appearance; `astray` counts those that name none."""

    canvases: dict[str, list[Json]] = field(default_factory=dict)
    astray: int = 0


def _sort(document: Any) -> _Sorted:
    found = _Sorted()
    for annotation in _annotations(document, _DEEPEST):
        canvases = canvases_of(_target(annotation))
        for canvas in canvases:
            found.canvases.setdefault(canvas, []).append(annotation)
        found.astray += not canvases
    return found


def _annotations(document: Any, depth: int) -> Iterator[Json]:
    """Yield the annotations of a page, a list, a collection that holds its pages, or an array of any of these."""
    if depth == 0:
        return
    if isinstance(document, list):
        for each in document:
            yield from _annotations(each, depth - 1)
    elif isinstance(document, dict):
        kind = _kind(document)
        if kind == "Annotation" or (not kind and _target(document) is not None):
            yield document
        elif kind in _KINDS | _HOLDERS:
            for key in ("items", "resources", "first", "@graph"):
                if isinstance(inner := document.get(key), list | dict):
                    yield from _annotations(inner, depth - 1)


def _kind(document: Json) -> str:
    """Return the type without its prefix; of several the first that we know."""
    told = document.get("type") or document.get("@type")
    names = [_local(each) for each in (told if isinstance(told, list) else [told]) if isinstance(each, str)]
    known = _KINDS | _HOLDERS | {"Annotation", "Manifest", "Collection"}
    return next((name for name in names if name in known), names[0] if names else "")


def _local(name: str) -> str:
    return name.replace("#", "/").replace(":", "/").rpartition("/")[2].strip()


def _target(annotation: Json) -> Any:
    return annotation.get("target") or annotation.get("on")


def _bodies(annotation: Json) -> Any:
    if isinstance(value := annotation.get("bodyValue"), str):
        return {"type": "TextualBody", "value": value}
    return annotation.get("body") or annotation.get("resource")


def _transcribes(annotation: Json) -> bool:
    """Return whether an annotation says what is printed: by its motivation, if it has any, and by having a text."""
    given = _names(annotation.get("motivation"))
    return (not given or not given.isdisjoint(_TRANSCRIBING)) and next(_texts(_bodies(annotation)), None) is not None


def _names(value: Any) -> set[str]:
    """Return the local names, in lower case, of a motivation or a purpose."""
    several = value if isinstance(value, list) else [value]
    names = (each.get("id") or each.get("@id") if isinstance(each, dict) else each for each in several[:_MAX_BODIES])
    return {_local(name).lower() for name in names if isinstance(name, str)}


@dataclass(frozen=True, slots=True)
class _Text:
    """The text of one body as it came."""

    value: str
    html: bool
    language: str | None


def _texts(body: Any, depth: int = _DEEPEST) -> Iterator[_Text]:
    """Yield the texts of a body: several that stand side by side, but of a choice the first only."""
    if depth == 0:
        return
    if isinstance(body, list):
        for each in body[:_MAX_BODIES]:
            yield from _texts(each, depth - 1)
    elif isinstance(body, dict) and not _is_remark(body):
        kind = _kind(body)
        value = next((body[key] for key in ("value", "chars", "cnt:chars", "@value") if _is_text(body.get(key))), None)
        if kind in {"Choice", "Alternatives"}:
            choices = [body.get("default"), *_listed(body.get("items")), *_listed(body.get("item"))]
            found = (text for each in choices[:_MAX_BODIES] for text in _texts(each, depth - 1))
            if (first := next(found, None)) is not None:
                yield first
        elif value is not None:
            form = body.get("format")
            html = "html" in form.lower() if isinstance(form, str) and form else looks_like_html(value)
            yield _Text(value, html, _language(body))
        else:
            for key in ("items", "source", "full"):
                if isinstance(inner := body.get(key), dict | list):
                    yield from _texts(inner, depth - 1)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _is_remark(body: Json) -> bool:
    """Return whether a body, by its own type or purpose, is not what is printed: a tag, a comment."""
    purposes = _names(body.get("purpose"))
    return _kind(body) in {"Tag", "SemanticTag"} or (bool(purposes) and purposes.isdisjoint(_TRANSCRIBING))


def _language(body: Json) -> str | None:
    told = next((body[key] for key in ("language", "@language", "dc:language") if body.get(key)), None)
    told = told[0] if isinstance(told, list) and told else told
    return bcp47(told) if isinstance(told, str) else None


def _level(annotation: Json) -> str:
    """Return what an annotation says it is a transcription of (a line, a word), empty if it does not say."""
    body = _bodies(annotation)
    for holder in (annotation, body if isinstance(body, dict) else {}):
        for key in ("textGranularity", "dcType", "dcterms:type", "dc:type"):
            told = holder.get(key)
            if isinstance(told, str) and (name := _local(told).lower()) in _LEVELS:
                return name
    return ""


def _page(canvas: str, taken: list[Json], name: str, lost: int) -> Page:
    """Return the page of a canvas; `lost` counts annotations on other canvases that are not told of there."""
    page, left_out = Page(canvas=canvas), Counter[str]()
    left_out["not-transcription"] = lost
    pieces: list[Piece] = []
    for annotation in taken:
        if not _transcribes(annotation):
            left_out["not-transcription"] += 1
            continue
        places = [place for place in places_of(_target(annotation)) if place.canvas == canvas]
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
    "not-transcription": "{} annotations are no transcription (comments, tags, pictures); they were left out",
    "mixed-units": "{} boxes are told in per cent and others in pixels; the former were left out",
    "text-repeated": "{} annotations repeat the text of finer ones; they were left out",
    "text-too-long": "{} annotations hold more text than a page; they were left out",
}


def _pieces(annotation: Json, places: list[Place], left_out: Counter[str]) -> Iterator[Piece]:
    level, seen = _level(annotation), set[tuple[str, ...]]()
    boxes = [place.box for place in places if place.box is not None]
    percent = any(place.percent for place in places)
    time = next((place.time for place in places if place.time is not None), None)
    for text in _texts(_bodies(annotation)):
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
