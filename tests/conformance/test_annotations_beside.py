"""Annotations beside the text in answers: valid, given in full, their matches described, and nothing lost as RDF."""

from pathlib import Path
from typing import Any

import pytest

from search import content_search1, content_search2
from search.content_search import Container, Scope, read_request
from search.findings import Subject
from search.library import PackHandle
from search.remarks import Remark, Target
from search.searching import Page, find
from tests.conformance.contexts import Contexts
from tests.conformance.test_jsonld import _check
from tests.conformance.test_schemas import errors, schema_of
from tests.search.books import HEIGHT, WIDTH, book, open_book

BASE = "https://books.example.org"
REMARKS = (
    Remark(
        "a1",
        "A harbour,\nand a harbour master",
        (Target(1, (10, 20, 30, 40)), Target(2)),
        ("commenting", "https://museum.example/motivations#marvelling"),
        "https://notes.example/1#x",
        ("https://people.example/anna", "mailto:ben@people.example"),
        "2020-05-01T10:00:00Z",
        "en",
    ),
    Remark("a2", "harbour", (Target(2, None, (1.0, 2.5)),), ("tagging",)),
    Remark("a3", "harbour by hand", (Target(2),), ("supplementing",), creators=("https://people.example/anna",)),
)


@pytest.fixture(scope="module")
def annotated(tmp_path_factory: pytest.TempPathFactory) -> PackHandle:
    text = book(["the harbour wall"], ["harbour"])
    return open_book(Path(tmp_path_factory.mktemp("home")), text, remarks=REMARKS)


def answer(
    handle: PackHandle, version: int, q: str = "harbour", *, containers: bool = False, size: int = 9, **more: str
) -> dict[str, Any]:
    request = read_request({"q": q, **more}.items(), version, size=size, longest=99)
    found = find([Subject("book", handle)], request.q, request.page, filters=request.filters)
    scope = Scope(
        f"{BASE}/search/{version}/book",
        lambda name, n: f"{BASE}/presentation/{3 if version == 2 else 2}/{name}/canvas/{n}/text",
        {("book", n): (f"{BASE}/c{n}", WIDTH, HEIGHT) for n in (1, 2)},
        {"book": Container(f"{BASE}/manifest", "A book")} if containers else {},
    )
    if version == 2:
        return content_search2.search_response(found, request, scope)
    return content_search1.search_response(found, request, scope, version)


KINDS: dict[str, dict[str, Any]] = {
    "hits": {},
    "everything": {"q": ""},
    "collection": {"containers": True},
    "paged": {"size": 1},
    "filtered": {"motivation": "tagging", "odd": "1"},
    "ranked": {"order": "rank"},
}


@pytest.mark.parametrize("version", [0, 1, 2])
@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS.keys())
def test_answers_with_annotations_are_valid(annotated, version, kind):
    document = answer(annotated, version, **kind)
    assert errors(schema_of(document), document) == []
    assert document["items" if version == 2 else "resources"]


@pytest.mark.corpus
@pytest.mark.parametrize("version", [0, 1, 2])
@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS.keys())
def test_answers_with_annotations_lose_nothing_more_as_rdf(annotated, corpus: Path, version, kind):
    _check(answer(annotated, version, **kind), version, Contexts(corpus))


def test_cs1_30_34_an_annotation_is_given_in_full_with_all_its_canvases(annotated):
    resource = answer(annotated, 1)["resources"][1]
    assert resource["@id"] == "https://notes.example/1#x"
    assert resource["on"] == [f"{BASE}/c1#xywh=10,20,30,40", f"{BASE}/c2#xywh=0,0,{WIDTH},{HEIGHT}"]
    assert resource["motivation"] == ["oa:commenting", "https://museum.example/motivations#marvelling"]


def test_cs1_45_csx_04_a_match_inside_an_annotation_has_a_selector_and_counts(annotated):
    document = answer(annotated, 1)
    inside = [hit for hit in document["hits"] if "selectors" in hit]
    assert [hit["selectors"][0]["exact"] for hit in inside] == ["harbour,", "harbour", "harbour", "harbour"]
    assert document["within"]["total"] == len(document["hits"]) == 6
    assert len(document["resources"]) == 5


def test_cs2_22_23_44_an_annotation_stands_once_in_items_and_each_match_has_its_own_selector(annotated):
    document = answer(annotated, 2)
    assert [item["motivation"] for item in document["items"]] == [
        "supplementing",
        ["commenting", "https://museum.example/motivations#marvelling"],
        "supplementing",
        "tagging",
        "supplementing",
    ]
    matches = document["annotations"][0]["items"]
    of_first = [m["target"]["selector"][0] for m in matches if m["target"]["source"] == "https://notes.example/1#x"]
    value = document["items"][1]["body"]["value"]
    for quote in of_first:
        assert quote.get("prefix", "") + quote["exact"] + quote.get("suffix", "") in value
    assert [m["motivation"] for m in matches] == [
        "contextualizing",
        "highlighting",
        "highlighting",
        "contextualizing",
        "highlighting",
        "highlighting",
    ]


def test_csx_03_04_pages_hold_what_begins_on_their_canvases_and_add_up(annotated):
    start: dict[str, Any] = {"from": "book:2"}
    first, following = answer(annotated, 2, size=1), answer(annotated, 2, size=1, **start)
    assert [len(page["items"]) for page in (first, following)] == [2, 3]
    assert following["startIndex"] == 2
    assert first["partOf"]["total"] == following["partOf"]["total"] == 5


def test_rank_counts_the_parts_that_stand_in_annotations_too(annotated):
    assert find([Subject("book", annotated)], "master OR wall", Page(ranked=True)).annotations[0].n == 1
    ranked = find([Subject("book", annotated)], "hand OR harbour", Page(ranked=True))
    assert ranked.annotations[0].n == 2
