"""How manifests declare the search of an object. (Where else it may be declared: the tests of scopes.)"""

from dataclasses import replace
from typing import Any

import pytest

from lectern.urls import AUTOCOMPLETE, Urls
from services.presentation import manifest2, manifest3
from tests.presentation.books import URLS, book, objects

BOTH = [manifest2.manifest, manifest3.manifest]
_SEARCH1 = "http://iiif.io/api/search/1/search"


def _first(build: Any) -> dict[str, Any]:
    block: dict[str, Any] = build(book())["service"][0]
    return block


@pytest.mark.parametrize("build", BOTH)
def test_cs1_01_to_03_the_block_of_version_1(build):
    block = _first(build)
    assert block["@context"] == "http://iiif.io/api/search/1/context.json"
    assert block["profile"] == _SEARCH1
    assert block["@id"] == URLS.search("gazette", 1)


@pytest.mark.parametrize("build", BOTH)
def test_cs1_06_suggestions_are_nested_in_the_block(build):
    services = _first(build)["service"]
    (nested,) = services if isinstance(services, list) else [services]
    assert nested["@id"] == URLS.search("gazette", 1) + AUTOCOMPLETE
    assert nested["profile"] == "http://iiif.io/api/search/1/autocomplete"


def test_cs1_07_in_presentation_3_the_blocks_are_in_arrays_and_have_types():
    services = manifest3.manifest(book())["service"]
    assert isinstance(services, list)
    block = services[0]
    assert (block["@type"], block["profile"]) == ("SearchService1", _SEARCH1)
    (nested,) = block["service"]
    assert nested["@type"] == "AutoCompleteService1"


@pytest.mark.parametrize("build", BOTH)
def test_cs0_06_version_1_is_declared_and_no_block_has_both_profiles(build):
    profiles = [o["profile"] for o in objects(build(book())) if "api/search/" in str(o.get("profile"))]
    assert profiles == [_SEARCH1, "http://iiif.io/api/search/1/autocomplete"]


@pytest.mark.parametrize("build", BOTH)
def test_cs0_06_version_0_is_declared_in_its_place_where_that_is_set(build):
    document = build(replace(book(), urls=Urls(URLS.base, declared=0)))
    profiles = [o["profile"] for o in objects(document) if "api/search/" in str(o.get("profile"))]
    assert profiles == ["http://iiif.io/api/search/0/search", "http://iiif.io/api/search/0/autocomplete"]
    block = document["service"][0]
    assert block["@context"] == "http://iiif.io/api/search/0/context.json"
    assert block["@id"] == URLS.search("gazette", 0)


def test_cs2_01_04_the_block_of_version_2_is_in_an_array_with_suggestions_nested():
    block = manifest3.manifest(book())["service"][1]
    assert (block["id"], block["type"]) == (URLS.search("gazette", 2), "SearchService2")
    (nested,) = block["service"]
    assert (nested["id"], nested["type"]) == (URLS.search("gazette", 2) + AUTOCOMPLETE, "AutoCompleteService2")


def test_cs2_05_06_the_block_of_version_2_has_no_profile_and_no_context():
    document = manifest3.manifest(book())
    block = document["service"][1]
    assert {"profile", "@context"}.isdisjoint({*block, *block["service"][0]})
    assert document["@context"] == "http://iiif.io/api/presentation/3/context.json"
