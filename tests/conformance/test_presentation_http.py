"""What HTTP adds to manifests, collections and pages of text, and to all that these refer to."""

import gzip
from collections.abc import Iterator
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.presentation.books import objects
from tests.presentation.library import Library
from tests.services_auth.conftest import BASE

PROFILE = 'application/ld+json;profile="http://iiif.io/api/presentation/{}/context.json"'
PATHS = ("{}/almanac/manifest", "{}/letters/manifest", "{}/collections/all", "{}/almanac/canvas/2/text")
BOTH = pytest.mark.parametrize("version", [2, 3])
EVERY_PATH = pytest.mark.parametrize("path", PATHS)


def ask(library: Library, path: str, version: int, **headers: str) -> TestResponse:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return library.stranger.get(f"/presentation/{path.format(version)}", headers=named)


@BOTH
@pytest.mark.parametrize("path", [*PATHS, "{}/hidden/manifest", "{}/nothing/manifest", "{}/almanac/canvas/99/text"])
def test_pr3_50_pr2_12_every_page_may_read_every_answer(library: Library, path: str, version: int):
    for method in ("GET", "HEAD", "OPTIONS"):
        answer = library.stranger.client.open(f"/presentation/{path.format(version)}", method=method, base_url=BASE)
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert "Access-Control-Allow-Credentials" not in answer.headers


@EVERY_PATH
def test_pr3_51_json_ld_of_the_version_is_what_is_sent_unless_json_is_asked_for(library: Library, path: str):
    assert ask(library, path, 3).content_type == PROFILE.format(3)
    assert ask(library, path, 3, Accept="application/json").content_type == "application/json"
    assert ask(library, path, 3, Accept="application/ld+json").content_type == PROFILE.format(3)
    assert "Accept" in ask(library, path, 3).headers["Vary"]


@EVERY_PATH
def test_pr2_12_json_is_what_is_sent_unless_json_ld_is_asked_for(library: Library, path: str):
    assert ask(library, path, 2).content_type == "application/json"
    assert ask(library, path, 2, Accept="*/*").content_type == "application/json"
    assert ask(library, path, 2, Accept="application/ld+json").content_type == PROFILE.format(2)


@BOTH
def test_pr3_52_pr2_12_long_answers_are_compressed(library: Library, version: int):
    plain = ask(library, PATHS[0], version)
    packed = ask(library, PATHS[0], version, Accept_Encoding="gzip")
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    assert len(packed.data) < len(plain.data) / 2


@BOTH
def test_pr3_52_ids_are_https_without_a_query_and_stay(library: Library, version: int):
    for path in PATHS:
        document = ask(library, path, version).get_json()
        for each in objects(document):
            address = each.get("id", each.get("@id", ""))
            assert "?" not in address
            assert not address.startswith("http:") or "/" not in address.removeprefix("http://")
        assert ask(library, path, version).get_json() == document


def addresses(library: Library, version: int) -> Iterator[tuple[Any, str]]:
    """Yield every address of ours that manifests refer to, with the format they say it has."""
    for name in ("almanac", "parts", "odes"):
        for each in objects(library.manifest(name, version)):
            for member in ("seeAlso", "rendering", "homepage", "related", "thumbnail", "annotations", "otherContent"):
                given = each.get(member, [])
                for link in given if isinstance(given, list) else [given]:
                    yield link.get("id", link.get("@id")), link.get("format", "")
            for member in ("partOf", "within"):
                for link in each.get(member, ()):
                    yield link if isinstance(link, str) else link["id"], ""
            if each.get("type", each.get("@type")) in ("Image", "dctypes:Image"):
                yield each.get("id", each.get("@id")), each["format"]


@BOTH
def test_pr3_44_pr3_53_what_is_referred_to_is_there_and_of_the_format_that_is_told(library: Library, version: int):
    referred = dict(addresses(library, version))
    assert len(referred) > 30
    for address, media_type in referred.items():
        assert address.startswith(f"{BASE}/")
        answer = library.stranger.get(address.removeprefix(BASE))
        assert answer.status_code == 200, address
        if media_type:
            assert answer.content_type.partition(";")[0] == media_type, address
        answer.close()


def test_pr3_53_services_are_there(library: Library):
    for each in objects(library.manifest("almanac")):
        address = each.get("id", each.get("@id", "")).removeprefix(BASE)
        if each.get("type", each.get("@type", "")).startswith("Search"):
            assert library.stranger.get(f"{address}?q=the").status_code == 200
        elif each.get("type", each.get("@type", "")).startswith("ImageService"):
            assert library.stranger.get(f"{address}/info.json").status_code == 200
