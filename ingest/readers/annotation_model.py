"""Annotations of the Open Annotation and the W3C models as they are found: where they stand, what they say, and why."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ingest.jsonfile import Json
from ingest.languages import bcp47
from ingest.markup import looks_like_html

KINDS = frozenset({"AnnotationPage", "AnnotationList"})
HOLDERS = frozenset({"AnnotationCollection", "Layer", "BasicContainer"})
_TRANSCRIBING = frozenset({"supplementing", "painting", "transcribing", "transcription"})
DEEPEST = 4  # of pages in collections, and of choices in bodies
MAX_BODIES = 16


def annotations_in(document: Any, depth: int = DEEPEST) -> Iterator[Json]:
    """Yield the annotations of a page, a list, a collection that holds its pages, or an array of any of these."""
    if depth == 0:
        return
    if isinstance(document, list):
        for each in document:
            yield from annotations_in(each, depth - 1)
    elif isinstance(document, dict):
        kind = kind_of(document)
        if kind == "Annotation" or (not kind and target_of(document) is not None):
            yield document
        elif kind in KINDS | HOLDERS:
            for key in ("items", "resources", "first", "@graph"):
                if isinstance(inner := document.get(key), list | dict):
                    yield from annotations_in(inner, depth - 1)


def kind_of(document: Json) -> str:
    """Return the type without its prefix; of several the first that we know."""
    told = document.get("type") or document.get("@type")
    names = [local_name(each) for each in (told if isinstance(told, list) else [told]) if isinstance(each, str)]
    known = KINDS | HOLDERS | {"Annotation", "Manifest", "Collection"}
    return next((name for name in names if name in known), names[0] if names else "")


def local_name(name: str) -> str:
    """Return what is left of a name without prefix or namespace."""
    return name.replace("#", "/").replace(":", "/").rpartition("/")[2].strip()


def target_of(annotation: Json) -> Any:
    """Return what an annotation is about, as it came."""
    return annotation.get("target") or annotation.get("on")


def bodies_of(annotation: Json) -> Any:
    """Return what an annotation says, as it came."""
    if isinstance(value := annotation.get("bodyValue"), str):
        return {"type": "TextualBody", "value": value}
    return annotation.get("body") or annotation.get("resource")


def transcribes(annotation: Json) -> bool:
    """Return whether an annotation says what is printed: by its motivation, if it has any, and by having a text."""
    given = names_of(annotation.get("motivation"))
    if given and given.isdisjoint(_TRANSCRIBING):
        return False
    return next(texts_of(bodies_of(annotation)), None) is not None


def names_of(value: Any) -> set[str]:
    """Return the local names, in lower case, of a motivation or a purpose."""
    several = value if isinstance(value, list) else [value]
    names = (each.get("id") or each.get("@id") if isinstance(each, dict) else each for each in several[:MAX_BODIES])
    return {local_name(name).lower() for name in names if isinstance(name, str)}


@dataclass(frozen=True, slots=True)
class Text:
    """The text of one body as it came."""

    value: str
    html: bool
    language: str | None


def texts_of(body: Any, depth: int = DEEPEST) -> Iterator[Text]:
    """Yield the texts of a body: several that stand side by side, but of a choice the first only."""
    if depth == 0:
        return
    if isinstance(body, list):
        for each in body[:MAX_BODIES]:
            yield from texts_of(each, depth - 1)
    elif isinstance(body, dict) and not _is_remark(body):
        kind = kind_of(body)
        value = next((body[key] for key in ("value", "chars", "cnt:chars", "@value") if is_text(body.get(key))), None)
        if kind in {"Choice", "Alternatives"}:
            choices = [body.get("default"), *listed(body.get("items")), *listed(body.get("item"))]
            found = (text for each in choices[:MAX_BODIES] for text in texts_of(each, depth - 1))
            if (first := next(found, None)) is not None:
                yield first
        elif value is not None:
            form = body.get("format")
            html = "html" in form.lower() if isinstance(form, str) and form else looks_like_html(value)
            yield Text(value, html, language_of(body))
        else:
            for key in ("items", "source", "full"):
                if isinstance(inner := body.get(key), dict | list):
                    yield from texts_of(inner, depth - 1)


def is_text(value: Any) -> bool:
    """Return whether a value is a text that is not blank."""
    return isinstance(value, str) and bool(value.strip())


def listed(value: Any) -> list[Any]:
    """Return a list as it is, and anything else as a list of one."""
    return value if isinstance(value, list) else [value]


def _is_remark(body: Json) -> bool:
    """Return whether a body, by its own type or purpose, is not what is printed: a tag, a comment."""
    purposes = names_of(body.get("purpose"))
    return kind_of(body) in {"Tag", "SemanticTag"} or (bool(purposes) and purposes.isdisjoint(_TRANSCRIBING))


def language_of(body: Json) -> str | None:
    """Return the language of a body (BCP 47), None if it tells none."""
    told = next((body[key] for key in ("language", "@language", "dc:language") if body.get(key)), None)
    told = told[0] if isinstance(told, list) and told else told
    return bcp47(told) if isinstance(told, str) else None
