"""Reads what annotations say besides the text of a page: comments, tags, translations, links, and transcriptions too.

HTML becomes plain text here, once: it is never passed on as HTML.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ingest.jsonfile import Json
from ingest.markup import html_lines, lines_of, looks_like_html
from ingest.readers.annotation_model import (
    DEEPEST,
    MAX_BODIES,
    annotations_in,
    bodies_of,
    is_text,
    kind_of,
    language_of,
    listed,
    target_of,
    transcribes,
)
from ingest.readers.selectors import Place, places_of
from search.motivations import TEXT, kept

_LONGEST_NAME = 1000  # characters of an id
_MOST_NAMES = 16  # motivations, and creators, of one annotation
_WEB = re.compile(r"https?://[^\s<>\"{}|\\^`#]+(#[^\s<>\"{}|\\^`]*)?")
_RUNS = re.compile("(javascript|vbscript|data):", re.IGNORECASE)  # what a viewer that makes it a link would run
_PICTURES = frozenset({"Image", "Video", "Sound", "MovingImage", "Dataset", "Model", "Canvas"})
_CREATORS = ("creator", "annotatedBy", "oa:annotatedBy", "dcterms:creator", "dc:creator")
_DATES = ("created", "annotatedAt", "oa:annotatedAt", "dcterms:created")


@dataclass(frozen=True, slots=True)
class Told:
    """One annotation as a document tells it; the text has one line a line. Motivations are kept names."""

    id: str
    places: tuple[Place, ...]
    text: str
    motivations: tuple[str, ...]
    creators: tuple[str, ...]
    created: str
    language: str | None
    transcribes: bool


def told_in(document: Any) -> Iterator[Told]:
    """Yield the annotations of a document that say something in words, or name something on the web."""
    for annotation in annotations_in(document):
        bodies = list(_bodies(bodies_of(annotation), DEEPEST))
        lines = [line for body in bodies for line in body.lines]
        motivations = _motivations(annotation)
        if not lines or (TEXT in motivations and not any(body.is_text for body in bodies)):
            continue  # a picture that is painted, an area that is marked
        languages = {body.language for body in bodies}
        yield Told(
            _own_id(annotation),
            tuple(places_of(target_of(annotation))),
            "\n".join(lines),
            motivations,
            tuple(dict.fromkeys(_creators(annotation))),
            _created(annotation),
            languages.pop() if len(languages) == 1 else None,
            transcribes(annotation),
        )


@dataclass(frozen=True, slots=True)
class _Body:
    lines: list[str]
    language: str | None
    is_text: bool


def _bodies(body: Any, depth: int) -> Iterator[_Body]:
    """Yield what the bodies of an annotation say: of a choice each, as each may be what a reader looks for."""
    if depth == 0:
        return
    if isinstance(body, str):
        if _is_address(body):
            yield _Body([body], None, is_text=False)
    elif isinstance(body, list):
        for each in body[:MAX_BODIES]:
            yield from _bodies(each, depth - 1)
    elif isinstance(body, dict):
        if (lines := _lines(body)) is not None:
            yield _Body(lines, language_of(body), is_text=True)
            return
        inner = [each for key in ("default", "items", "item") for each in listed(body.get(key)) if each is not None]
        if inner:
            yield from _bodies(inner, depth - 1)
        elif kind_of(body) not in _PICTURES:
            yield from _named(body, depth)


def _lines(body: Json) -> list[str] | None:
    """Return the lines of a body that is a text, None for one that is none."""
    text = next((body[key] for key in ("value", "chars", "cnt:chars", "@value") if is_text(body.get(key))), None)
    if text is None:
        return None
    form = body.get("format")
    html = "html" in form.lower() if isinstance(form, str) and form else looks_like_html(text)
    return html_lines(text) if html else lines_of(text)


def _named(body: Json, depth: int) -> Iterator[_Body]:
    """Yield the label of what a body names, or its address: a tag from a vocabulary, a link (CS1-13)."""
    label = body.get("label") or body.get("rdfs:label")
    texts = [each for value in (label.values() if isinstance(label, dict) else [label]) for each in listed(value)]
    lines = [line for text in texts[:MAX_BODIES] if is_text(text) for line in lines_of(text)]
    name = body.get("id") or body.get("@id")
    if lines:
        yield _Body(lines, None, is_text=False)
    elif isinstance(name, str) and _is_address(name):
        yield _Body([name], None, is_text=False)
    elif isinstance(inner := body.get("source") or body.get("full"), str | dict):
        yield from _bodies(inner, depth - 1)


def _names(value: Any) -> Iterator[str]:
    """Yield names of a value, texts or ids of objects: none with blanks, which part names in a request, and no code."""
    for each in listed(value)[:_MOST_NAMES]:
        name = each.get("id") or each.get("@id") if isinstance(each, dict) else each
        if (
            isinstance(name, str)
            and len(name) <= _LONGEST_NAME
            and len(name.split()) == 1
            and name.strip().isprintable()
            and not _RUNS.match(name.strip())
        ):
            yield name.strip()


def _motivations(annotation: Json) -> tuple[str, ...]:
    """Return the kept names; an annotation that tells none is read as a transcription, here as there."""
    return tuple(dict.fromkeys(filter(None, map(kept, _names(annotation.get("motivation")))))) or (TEXT,)


def _creators(annotation: Json) -> Iterator[str]:
    for key in _CREATORS:
        yield from _names(annotation.get(key))


def _own_id(annotation: Json) -> str:
    name = annotation.get("id") or annotation.get("@id")
    return name if isinstance(name, str) and _is_address(name) else ""


def _is_address(name: str) -> bool:
    return len(name) <= _LONGEST_NAME and name.isprintable() and _WEB.fullmatch(name) is not None


def _created(annotation: Json) -> str:
    """Return when an annotation was made, in UTC and whole seconds; empty where it tells no time that makes sense."""
    for key in _DATES:
        told = annotation.get(key)
        told = (told.get("@value") or told.get("value")) if isinstance(told, dict) else told
        if isinstance(told, str) and len(told) <= 40:
            try:
                time = datetime.fromisoformat(told.strip())
                time = time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
            except (ValueError, OverflowError):
                continue
            return time.strftime("%Y-%m-%dT%H:%M:%SZ").zfill(20)
    return ""
