"""Services on every kind of resource, and what an answer about several objects says of each canvas."""

from pathlib import Path
from typing import Any

import pytest

from lectern.home import Home
from lectern.urls import PresentationVersion, SearchVersion, Urls
from search import content_search1, content_search2
from search.content_search import Container, Scope, read_request
from search.findings import Subject
from search.library import Library
from search.packing import write_pack
from search.searching import find
from services.presentation import manifest2, manifest3
from services.search.scopes import Place
from tests.conformance.shelf import BASE
from tests.presentation.books import book_in_parts, listed
from tests.presentation.books import row as object_row
from tests.search.books import HEIGHT, WIDTH, book, row

PLACES = [Place("book"), Place("book", canvas=1), Place("book", range=1), Place(collection="book")]


def services(document: Any) -> list[str]:
    """Return the ids of all search services declared anywhere in a manifest or collection."""
    if isinstance(document, list):
        return [found for each in document for found in services(each)]
    if not isinstance(document, dict):
        return []
    own = document.get("type") == "SearchService2" or document.get("@type") == "SearchService1"
    name = [str(document.get("id") or document["@id"])] if own else []
    return name + [found for value in document.values() for found in services(value)]


@pytest.fixture
def ask(tmp_path: Path):
    """Return a function that asks two books for `harbour` at once, as a collection, in one version."""
    library = Library(_home(tmp_path), 10)
    subjects = [Subject(name, library.open(row(1, name))) for name in ("first", "second")]

    def answer(version: SearchVersion) -> dict[str, Any]:
        api: PresentationVersion = 3 if version == 2 else 2
        urls = Urls(BASE)
        scope = Scope(
            urls.search_collection("press", version),
            lambda name, n: urls.text(name, n, api),
            {(name, 1): (f"{BASE}/canvas/{name}/1", WIDTH, HEIGHT) for name in ("first", "second")},
            {name: Container(urls.manifest(name, api), f"The {name}") for name in ("first", "second")},
        )
        request = read_request([("q", "harbour")], version, size=100, longest=100)
        found = find(subjects, request.q, request.page)
        if version == 2:
            return content_search2.search_response(found, request, scope)
        return content_search1.search_response(found, request, scope, version)

    return answer


def _home(folder: Path) -> Home:
    home = Home(folder)
    for name in ("first", "second"):
        write_pack(home, name, 1, book([f"the {name} harbour"]))
    return home


def test_cs1_04_manifests_and_collections_declare_their_search():
    assert services(manifest2.manifest(book_in_parts())) == ["https://books.example.org/search/1/gazette"]
    found = manifest2.collection(listed("press", object_row()), Urls(BASE))
    assert services(found) == [f"{BASE}/search/1/collections/press"]
    assert found["service"]["service"][0]["@id"] == f"{BASE}/search/1/collections/press/autocomplete"


def test_cs2_02_manifests_collections_ranges_and_canvases_declare_their_search():
    own = "https://books.example.org/search/2/gazette"
    found = [name for name in services(manifest3.manifest(book_in_parts())) if "/search/2/" in name]
    assert own in found
    assert [name for name in found if "/range/" in name] == [f"{own}/range/{r}" for r in (1, 2, 3)]
    assert f"{own}/canvas/1" in found
    assert f"{BASE}/search/2/collections/press" in services(
        manifest3.collection(listed("press", object_row()), Urls(BASE))
    )


@pytest.mark.parametrize("version", [0, 1, 2])
def test_cs1_05_cs2_03_services_of_different_resources_have_different_uris(version):
    urls = Urls(BASE)
    found = [place.url(urls, version) for place in PLACES]
    assert len(set(found)) == len(found)
    assert not any("?" in name or "#" in name for name in found)


@pytest.mark.parametrize("build", [manifest2, manifest3])
def test_cs1_05_cs2_03_no_uri_is_declared_twice(build):
    found = services(build.manifest(book_in_parts()))
    assert len(set(found)) == len(found)


@pytest.mark.parametrize("version", [0, 1])
def test_cs1_42_in_a_collection_a_target_names_the_manifest_it_is_within(ask, version):
    assert [each["on"] for each in ask(version)["resources"]] == [
        {
            "@id": f"{BASE}/canvas/{name}/1#xywh={left},0,70,20",
            "within": {
                "@id": f"{BASE}/presentation/2/{name}/manifest",
                "@type": "sc:Manifest",
                "label": f"The {name}",
            },
        }
        for name, left in (("first", 100), ("second", 110))
    ]


def test_cs2_32_in_a_collection_a_target_names_the_manifest_it_is_part_of(ask):
    assert [each["target"] for each in ask(2)["items"]] == [
        {
            "id": f"{BASE}/canvas/{name}/1#xywh={left},0,70,20",
            "type": "Canvas",
            "partOf": {
                "id": f"{BASE}/presentation/3/{name}/manifest",
                "type": "Manifest",
                "label": {"none": [f"The {name}"]},
            },
        }
        for name, left in (("first", 100), ("second", 110))
    ]
