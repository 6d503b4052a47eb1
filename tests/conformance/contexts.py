"""The JSON-LD contexts that answers name, read from the corpus; nothing is fetched.

The corpus has IIIF's own. What these import from elsewhere stands here, written by us and no longer than answers need:
the terms of the Web Annotation vocabulary, and nothing of services and image selectors, which no answer has.
`JSONLD_CONTEXTS` may name a folder with the official `anno.jsonld` and `selectors.json`; then those are read instead.
"""

import json
import os
from pathlib import Path
from typing import Any

_ANNOTATION = "http://www.w3.org/ns/anno.jsonld"
_SELECTORS = "https://iiif.io/api/registry/selectors/context.json"
_SERVICES = ("http://iiif.io/api/image/", "http://iiif.io/api/auth/")

_NAMESPACES = {
    "oa": "http://www.w3.org/ns/oa#",
    "as": "http://www.w3.org/ns/activitystreams#",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
_PLAIN = {
    "oa": (
        "Annotation TextualBody SpecificResource TextQuoteSelector exact prefix suffix "
        "highlighting commenting describing tagging linking identifying"
    ),
    "dc": "language format",
    "rdf": "value",
}
_LINKS = {
    "oa": {"body": "hasBody", "target": "hasTarget", "source": "hasSource", "selector": "hasSelector"},
    "as": {name: name for name in ("partOf", "first", "last", "next", "prev")},
    "dcterms": {"creator": "creator"},
}
_COUNTS = {"startIndex": "as:startIndex", "total": "as:totalItems"}


def _annotation_terms() -> dict[str, Any]:
    terms: dict[str, Any] = {"id": {"@id": "@id", "@type": "@id"}, "type": {"@id": "@type", "@type": "@id"}}
    terms |= _NAMESPACES
    terms |= {name: f"{space}:{name}" for space, names in _PLAIN.items() for name in names.split()}
    terms |= {
        name: {"@id": f"{space}:{meant}", "@type": "@id"}
        for space, links in _LINKS.items()
        for name, meant in links.items()
    }
    terms |= {name: {"@id": meant, "@type": "xsd:nonNegativeInteger"} for name, meant in _COUNTS.items()}
    terms["items"] = {"@id": "as:items", "@type": "@id", "@container": "@list"}
    terms["motivation"] = {"@id": "oa:motivatedBy", "@type": "@vocab"}
    terms["created"] = {"@id": "dcterms:created", "@type": "xsd:dateTime"}
    return terms


class Contexts:
    """A document loader for PyLD over the files of the corpus."""

    def __init__(self, corpus: Path, *, images: bool = False) -> None:
        """Read the contexts; those of images only for info.json, since no other answer needs them."""
        self._known: dict[str, Any] = {
            f"http://iiif.io/api/{name}/{version}/context.json": self._read(
                corpus / "iiif" / "contexts" / f"{name}-{version}.json"
            )
            for name, version in (
                ("presentation", 2),
                ("presentation", 3),
                ("search", 0),
                ("search", 1),
                ("search", 2),
            )
        }
        for version in (2, 3) if images else ():
            known = self._read(corpus / "iiif" / "contexts" / f"image-{version}.json")
            self._known[f"http://iiif.io/api/image/{version}/context.json"] = known
        self._known[_ANNOTATION] = {"@context": _annotation_terms()}
        self._known[_SELECTORS] = {"@context": {}}
        if folder := os.environ.get("JSONLD_CONTEXTS"):
            self._known[_ANNOTATION] = self._read(Path(folder) / "anno.jsonld")
            self._known[_SELECTORS] = self._read(Path(folder) / "selectors.json")

    @staticmethod
    def _read(path: Path) -> Any:
        return json.loads(path.read_text())

    def __call__(self, url: str, options: Any) -> dict[str, Any]:
        """Return a context as PyLD wants it; raises KeyError for one that no answer should need."""
        unread = url.startswith(_SERVICES) and url not in self._known
        empty: dict[str, Any] | None = {"@context": {}} if unread else None
        # IIIF names its Presentation context by https here and by http there; the document is one.
        document = empty or self._known.get(url) or self._known[url.replace("https:", "http:", 1)]
        return {"contextUrl": None, "documentUrl": url, "document": document, "contentType": "application/ld+json"}
