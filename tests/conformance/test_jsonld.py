"""Every kind of answer, expanded by the official contexts: what is lost is what the checklist says, and no more.

Clients read plain JSON; no answer promises to survive as RDF. But nothing may be lost that the contexts know.
"""

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from pyld import jsonld

from search.answer import Annotation
from search.content_search import made
from search.remarks import Remark, Target
from tests.conformance.contexts import Contexts
from tests.conformance.shelf import SEARCHES, SUGGESTIONS
from tests.conformance.test_schemas import note

pytestmark = pytest.mark.corpus

_BASE = "https://base.example/"
# The contexts of version 1 do not know `url` (2.5 item 6); type-scoped contexts of 2.0 do not reach `source` and three
# types (4.6 item 5). `truncated` is ours.
_OURS = {"truncated"}
_LOST = {0: {"url"} | _OURS, 1: {"url"} | _OURS, 2: {"source"} | _OURS}
_UNMAPPED = {0: set(), 1: set(), 2: {"TextualBody", "SpecificResource"}}


@pytest.fixture(scope="module")
def contexts(corpus: Path) -> Contexts:
    return Contexts(corpus)


def _expand(document: Any, contexts: Contexts) -> tuple[list[Any], set[str]]:
    """Return a document expanded, and the members that were dropped."""
    dropped: set[str] = set()
    logging.getLogger("pyld").setLevel(logging.ERROR)
    expanded = jsonld.expand(document, {"documentLoader": contexts, "base": _BASE}, on_property_dropped=dropped.add)
    return expanded, dropped


def _members(value: Any) -> Iterator[tuple[str, Any]]:
    """Yield every member of every object, however deep."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield name, inner
            yield from _members(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _members(inner)


def _types(value: Any) -> set[str]:
    return {
        kind for name, kinds in _members(value) if name == "@type" for kind in ([kinds], kinds)[isinstance(kinds, list)]
    }


def _check(document: Any, version: int, contexts: Contexts) -> None:
    expanded, dropped = _expand(document, contexts)
    named = {name for name, _ in _members(document)}
    assert expanded
    assert dropped == named & _LOST[version]
    unmapped = {kind.removeprefix(_BASE) for kind in _types(expanded) if kind.startswith(_BASE)}
    assert unmapped <= _UNMAPPED[version]


@pytest.mark.parametrize("version", [0, 1, 2])
@pytest.mark.parametrize("path", [*SEARCHES.values(), *SUGGESTIONS.values()], ids=[*SEARCHES, *SUGGESTIONS])
def test_an_answer_expands_and_loses_no_more_than_the_contexts_leave_out(
    client: FlaskClient, contexts: Contexts, version, path
):
    _check(client.get(path.format(version)).get_json(), version, contexts)


@pytest.mark.parametrize("version", [0, 1, 2])
def test_a_match_inside_a_longer_text_expands_as_well(contexts: Contexts, version):
    _check(note(version), version, contexts)


def test_all_that_is_said_to_be_lost_is_lost_in_some_answer(client: FlaskClient, contexts: Contexts):
    for version in (0, 1, 2):
        dropped: set[str] = set()
        unmapped: set[str] = set()
        for path in (*SEARCHES.values(), *SUGGESTIONS.values()):
            expanded, lost = _expand(client.get(path.format(version)).get_json(), contexts)
            dropped |= lost
            unmapped |= {kind.removeprefix(_BASE) for kind in _types(expanded) if kind.startswith(_BASE)}
        assert dropped == _LOST[version]
        assert unmapped == _UNMAPPED[version]


def test_the_meaning_survives_in_version_1(client: FlaskClient, contexts: Contexts):
    (expanded,), _ = _expand(client.get(SEARCHES["one hit"].format(1)).get_json(), contexts)
    (hits,) = expanded["http://iiif.io/api/search/1#hasHitList"]
    (hit,) = hits["@list"]
    assert hit["http://iiif.io/api/search/1#match"] == [{"@value": "mayor"}]
    (resources,) = expanded["http://iiif.io/api/presentation/2#hasAnnotations"]
    assert hit["http://iiif.io/api/search/1#refines"] == [{"@id": resources["@list"][0]["@id"]}]


def test_the_meaning_survives_in_version_2(client: FlaskClient, contexts: Contexts):
    (expanded,), _ = _expand(client.get(SEARCHES["one hit"].format(2)).get_json(), contexts)
    (inner,) = expanded["http://iiif.io/api/presentation/3#annotations"]
    motives = {motive["@id"] for name, value in _members(inner) if name.endswith("motivatedBy") for motive in value}
    assert motives == {"http://iiif.io/api/presentation/3#contextualizing"}


@pytest.mark.parametrize("version", [0, 1, 2])
def test_a_creator_is_a_uri_and_the_time_a_date_in_version_2(contexts: Contexts, version):
    ada = "https://people.example/ada"
    remark = Remark("a1", "a note", (Target(1),), ("commenting",), "", (ada,), "2020-05-01T10:00:00Z")
    annotation = Annotation("book", 1, "a1", "a note", (1, 2, 3, 4), remark=remark)
    members = made(annotation) if version == 2 else made(annotation, "dcterms:")
    document = note(version)
    (document["items"] if version == 2 else document["resources"])[0] |= members
    expanded, _ = _expand(document, contexts)
    values = {name: value for name, value in _members(expanded) if name.startswith("http://purl.org/dc/terms/crea")}
    (creator,) = values["http://purl.org/dc/terms/creator"]
    (created,) = values["http://purl.org/dc/terms/created"]
    assert creator == ({"@id": ada} if version == 2 else {"@value": ada})
    assert created["@value"] == "2020-05-01T10:00:00Z"
    assert ("@type" in created) == (version == 2)
