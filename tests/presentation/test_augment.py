"""A foreign manifest with our search in it: nothing else of it is changed."""

import json
from copy import deepcopy
from pathlib import Path

import pytest

from lectern.urls import Urls
from services.presentation.augment import augment
from services.presentation.model import Json

URLS = Urls("https://books.example.org")
SEARCH1, SEARCH2 = (f"https://books.example.org/search/{version}/book" for version in (1, 2))


def ids(document: Json) -> list[str]:
    return [service.get("@id") or service.get("id") for service in document["service"]]


def test_both_versions_of_search_are_declared():
    first, second = augment({"id": "m", "type": "Manifest"}, "book", URLS)["service"]
    assert (first["@id"], first["@type"], first["profile"]) == (
        SEARCH1,
        "SearchService1",
        "http://iiif.io/api/search/1/search",
    )
    assert first["@context"] == "http://iiif.io/api/search/1/context.json"
    assert second == {
        "id": SEARCH2,
        "type": "SearchService2",
        "service": [{"id": f"{SEARCH2}/autocomplete", "type": "AutoCompleteService2"}],
    }


def test_in_presentation_2_every_service_has_its_context():
    services = augment({"@id": "m", "@type": "sc:Manifest"}, "book", URLS)["service"]
    assert [service["@context"] for service in services] == [
        "http://iiif.io/api/search/1/context.json",
        "http://iiif.io/api/search/2/context.json",
    ]


@pytest.mark.parametrize("given", [{"@id": "a"}, [{"@id": "a"}], [{"@id": "a"}, {"id": "b"}], []])
def test_services_that_were_there_stay_behind_ours(given: object):
    document: Json = {"@id": "m", "@type": "sc:Manifest", "service": given}
    before = deepcopy(document)
    found = augment(document, "book", URLS)
    assert document == before
    assert found["service"][2:] == (given if isinstance(given, list) else [given])
    assert ids(found)[:2] == [SEARCH1, SEARCH2]


def test_twice_is_once():
    once = augment({"id": "m", "type": "Manifest", "service": [{"id": "a"}]}, "book", URLS)
    assert augment(once, "book", URLS) == once


@pytest.mark.corpus
def test_every_manifest_of_the_corpus_stays_as_it_is(corpus: Path):
    seen = 0
    for path in sorted(corpus.glob("iiif/presentation-*/**/*.json")):
        document = json.loads(path.read_bytes())
        if (document.get("type") or document.get("@type")) not in {"Manifest", "sc:Manifest"}:
            continue
        seen += 1
        found = json.loads(json.dumps(augment(document, "book", URLS)))
        others = found["service"][2:]
        if "service" in document:
            found["service"] = others if isinstance(document["service"], list) else others[0]
        else:
            assert others == []
            del found["service"]
        assert list(found) == list(document), path.name
        assert found == document, path.name
    assert seen == 37
