"""What a Presentation 2 or 3 manifest says of canvases and of their OCR. Pure: nothing is fetched."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from ingest.languages import bcp47
from ingest.manifest_description import description_of, rights_of
from ingest.painting import NOTHING, Painting, painting_on
from ingest.structures import ForeignRange, read_ranges
from lectern.description import Description, first_text
from lectern.errors import InputError
from lectern.iiif_json import Json, id_of, objects_of, several, side_of, version_of

Relation = Literal["seeAlso", "rendering", "annotations", "otherContent", "body"]

MAX_CANVASES = 5_000
_RELATIONS: tuple[Relation, ...] = ("seeAlso", "rendering", "annotations", "otherContent")
_LONGEST = 10_000_000  # seconds
_SCREEN = (1920, 1080)
_COLLECTIONS = frozenset({"Collection", "sc:Collection"})
VIEWING_DIRECTIONS = ("left-to-right", "right-to-left", "top-to-bottom", "bottom-to-top")
_LANGUAGE_LABELS = frozenset({"language", "languages", "sprache", "langue", "lingua", "idioma", "taal"})


@dataclass(frozen=True, slots=True)
class Link:
    """A link from a canvas or a manifest: how it is related, where it leads, and what the manifest says is there.

    `body` is what is there, as JSON, where the manifest holds it itself: then there is nothing to fetch.
    """

    relation: Relation
    url: str
    format: str = ""
    profile: str = ""
    type: str = ""
    label: str = ""
    body: bytes | None = None


@dataclass(frozen=True, slots=True)
class ForeignCanvas:
    """A canvas of somebody's manifest; a side that is not told is None. `duration` is in seconds, of a recording.

    `painting` is the picture that lies on it there.
    """

    id: str
    label: str = ""
    width: int | None = None
    height: int | None = None
    links: tuple[Link, ...] = ()
    duration: float | None = None
    painting: Painting = NOTHING

    @property
    def size(self) -> tuple[int, int] | None:
        """Return width and height in canvas pixels, None unless both are told; of a mere recording a screen's."""
        if self.width and self.height:
            return self.width, self.height
        return _SCREEN if self.duration else None


@dataclass(frozen=True, slots=True)
class ForeignManifest:
    """A manifest, of either version, with its canvases in reading order; `services` are the ids it declares.

    `links` are those of the manifest as a whole, `ranges` the topmost parts of its table of contents; `label` and
    `summary` are the first of those in `description`.
    """

    id: str
    version: Literal[2, 3]
    label: str = ""
    summary: str = ""
    rights: str = ""
    languages: tuple[str, ...] = ()
    viewing_direction: str = ""
    services: tuple[str, ...] = ()
    canvases: tuple[ForeignCanvas, ...] = ()
    links: tuple[Link, ...] = ()
    ranges: tuple[ForeignRange, ...] = ()
    description: Description = field(default_factory=Description)


@dataclass(frozen=True, slots=True)
class ForeignCollection:
    """A collection: the addresses of the manifests and of the collections directly in it, in order."""

    id: str
    manifests: tuple[str, ...] = ()
    collections: tuple[str, ...] = ()


def read_document(document: Any) -> ForeignManifest | ForeignCollection:
    """Return what an IIIF document is; raises InputError for one that is neither a manifest nor a collection.

    Legal and common spellings are all read (PR2-02): a string, an object or an array for one value, both
    versions' names of properties. What has the wrong form is passed over; a canvas without id is no canvas.
    """
    if not isinstance(document, dict):
        raise _not_iiif("it is not a JSON object")
    kind = _text(document.get("type") or document.get("@type"))
    if kind in _COLLECTIONS:
        return _collection(document)
    if kind not in {"Manifest", "sc:Manifest"}:
        raise _not_iiif(f"its type is {kind[:80]!r}" if kind else "it tells no type")
    return _manifest(document)


def read_manifest(document: Any) -> ForeignManifest:
    """Return a manifest; raises InputError for anything else, and for one without canvases (its ids are absolute)."""
    found = read_document(document)
    if isinstance(found, ForeignCollection):
        raise _not_iiif("it is a collection")
    if not found.canvases:
        raise InputError(f"The manifest {found.id} has no canvas.", "Give one with pages.")
    return found


def _not_iiif(reason: str) -> InputError:
    return InputError(
        f"This is no manifest of the IIIF Presentation API 2 or 3: {reason}.",
        "Give the address (or the file) of a manifest.",
    )


def _manifest(document: Json) -> ForeignManifest:
    version = version_of(document)
    found = document.get("items") if version == 3 else _sequence(document)
    canvases = [canvas for each in several(found) if (canvas := _canvas(each)) is not None]
    if len(canvases) > MAX_CANVASES:
        raise InputError(f"The manifest has {len(canvases)} canvases.", f"Up to {MAX_CANVASES} can be taken in.")
    canvases = list(dict.fromkeys(canvases))
    numbers = {canvas.id: n for n, canvas in enumerate(canvases, 1)}
    sequences = several(document.get("sequences"))[:1] if version == 2 else []
    description = description_of(document, version, (document, *sequences), numbers)
    return ForeignManifest(
        id_of(document),
        version,
        first_text(description.label),
        first_text(description.summary),
        rights_of(document),
        tuple(dict.fromkeys(_languages(document))),
        _direction((document, *sequences)),
        tuple(name for each in several(document.get("service")) if (name := id_of(each))),
        tuple(canvases),
        tuple(link for holder in (document, *sequences) for link in _links(holder, id_of(document))),
        read_ranges(document, version, numbers, _text),
        description,
    )


def _direction(holders: Iterable[Any]) -> str:
    """Return which way the pages turn: the first direction that the manifest or its sequence names."""
    said = (holder.get("viewingDirection") for holder in holders if isinstance(holder, dict))
    return next((each for each in said if isinstance(each, str) and each in VIEWING_DIRECTIONS), "")


def _sequence(document: Json) -> Any:
    """Return the canvases of the first sequence: others are other orders of the same pages."""
    sequences = objects_of(document.get("sequences"))
    return sequences[0].get("canvases") if sequences else None


def _canvas(found: Any) -> ForeignCanvas | None:
    name = id_of(found)
    if not isinstance(found, dict) or ":" not in name or _text(found.get("type"), "Canvas") != "Canvas":
        return None
    sides = side_of(found.get("width")), side_of(found.get("height"))
    links = tuple(_links(found, name))
    canvas = ForeignCanvas(name, _text(found.get("label")), *sides, links, _duration(found.get("duration")))
    return replace(canvas, painting=painting_on(found, canvas.size))


def _links(found: Any, owner: str) -> Iterator[Link]:
    """Yield the links of a canvas or a manifest, and the files that annotations inside the manifest lead to."""
    for relation in _RELATIONS if isinstance(found, dict) else ():
        for place, each in enumerate(several(found.get(relation)), 1):
            inside = isinstance(each, dict) and any(isinstance(each.get(key), list) for key in ("items", "resources"))
            if inside and relation in {"annotations", "otherContent"}:
                yield Link(relation, id_of(each) or f"?{owner}#annotations-{place}", body=json.dumps(each).encode())
                yield from body_links(each)
            elif (link := _link(relation, each)) is not None:
                yield link


def body_links(page: Any) -> Iterator[Link]:
    """Yield the files that a page of annotations leads to as what is said on a canvas (captions, mostly)."""
    items = (
        [item for key in ("items", "resources") for item in several(page.get(key))] if isinstance(page, dict) else []
    )
    for annotation in items:
        if isinstance(annotation, dict) and _says_text(annotation):
            for body in several(annotation.get("body") or annotation.get("resource")):
                link = _link("body", body) if isinstance(body, dict) and "value" not in body else None
                if link is not None and ":" in link.url:
                    yield link


def _says_text(annotation: Json) -> bool:
    told = {each.rpartition(":")[2] for each in several(annotation.get("motivation")) if isinstance(each, str)}
    return not told or bool(told & {"supplementing", "transcribing", "painting"})


def _link(relation: Relation, found: Any) -> Link | None:
    url = id_of(found)
    if not url:
        return None
    if not isinstance(found, dict):
        return Link(relation, url)
    kind = _text(found.get("type") or found.get("@type"))
    label, form, profile = (_text(found.get(key)) for key in ("label", "format", "profile"))
    return Link(relation, url, form, profile, kind, label)


def _collection(document: Json) -> ForeignCollection:
    manifests: list[str] = []
    collections: list[str] = []
    for key in ("items", "members", "manifests", "collections"):
        for each in several(document.get(key)):
            kind = _text(each.get("type") or each.get("@type")) if isinstance(each, dict) else ""
            inner = kind in _COLLECTIONS or (not kind and key == "collections")
            outer = kind in {"Manifest", "sc:Manifest"} or (not kind and key == "manifests")
            if name := id_of(each):
                (collections if inner else manifests if outer else []).append(name)
    return ForeignCollection(id_of(document), tuple(dict.fromkeys(manifests)), tuple(dict.fromkeys(collections)))


def _languages(document: Json) -> Iterator[str]:
    """Yield the tags of the languages that the manifest's metadata names (there is no property for them)."""
    for pair in several(document.get("metadata")):
        if isinstance(pair, dict) and _words(pair.get("label")) & _LANGUAGE_LABELS:
            for told in _texts(pair.get("value")):
                if (tag := bcp47(told)) is not None:
                    yield tag


def _words(value: Any) -> set[str]:
    return {text.strip().rstrip(":").casefold() for text in _texts(value)}


def _text(value: Any, default: str = "") -> str:
    """Return the first text of a string, a list, a language map (3) or a language value (2)."""
    return next(_texts(value), default)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        if value.strip():
            yield value.strip()
    elif isinstance(value, list):
        for each in value:
            if isinstance(each, str | dict):
                yield from _texts(each)
    elif isinstance(value, dict):
        if "@value" in value:
            yield from _texts(value["@value"] if isinstance(value["@value"], str) else None)
        else:
            for each in value.values():
                if isinstance(each, str | list):
                    yield from _texts([text for text in several(each) if isinstance(text, str)])


def _duration(value: Any) -> float | None:
    """Return seconds, None for what is no length of time."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= _LONGEST:
        return None
    return float(value)
