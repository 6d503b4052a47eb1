"""Every kind of answer against the schemas of docs/schemas, and broken answers that they must refuse."""

import json
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator

from search import content_search1, content_search2
from search.answer import Annotation, Answer
from search.content_search import Scope, read_request
from search.quoting import hit_inside
from tests.conformance.shelf import BASE, ERRORS, SEARCHES, SUGGESTIONS
from tests.conftest import ROOT

_FOLDER = ROOT / "docs" / "schemas"
SCHEMAS = {path.stem: json.loads(path.read_text()) for path in sorted(_FOLDER.glob("*.json"))}
_VERSIONS = (0, 1, 2)
_NOTE = "A note on the harbour, by the harbour master"


def errors(name: str, document: Any) -> list[str]:
    """Return what a schema says against a document."""
    found = Draft202012Validator(SCHEMAS[name]).iter_errors(document)
    return [f"{list(error.path)}: {error.message}"[:300] for error in found]


def schema_of(document: dict[str, Any]) -> str:
    """Return the name of the schema that an answer of the search must fit."""
    if document.get("@type") == "sc:AnnotationList":
        return "search-1"
    if "partOf" in document:
        return "search-2-paged"
    return "search-2-extended" if "annotations" in document else "search-2-simple"


def note(version: int) -> dict[str, Any]:
    """Return the answer that a comment with two matches inside it is."""
    annotations = [Annotation("book", 1, "n1", _NOTE, (1, 2, 3, 4), "en")]
    places = [at for at in range(len(_NOTE)) if _NOTE.startswith("harbour", at)]
    hits = [hit_inside(annotations, 0, at, at + 7) for at in places]
    answer = Answer(annotations, hits, total_hits=2, total_annotations=1)
    request = read_request([("q", "harbour")], version, size=9, longest=99)
    scope = Scope(
        f"{BASE}/search/{version}/book", lambda o, n: f"{BASE}/{o}/{n}", {("book", 1): (f"{BASE}/canvas", 100, 100)}
    )
    if version == 2:
        return content_search2.search_response(answer, request, scope)
    return content_search1.search_response(answer, request, scope, version)


@pytest.mark.parametrize("version", _VERSIONS)
@pytest.mark.parametrize("path", SEARCHES.values(), ids=SEARCHES.keys())
def test_searches_are_valid(client: FlaskClient, version, path):
    response = client.get(path.format(version))
    assert response.status_code == 200
    document = response.get_json()
    assert errors(schema_of(document), document) == []


@pytest.mark.parametrize("version", _VERSIONS)
def test_totals_that_were_not_counted_to_the_end_are_flagged_and_valid(client: FlaskClient, monkeypatch, version):
    monkeypatch.setattr("services.search.asking.COUNTED_CANVASES", 1)
    document = client.get(f"/search/{version}/collections/press?q=harbour").get_json()
    assert errors(schema_of(document), document) == []
    assert (document if version == 2 else document["within"])["truncated"] == ["hits"]


@pytest.mark.parametrize("version", _VERSIONS)
@pytest.mark.parametrize("path", SUGGESTIONS.values(), ids=SUGGESTIONS.keys())
def test_suggestions_are_valid(client: FlaskClient, version, path):
    response = client.get(path.format(version))
    assert response.status_code == 200
    assert errors("terms-2" if version == 2 else "terms-1", response.get_json()) == []


@pytest.mark.parametrize("version", _VERSIONS)
@pytest.mark.parametrize(("path", "status"), ERRORS.values(), ids=ERRORS.keys())
def test_csx_27_errors_are_valid(client: FlaskClient, version, path, status):
    response = client.get(path.format(version))
    assert response.status_code == status
    assert errors("problem", response.get_json()) == []


@pytest.mark.parametrize("version", _VERSIONS)
def test_matches_inside_longer_texts_are_valid(version):
    document = note(version)
    assert errors(schema_of(document), document) == []


def test_the_answers_are_of_every_kind(client: FlaskClient):
    documents = [client.get(path.format(version)).get_json() for path in SEARCHES.values() for version in _VERSIONS]
    assert {schema_of(d) for d in documents} == {name for name in SCHEMAS if name.startswith("search-")}
    others = {name for name in SCHEMAS if not name.startswith(("search-", "auth-", "image-"))}
    assert others == {"problem", "terms-1", "terms-2"}


@pytest.mark.parametrize("name", SCHEMAS)
def test_schemas_are_schemas_and_are_named_in_their_page(name):
    Draft202012Validator.check_schema(SCHEMAS[name])
    assert SCHEMAS[name]["$id"].endswith(f":{name}")
    assert f"({name}.json)" in (_FOLDER / "README.md").read_text()


def _without(*path: Any) -> Callable[[Any], None]:
    def spoil(document: Any) -> None:
        for step in path[:-1]:
            document = document[step]
        del document[path[-1]]

    return spoil


def _with(value: Any, *path: Any) -> Callable[[Any], None]:
    def spoil(document: Any) -> None:
        for step in path[:-1]:
            document = document[step]
        document[path[-1]] = value

    return spoil


_BROKEN: dict[str, tuple[int, str, Callable[[Any], None]]] = {
    "CS1-30": (1, "one hit", _with("sc:List", "@type")),
    "CS1-32, order": (1, "one hit", lambda d: d["@context"].reverse()),
    "CS1-32, hits": (1, "one hit", _with("http://iiif.io/api/presentation/2/context.json", "@context")),
    "CS1-34": (1, "one hit", _with("https://a.example/1", "resources", 0)),
    "CS1-35, float": (1, "one hit", _with("https://a.example/c#xywh=1.5,1,1,1", "resources", 0, "on")),
    "CS1-35, percent": (1, "one hit", _with("https://a.example/c#xywh=percent:1,1,1,1", "resources", 0, "on")),
    "CS1-35, empty": (1, "one hit", _with("https://a.example/c#xywh=1,1,0,1", "resources", 0, "on")),
    "CS1-35, @language": (1, "one hit", _with("en", "resources", 0, "resource", "@language")),
    "CS1-36": (1, "one hit", _without("resources", 0, "@id")),
    "CS1-37": (1, "first of several pages", _with({"@id": "https://a.example"}, "next")),
    "CS1-40": (1, "first of several pages", _with("https://a.example/layer", "within")),
    "CS1-41": (1, "first of several pages", _without("within", "first")),
    "CS1-43": (1, "one hit", _with("https://a.example/1", "hits", 0, "annotations")),
    "CS1-44": (1, "one hit", _with(["mayor"], "hits", 0, "match")),
    "rule 7": (1, "one hit", _without("within", "total")),
    "CS2-21": (2, "one hit", _with("https://iiif.io/api/search/2/context.json", "@context")),
    "CS2-20": (2, "one hit", _without("id")),
    "CS2-22": (2, "one hit", _with("https://a.example/1", "items", 0)),
    "CS2-24": (2, "one hit", _with({"en": ["mayor"]}, "items", 0, "body", "value")),
    "CS2-26": (2, "first of several pages", lambda d: d.update(partOf=[d["partOf"]])),
    "CS2-27": (2, "first of several pages", _without("partOf", "first")),
    "CS2-28": (2, "first of several pages", _with("https://a.example", "next")),
    "CS2-40": (2, "one hit", lambda d: d["annotations"].append(d["annotations"][0])),
    "CS2-41, body": (2, "one hit", _with({}, "annotations", 0, "items", 0, "body")),
    "CS2-41, selector": (2, "one hit", _with({}, "annotations", 0, "items", 0, "target", "selector")),
    "CS2-45": (2, "a hit over a line end", _with("contextualizing", "annotations", 0, "items", 0, "motivation")),
    "a member unheard of": (2, "one hit", _with(1, "hits")),
}


@pytest.mark.parametrize(("version", "kind", "spoil"), _BROKEN.values(), ids=_BROKEN.keys())
def test_broken_answers_are_refused(client: FlaskClient, version, kind, spoil):
    document = client.get(SEARCHES[kind].format(version)).get_json()
    broken = deepcopy(document)
    spoil(broken)
    assert errors(schema_of(document), broken) != []
