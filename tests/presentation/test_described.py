"""What manifests of both versions say of an object beyond its row."""

from dataclasses import replace
from typing import Any

import pytest

from lectern.description import Description, Pair, Provider
from services.presentation import manifest2, manifest3
from services.presentation.model import Book, Detail
from tests.presentation.books import LOCKED, URLS, book, canvas
from tests.presentation.said import EVERYTHING, LOGO

LICENCE = "http://creativecommons.org/publicdomain/mark/1.0/"


def told(said: Description = EVERYTHING, detail: Detail = Detail.FULL, **changes: Any) -> Book:
    return replace(book(LOCKED if detail is Detail.MINIMAL else None, detail, **changes), description=said)


def test_pr3_03_texts_stand_in_every_language():
    found = manifest3.manifest(told())
    assert found["label"] == {"en": ["The Harbour Gazette"], "de": ["Die Hafenzeitung"]}
    assert found["summary"] == {"en": ["<p>A <b>weekly</b></p>"], "none": ["wöchentlich"]}
    assert found["metadata"][0] == {
        "label": {"en": ["Publisher"], "de": ["Verlag"]},
        "value": {"none": ["A. Printer", "B. Printer"]},
    }
    assert found["requiredStatement"] == {
        "label": {"en": ["Attribution"]},
        "value": {"en": ["Provided by the library"]},
    }


def test_pr3_02_provider_date_behaviour_and_start_have_their_forms():
    found = manifest3.manifest(told(rights=LICENCE))
    assert (found["rights"], found["navDate"]) == (LICENCE, "1871-03-04T00:00:00Z")
    assert found["behavior"] == ["paged", "no-repeat"]
    assert found["start"] == {"id": found["items"][1]["id"], "type": "Canvas"}
    (provider,) = found["provider"]
    assert (provider["id"], provider["type"]) == ("https://library.example/about", "Agent")
    assert provider["homepage"][0]["label"] == {"en": ["The library"], "de": ["Die Bibliothek"]}
    assert provider["logo"][0]["service"][0]["@id"] == "https://images.library.example/logo"


def test_pages_about_the_object_come_before_our_own():
    found = manifest3.manifest(told())["homepage"]
    assert [page["id"] for page in found] == ["https://library.example/item/7", URLS.page("gazette")]
    assert found[0]["language"] == ["en"]
    related = manifest2.manifest(told())["related"]
    assert [page["@id"] for page in related] == [
        "https://library.example/item/7",
        "https://library.example/",
        URLS.page("gazette"),
    ]


def test_pr2_01_version_2_says_the_same_in_its_own_words():
    found = manifest2.manifest(told(rights=LICENCE))
    assert found["label"] == [
        {"@value": "The Harbour Gazette", "@language": "en"},
        {"@value": "Die Hafenzeitung", "@language": "de"},
    ]
    assert found["description"] == [{"@value": "<p>A <b>weekly</b></p>", "@language": "en"}, "wöchentlich"]
    assert found["metadata"][0]["value"] == ["A. Printer", "B. Printer"]
    assert found["attribution"] == [{"@value": "Provided by the library", "@language": "en"}]
    assert (found["license"], found["navDate"], found["viewingHint"]) == (LICENCE, EVERYTHING.nav_date, "paged")
    assert found["sequences"][0]["startCanvas"] == found["sequences"][0]["canvases"][1]["@id"]
    assert found["logo"]["@id"] == LOGO.id
    assert found["logo"]["service"]["@context"] == "http://iiif.io/api/image/2/context.json"


def test_in_version_2_a_provider_is_attributed_where_nothing_else_must_be_shown():
    providers = (Provider("https://a.example/", {"en": ("A",)}), Provider("https://b.example/", {"en": ("B",)}))
    found = manifest2.manifest(told(Description(providers=providers)))
    assert [each["@value"] for each in found["attribution"]] == ["A", "B"]


def test_rights_in_words_stand_beside_a_statement_as_a_fact():
    found = manifest3.manifest(told(rights="Ask the heirs & friends"))
    assert found["requiredStatement"]["value"] == {"en": ["Provided by the library"]}
    assert found["metadata"][-1] == {"label": {"en": ["Rights"]}, "value": {"none": ["Ask the heirs & friends"]}}


def test_an_address_that_is_no_licence_of_presentation_3_is_a_statement_with_a_link():
    one = told(Description(), rights="https://library.example/terms?a=1&b=2")
    found = manifest3.manifest(one)
    assert "rights" not in found
    link = '<a href="https://library.example/terms?a=1&amp;b=2">https://library.example/terms?a=1&amp;b=2</a>'
    assert found["requiredStatement"] == {"label": {"en": ["Rights"]}, "value": {"none": [link]}}
    assert manifest2.manifest(one)["license"] == "https://library.example/terms?a=1&b=2"


@pytest.mark.parametrize(
    ("label", "facts"),
    [("Sprache", ["Sprache"]), ("languages:", ["languages:"]), ("Place", ["Place", "Language"])],
)
def test_a_fact_that_the_metadata_has_is_not_told_twice(label: str, facts: list[str]):
    found = manifest3.manifest(told(Description(metadata=(Pair({"none": (label,)}, {"none": ("x",)}),))))
    assert [next(iter(pair["label"].values()))[0] for pair in found["metadata"]] == facts


def test_th_82_a_minimal_manifest_tells_one_label_and_nothing_else():
    for build in (manifest3.manifest, manifest2.manifest):
        one, bare = (build(told(said, Detail.MINIMAL)) for said in (EVERYTHING, Description()))
        assert one == bare


def test_a_start_that_is_no_canvas_is_not_told():
    assert "start" not in manifest3.manifest(told(Description(start=9)))
    one = replace(told(), canvases=[canvas(1)])
    assert "startCanvas" not in manifest2.manifest(one)["sequences"][0]
