"""Manifests made elsewhere and what `--augment` makes of them, read as JSON-LD: nothing that they said is lost."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pyld import jsonld

from services.presentation.augment import Images, augment
from services.presentation.model import OPEN_DOORS, Doors, Json
from tests.conformance.contexts import Contexts
from tests.presentation.books import BASE, LOCKED
from tests.presentation.test_augment import corpus_manifests, of_theirs

pytestmark = pytest.mark.corpus

_BASE = "https://base.example/"
_OTHERS = (
    "http://library.stanford.edu/",
    "http://universalviewer.io/",
    "http://wellcomelibrary.org/",
    "http://www.w3.org/ns.anno.jsonld",  # so misspelt in a manifest
    "https://schema.org/",
)
Statement = tuple[str, str, str]


class _OfManifests(Contexts):
    """The contexts that manifests name: IIIF's own from the corpus, nothing in those of others."""

    def __init__(self, corpus: Path) -> None:
        super().__init__(corpus, images=True)
        for version in (0, 1, 2):
            known = self._read(corpus / "iiif" / "contexts" / f"auth-{version}.json")
            self._known[f"http://iiif.io/api/auth/{version}/context.json"] = known

    def __call__(self, url: str, options: Any) -> dict[str, Any]:
        if url.startswith(_OTHERS):
            return {"contextUrl": None, "documentUrl": url, "document": {"@context": {}}, "contentType": None}
        return super().__call__(url, options)


@pytest.fixture(scope="module")
def contexts(corpus: Path) -> Contexts:
    return _OfManifests(corpus)


@pytest.fixture(scope="module")
def manifests(corpus: Path, contexts: Contexts) -> list[tuple[str, Json, set[Statement]]]:
    """Return every manifest of the corpus with what it says."""
    return [(name, each, statements(each, contexts)) for name, each in corpus_manifests(corpus)]


def statements(document: Json, contexts: Contexts) -> set[Statement]:
    """Return what a document says: (subject, property, value). What has no id is known by all that it says itself."""
    logging.getLogger("pyld").setLevel(logging.ERROR)
    return set(_statements(jsonld.expand(document, {"documentLoader": contexts, "base": _BASE})))


def _statements(value: Any) -> Iterator[Statement]:
    if isinstance(value, list):
        for each in value:
            yield from _statements(each)
    elif isinstance(value, dict):
        for name, inner in value.items():
            if name not in {"@id", "@value", "@language"}:
                yield from ((_name(value), place, each) for place, each in _said(name, inner))
                yield from _statements(inner)


def _said(name: str, inner: Any) -> Iterator[tuple[str, str]]:
    """Yield what a property says; of a list also which place it is about."""
    for each in inner if isinstance(inner, list) else [inner]:
        if isinstance(each, dict) and "@list" in each:
            yield from ((f"{name} {n}", _name(one)) for n, one in enumerate(each["@list"], 1))
        else:
            yield name, _name(each)


def _name(value: Any) -> str:
    return json.dumps(_shallow(value), sort_keys=True)


def _shallow(value: Any) -> Any:
    """Return a value with only the ids of those things in it that have one."""
    if isinstance(value, list):
        return [_shallow(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {"@id": value["@id"]} if "@id" in value else {key: _shallow(inner) for key, inner in value.items()}


@pytest.mark.parametrize(
    ("doors", "image", "images"),
    [(OPEN_DOORS, "ab/1.tif", Images.AUTO), (LOCKED, None, Images.AUTO), (LOCKED, "ab/1.tif", Images.THEIRS)],
    ids=["open", "open elsewhere", "theirs"],
)
def test_no_triple_of_a_manifest_is_lost_and_what_is_new_is_ours(
    manifests: list[tuple[str, Json, set[Statement]]],
    contexts: Contexts,
    doors: Doors,
    image: str | None,
    images: Images,
):
    for name, document, before in manifests:
        after = statements(augment(document, of_theirs(document, doors, image), images).document, contexts)
        assert before
        assert before - after == set(), name
        new = {each for each in after - before if BASE not in "".join(each)}
        assert {subject for subject, _, _ in new} <= _inside_ours(after), name
        assert any(f"{BASE}/search/2/" in value for _, _, value in after - before), name
    assert len(manifests) == 45


def _inside_ours(found: set[Statement]) -> set[str]:
    """Return the names of what ours leads to and what has no address: labels and the like."""
    inside = {value for subject, _, value in found if BASE in subject}
    while more := {value for subject, _, value in found if subject in inside} - inside:
        inside |= more
    return inside
