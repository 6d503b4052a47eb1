"""Annotations beside the OCR over HTTP: found in every version, filtered, and closed with the text of their canvas."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient

from lectern.catalogue import CanvasRow, Catalogue, ObjectRow
from lectern.home import Home
from lectern.settings import load_settings
from lectern.urls import canvas_path
from search.packing import write_pack
from search.remarks import Remark, Target
from services.app import create_app
from services.context import Context
from tests.search.books import HEIGHT, WIDTH, book
from tests.services_search.conftest import BASE, POLICIES

REMARKS = (
    Remark(
        "a1",
        "Seen by <b>Anna</b> in the harbour",
        (Target(1, (10, 20, 30, 40)),),
        ("commenting",),
        "https://notes.example/1",
        ("https://people.example/anna",),
        "2020-05-01T10:00:00Z",
        "en",
    ),
    Remark("a2", "lighthouse", (Target(2), Target(1)), ("tagging",)),
)
DAY = "2020-05-01T00:00:00Z/2020-05-02T00:00:00Z"


@pytest.fixture
def client(home_of_notes: Home, monkeypatch: pytest.MonkeyPatch) -> Iterator[FlaskClient]:
    monkeypatch.setenv("LECTERN_PUBLIC_URL", BASE)
    context = Context(load_settings(home_of_notes.path))
    yield create_app(context, ["search"]).test_client()
    context.catalogue.close()
    context.state.close()


@pytest.fixture(scope="module")
def home_of_notes(tmp_path_factory: pytest.TempPathFactory) -> Home:
    home = Home(tmp_path_factory.mktemp("home"))
    home.prepare()
    home.policies_file.write_text(POLICIES)
    catalogue = Catalogue(home)
    for name, policy in (("open", "open"), ("secret", "secret"), ("boxes", "boxes"), ("free", "free-text")):
        generation = catalogue.next_generation()
        write_pack(home, name, generation, book(["the new harbour wall"], ["lights"]), remarks=REMARKS)
        rows = [CanvasRow(n, canvas_path(name, n), WIDTH, HEIGHT, str(n)) for n in (1, 2)]
        catalogue.publish(ObjectRow(name, name, name, generation, policy=policy, pages=2, words=5), rows)
    catalogue.close()
    return home


def get(client: FlaskClient, path: str, **query: str) -> dict[str, Any]:
    response = client.get(path, query_string=query)
    assert response.status_code == 200, response.get_data(as_text=True)
    document: dict[str, Any] = response.get_json()
    return document


@pytest.mark.parametrize("version", [0, 1])
def test_an_annotation_is_given_in_full_in_versions_0_and_1(client: FlaskClient, version: int):
    document = get(client, f"/search/{version}/open", q="anna")
    (resource,) = document["resources"]
    assert resource == {
        "@id": "https://notes.example/1",
        "@type": "oa:Annotation",
        "motivation": "oa:commenting",
        "resource": {
            "@type": "cnt:ContentAsText",
            "format": "text/plain",
            "chars": "Seen by <b>Anna</b> in the harbour",
            "language": "en",
        },
        "on": f"{BASE}/presentation/3/open/canvas/1#xywh=10,20,30,40",
        "dcterms:creator": "https://people.example/anna",
        "dcterms:created": "2020-05-01T10:00:00Z",
    }
    (hit,) = document["hits"]
    assert hit["annotations"] == ["https://notes.example/1"]
    assert hit["selectors"] == [
        {"@type": "oa:TextQuoteSelector", "exact": hit["match"], "prefix": hit["before"], "suffix": hit["after"]}
    ]


def test_an_annotation_is_given_in_full_in_version_2_and_its_match_is_highlighted(client: FlaskClient):
    document = get(client, "/search/2/open", q="harbour")
    ocr, item = document["items"]
    assert ocr["motivation"] == "supplementing"
    assert item == {
        "id": "https://notes.example/1",
        "type": "Annotation",
        "motivation": "commenting",
        "body": {
            "type": "TextualBody",
            "value": "Seen by <b>Anna</b> in the harbour",
            "format": "text/plain",
            "language": "en",
        },
        "target": f"{BASE}/presentation/3/open/canvas/1#xywh=10,20,30,40",
        "creator": "https://people.example/anna",
        "created": "2020-05-01T10:00:00Z",
    }
    first, second = document["annotations"][0]["items"]
    assert (first["motivation"], second["motivation"]) == ("contextualizing", "highlighting")
    assert second["target"]["source"] == "https://notes.example/1"
    assert second["target"]["selector"] == [
        {"type": "TextQuoteSelector", "exact": "harbour", "prefix": "Seen by <b>Anna</b> in the "}
    ]


def test_an_annotation_without_an_id_of_its_own_has_one_and_all_its_targets(client: FlaskClient):
    (resource,) = get(client, "/search/1/open", q="lighthouse")["resources"]
    assert resource["@id"] == f"{BASE}/presentation/2/open/canvas/1/annotations#a2"
    assert resource["on"] == [f"{BASE}/presentation/3/open/canvas/{n}#xywh=0,0,{WIDTH},{HEIGHT}" for n in (2, 1)]


def test_filters_are_applied_and_kept_in_every_address(client: FlaskClient):
    for query, ids in (
        ({"motivation": "oa:commenting"}, ["https://notes.example/1"]),
        ({"user": "https://people.example/anna"}, ["https://notes.example/1"]),
        ({"date": DAY}, ["https://notes.example/1"]),
        ({"date": DAY, "motivation": "tagging"}, []),
        ({"user": "https://people.example/ben"}, []),
    ):
        document = get(client, "/search/1/open", **query)
        assert [resource["@id"] for resource in document["resources"]] == ids
        assert "ignored" not in document["within"]
        assert all(f"{name}=" in document["@id"] for name in query)
    assert len(get(client, "/search/1/open", motivation="non-painting")["resources"]) == 2
    assert len(get(client, "/search/1/open", motivation="painting")["resources"]) == 2
    assert client.get("/search/1/open?date=2020").status_code == 400


def test_autocomplete_knows_the_words_of_annotations_and_the_filters(client: FlaskClient):
    terms = get(client, "/search/1/open/autocomplete", q="ligh")["terms"]
    assert [(term["match"], term["count"]) for term in terms] == [("lighthouse", 1), ("lights", 1)]
    (term,) = get(client, "/search/1/open/autocomplete", q="ligh", motivation="tagging")["terms"]
    assert term["url"] == f"{BASE}/search/1/open?q=lighthouse&motivation=tagging"
    assert get(client, "/search/2/open/autocomplete", q="ligh", user="https://people.example/anna")["items"] == []


def test_the_scope_of_a_canvas_holds_its_annotations_only(client: FlaskClient):
    assert len(get(client, "/search/1/open/canvas/1", q="anna")["resources"]) == 1
    assert get(client, "/search/1/open/canvas/2", q="anna")["resources"] == []


@pytest.mark.parametrize("name", ["secret", "boxes"])
@pytest.mark.parametrize("query", [{"q": "anna"}, {"motivation": "commenting"}, {"q": "lighthouse", "date": DAY}])
def test_who_may_not_read_the_text_finds_no_annotation(client: FlaskClient, name: str, query: dict[str, str]):
    document = get(client, f"/search/1/{name}", **query)
    assert (document["resources"], document.get("hits", []), document["within"]["total"]) == ([], [], 0)
    assert get(client, f"/search/2/{name}/autocomplete", q="anna")["items"] == []


def test_where_only_boxes_are_told_the_text_has_its_boxes_and_annotations_have_none(client: FlaskClient):
    document = get(client, "/search/1/boxes", q="harbour")
    assert [(r["motivation"], r["resource"]["chars"]) for r in document["resources"]] == [("sc:painting", "")]
    assert document["within"]["total"] == 1


def test_where_text_is_free_annotations_are_too(client: FlaskClient):
    assert len(get(client, "/search/1/free", q="anna")["resources"]) == 1
