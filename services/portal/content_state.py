"""IIIF Content State 1.0: which manifest, canvas and box a link asks a viewer to open, read and written. Pure.

What is read was written by anybody. All that is odd in it is None, without a word: a link that cannot be understood
opens the object at its beginning.
"""

import base64
import binascii
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote, urldefrag

import orjson

PARAMETER = "iiif-content"

_LONGEST = 8000  # characters of a state as it stands in a URL
_LEFT_ALONE = "!*'()"  # and letters, digits, `-._~`: what JavaScript's encodeURIComponent leaves
_ENCODED = re.compile(r"[A-Za-z0-9_-]+={0,2}", re.ASCII)
_BOX = re.compile(r"xywh=(?:pixel:)?(\d{1,7}),(\d{1,7}),(\d{1,7}),(\d{1,7})", re.ASCII)
_DEEPEST = 4  # lists and sources inside one another, down to the canvas

Box = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class ContentState:
    """What is to be opened: a manifest, and in it a canvas (empty: none is named), and a box on that in its pixels."""

    manifest: str
    canvas: str = ""
    box: Box | None = None


def encode(text: str) -> str:
    """Return JSON text as it stands in a URL: encodeURIComponent, then base64url without padding (section 6)."""
    escaped = quote(text, safe=_LEFT_ALONE).encode("ascii")
    return base64.urlsafe_b64encode(escaped).decode("ascii").rstrip("=")


def decode(text: str) -> str | None:
    """Return the JSON text of an encoded state; None for what nobody encoded so."""
    if len(text) > _LONGEST or not _ENCODED.fullmatch(text):
        return None
    bare = text.rstrip("=")
    try:
        return unquote(base64.urlsafe_b64decode(bare + "=" * (-len(bare) % 4)).decode("ascii"), errors="strict")
    except (binascii.Error, UnicodeDecodeError):
        return None


def build(manifest: str, target: str) -> str:
    """Return the encoded state that opens a target, a canvas id with or without `#xywh=`, in its manifest."""
    within = [{"id": manifest, "type": "Manifest"}]
    return encode(orjson.dumps({"id": target, "type": "Canvas", "partOf": within}).decode())


def read(text: str, base: str) -> ContentState | None:
    """Return what a link asks for: an annotation, its target alone, or the plain URI of a manifest.

    None for anything else, for a manifest that is not under `base` (others' are not ours to open), and for a canvas
    whose id is no web address.
    """
    if len(text) > _LONGEST:
        return None
    if text.startswith(("http://", "https://")):
        return _ours(ContentState(text), base)
    decoded = decode(text)
    if decoded is None:
        return None
    try:
        document = orjson.loads(decoded)
    except orjson.JSONDecodeError:
        return None
    found = _target(_annotated(document), _DEEPEST)
    return None if found is None else _ours(found, base)


def _annotated(document: Any) -> Any:
    """Return the target of a content state annotation; what is none is a target itself, or nothing."""
    if not isinstance(document, dict) or document.get("type") != "Annotation":
        return document
    motivation = document.get("motivation")
    stated = motivation if isinstance(motivation, list) else [motivation]
    return document.get("target") if "contentState" in stated else None


def _target(target: Any, deep: int) -> ContentState | None:
    """Return what a target names; of several, the first (a viewer of one page shows one)."""
    match target:
        case [first, *_] if deep:
            return _target(first, deep - 1)
        case str():
            return ContentState(target)
        case {"type": "SpecificResource"} if deep:
            return _selected(target, _target(target.get("source"), deep - 1))
        case {"type": "Manifest", "id": str(manifest)}:
            return ContentState(manifest)
        case {"type": kind, "id": str(identifier)}:
            return _part(kind, identifier, _manifest(target.get("partOf")))
    return None


def _part(kind: Any, identifier: str, manifest: str | None) -> ContentState | None:
    """Return a canvas of a manifest with its box; of anything else, a range say, the manifest that it is part of."""
    if manifest is None or kind != "Canvas":
        return None if manifest is None else ContentState(manifest)
    canvas, fragment = urldefrag(identifier)
    return ContentState(manifest, canvas, _box(fragment))


def _selected(resource: dict[str, Any], source: ContentState | None) -> ContentState | None:
    """Return a canvas with the box that a fragment selector names."""
    selector = resource.get("selector")
    first = selector[0] if isinstance(selector, list) and selector else selector
    value = first.get("value") if isinstance(first, dict) else None
    if source is None or not source.canvas or not isinstance(value, str):
        return source
    return ContentState(source.manifest, source.canvas, _box(value) or source.box)


def _manifest(part_of: Any) -> str | None:
    """Return the id of the manifest that something is part of."""
    for each in part_of if isinstance(part_of, list) else [part_of]:
        if isinstance(each, str):
            return each
        if isinstance(each, dict) and each.get("type") == "Manifest" and isinstance(each.get("id"), str):
            return str(each["id"])
    return None


def _box(fragment: str) -> Box | None:
    found = _BOX.fullmatch(fragment)
    if found is None:
        return None
    x, y, w, h = (int(part) for part in found.groups())
    return (x, y, w, h) if w and h else None


def _ours(state: ContentState, base: str) -> ContentState | None:
    """Return a state that names a manifest of ours, and no canvas or one that has a web address."""
    if not state.manifest.startswith(f"{base}/"):
        return None
    return state if not state.canvas or state.canvas.startswith(("http://", "https://")) else None
