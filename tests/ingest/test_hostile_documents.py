"""Whatever JSON another server sends: it is read, or refused by name, and nothing else happens."""

from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.activities import Changes, is_stream, last_page, read_page
from ingest.links import annotation_links, file_links
from ingest.listing import is_list
from ingest.manifest import ForeignManifest, body_links, read_document
from ingest.placing import place_by_manifest
from ingest.store import file_of
from lectern.errors import InputError

_KEYS = [
    "id", "@id", "type", "@type", "items", "sequences", "canvases", "structures", "ranges", "members",
    "manifests", "collections", "label", "metadata", "value", "seeAlso", "rendering", "annotations",
    "otherContent", "resources", "body", "resource", "target", "source", "format", "profile", "behavior",
    "viewingHint", "motivation", "service", "width", "height", "duration", "orderedItems", "last", "prev",
    "object", "origin", "endTime", "startTime",
]  # fmt: skip
_TEXTS = [
    "Manifest", "sc:Manifest", "Collection", "Canvas", "sc:Canvas", "Range", "SpecificResource",
    "AnnotationPage", "sc:AnnotationList", "Annotation", "x:1", "x:2", "x:1#xywh=1,2,3,4", "?x:1", "top",
    "text/vtt", "alto", "supplementing", "OrderedCollection", "OrderedCollectionPage", "Update", "Delete",
    "Move", "Refresh", "2026-01-01T00:00:00Z", "http://[::1",
]  # fmt: skip
_leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(_TEXTS) | st.text(max_size=5)
_documents = st.recursive(
    _leaves,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(_KEYS), inner, max_size=6),
    max_leaves=40,
)
_held = st.dictionaries(st.sampled_from(_KEYS), _documents, max_size=8)


@settings(max_examples=400, deadline=None)
@given(_held, st.sampled_from(["Manifest", "sc:Manifest", "Collection", "sc:Collection", None]))
def test_a_document_is_read_or_refused(document: dict[str, Any], kind: str | None):
    canvas = {"id": "x:1", "type": "Canvas"} | {k: document[k] for k in ("seeAlso", "annotations") if k in document}
    if kind is not None:
        key = "@type" if kind.startswith("sc:") else "type"
        document = document | {key: kind, "items": [canvas, document], "sequences": [{"canvases": [canvas, document]}]}
    assert is_list(document) in {True, False}
    try:
        found = read_document(document)
    except InputError:
        return
    if isinstance(found, ForeignManifest):
        place_by_manifest([], found.canvases)
        for links in (found.links, *(canvas.links for canvas in found.canvases)):
            for link in (*file_links(links), *annotation_links(links)):
                file_of(Path(), link.url)


@settings(max_examples=400, deadline=None)
@given(_documents, st.lists(_documents, max_size=5))
def test_a_page_of_a_stream_is_read_or_refused(document: Any, items: list[Any]):
    list(body_links(document))
    is_stream(document)
    for page in (document, {"type": "OrderedCollectionPage", "orderedItems": items, "prev": document}):
        try:
            Changes(frozenset()).take(read_page(page, "x:page"))
        except InputError:
            continue
    if isinstance(document, dict):
        try:
            last_page(document)
        except InputError:
            return
