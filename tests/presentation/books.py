"""Books to build manifests from, and ways to look into a manifest."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from lectern.catalogue import CanvasRow, ObjectRow, RangeRow
from lectern.collection_tree import CollectionTree
from lectern.description import plain
from lectern.ids import ImageId
from lectern.urls import Urls, canvas_path
from services.presentation.listing import Entry, Listing, listing
from services.presentation.model import Book, Detail, Doors

BASE = "https://books.example.org"
URLS = Urls(BASE)

AUTH1 = [
    {
        "@context": "http://iiif.io/api/auth/1/context.json",
        "@id": f"{BASE}/auth/access/members",
        "@type": "AuthCookieService1",
        "profile": "http://iiif.io/api/auth/1/login",
        "label": "Sign in",
        "service": [
            {
                "@id": f"{BASE}/auth/token/1/members",
                "@type": "AuthTokenService1",
                "profile": "http://iiif.io/api/auth/1/token",
            },
            {
                "@id": f"{BASE}/auth/logout",
                "@type": "AuthLogoutService1",
                "profile": "http://iiif.io/api/auth/1/logout",
                "label": "Sign out",
            },
        ],
    }
]
EXTERNAL1 = {
    "@context": "http://iiif.io/api/auth/1/context.json",
    "profile": "http://iiif.io/api/auth/1/external",
    "label": "Reading room",
    "service": [{"@id": f"{BASE}/auth/token/1/members", "profile": "http://iiif.io/api/auth/1/token"}],
}


def probe(image: ImageId) -> dict[str, Any]:
    return {
        "id": URLS.probe(image),
        "type": "AuthProbeService2",
        "profile": "http://iiif.io/api/auth/2/probe",
        "service": [
            {
                "id": f"{BASE}/auth/access/members",
                "type": "AuthAccessService2",
                "profile": "active",
                "label": {"en": ["Sign in"]},
                "service": [{"id": f"{BASE}/auth/token/2/members", "type": "AuthAccessTokenService2"}],
            }
        ],
    }


LOCKED = Doors(restricted=True, auth1=AUTH1, probe=probe)
TIERED = Doors(restricted=True, auth1=AUTH1, probe=probe, tier="small")


def canvas(n: int, **changes: Any) -> CanvasRow:
    values: dict[str, Any] = {
        "n": n,
        "canvas": canvas_path("gazette", n),
        "width": 1200,
        "height": 1800,
        "label": f"p. {n}",
        "image": f"ab/gazette/{n}.tif",
        "words": 120,
    }
    return CanvasRow(**values | changes)


# A chapter that begins before its section, and after it a part of one page.
RANGES = (
    RangeRow(1, None, "The harbour", "chapter", (1, 2, 3)),
    RangeRow(2, 1, "The wall", "section", (2,)),
    RangeRow(3, None, "Index", "index", (3,)),
)


def row(**changes: Any) -> ObjectRow:
    values: dict[str, Any] = {
        "id": "gazette",
        "original_id": "gazette",
        "label": "The Harbour Gazette",
        "generation": 3,
        "languages": ("en", "fr"),
        "pages": 2,
        "words": 240,
    }
    return ObjectRow(**values | changes)


def listed(name: str, *rows: ObjectRow, tree: CollectionTree | None = None, title: str = "Library") -> Listing:
    """Return what a collection lists of objects that are not hidden, each in that collection too."""
    told = [replace(each, collections=(*each.collections, name)) for each in rows]
    entries = [Entry(each, plain(each.label or each.id)) for each in told]
    found = listing(name, tree or CollectionTree(), entries, title)
    assert found is not None
    return found


def book(
    doors: Doors | None = None, detail: Detail = Detail.FULL, canvases: list[CanvasRow] | None = None, **changes: Any
) -> Book:
    rows = [canvas(1), canvas(2)] if canvases is None else canvases
    return Book(row(**changes), rows, URLS, doors or Doors(), detail)


def book_in_parts(doors: Doors | None = None, detail: Detail = Detail.FULL) -> Book:
    """Return a book of three pages with the ranges above."""
    return Book(row(), [canvas(1), canvas(2), canvas(3)], URLS, doors or Doors(), detail, RANGES)


def objects(document: Any) -> Iterator[dict[str, Any]]:
    """Yield every object inside a document, itself included."""
    if isinstance(document, dict):
        yield document
        for value in document.values():
            yield from objects(value)
    elif isinstance(document, list):
        for value in document:
            yield from objects(value)


def body3(manifest: dict[str, Any], n: int = 1) -> dict[str, Any]:
    found: dict[str, Any] = manifest["items"][n - 1]["items"][0]["items"][0]["body"]
    return found


def resource2(manifest: dict[str, Any], n: int = 1) -> dict[str, Any]:
    found: dict[str, Any] = manifest["sequences"][0]["canvases"][n - 1]["images"][0]["resource"]
    return found
