"""The reader's modules by themselves: manifests, hits, suggestions and standings, as values in and values out."""

from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, Playwright

from tests.browser.conftest import Demo
from tests.chromium import FLAGS, PROGRAM

pytestmark = pytest.mark.browser


Call = Callable[..., Any]


@pytest.fixture(scope="module")
def module_page(demo: Demo, playwright: Playwright) -> Iterator[Page]:
    browser = playwright.chromium.launch(executable_path=PROGRAM, args=FLAGS)
    page = browser.new_page()
    page.goto(f"{demo.url}/objects/almanac/read")
    yield page
    browser.close()


@pytest.fixture
def call(module_page: Page) -> Call:
    """Return a function that calls one of a module's: `call("state", "decoded", "…")`."""

    def called(module: str, name: str, *values: Any) -> Any:
        code = "async ([module, name, values]) => (await import(`/static/reader/${module}.js`))[name](...values)"
        return module_page.evaluate(code, [module, name, list(values)])

    return called


@pytest.mark.parametrize(
    ("services", "found"),
    [
        ([], None),
        ([{"@id": "i2", "@type": "ImageService2"}, {"id": "i3", "type": "ImageService3"}], {"id": "i3", "version": 3}),
        ([{"@id": "i2/", "profile": "http://iiif.io/api/image/2/level1.json"}], {"id": "i2", "version": 2}),
        ([{"@id": "i2", "profile": ["http://iiif.io/api/image/2/level0.json", {}]}], {"id": "i2", "version": 2}),
        ([{"@id": "i1", "@context": "http://iiif.io/api/image/1/context.json"}], {"id": "i1", "version": 1}),
        (
            [{"@id": "s", "profile": "http://library.stanford.edu/iiif/image-api/1.1/compliance.html"}],
            {"id": "s", "version": 1},
        ),
        (
            [{"id": "x", "type": "AuthProbeService2"}, {"@id": "p", "profile": "http://iiif.io/api/search/1/search"}],
            None,
        ),
    ],
)
def test_the_newest_image_service_is_taken(call: Call, services: list[Any], found: Any):
    assert call("manifest", "pictureOf", {"id": "p.jpg", "type": "Image", "service": services})["service"] == found


def test_of_pictures_to_choose_from_the_first_is_drawn_at_its_place(call: Call):
    body = {"type": "Choice", "items": [{"id": "a.jpg", "type": "Image"}, {"id": "b.jpg", "type": "Image"}]}
    found = call("manifest", "pictureOf", body, "https://e.example/c#xywh=10,20,30,40")
    assert (found["id"], found["place"]) == ("a.jpg", {"x": 10, "y": 20, "width": 30, "height": 40})


def test_labels_come_in_the_readers_language_and_say_which_it_is(call: Call):
    label = {"de": ["Buch"], "en": ["Book"], "none": ["x"]}
    assert call("manifest", "said", label, ["fr-CA", "de-AT"]) == {"text": "Buch", "lang": "de"}
    assert call("manifest", "said", label, ["fr"]) == {"text": "Book", "lang": "en"}
    assert call("manifest", "said", {"none": ["x"]}, ["fr"]) == {"text": "x", "lang": ""}
    assert call("manifest", "said", None, ["fr"]) == {"text": "", "lang": ""}


def test_a_hit_in_an_annotation_about_two_canvases_has_two_places(call: Call):
    page = {
        "items": [{"id": "a", "target": ["c1#xywh=1,2,3,4", {"id": "c2", "type": "Canvas"}]}],
        "annotations": [
            {"items": [{"target": {"source": "a", "selector": [{"type": "TextQuoteSelector", "exact": "tide"}]}}]}
        ],
    }
    (hit,) = call("search", "hitsOf", page)
    assert [part["canvas"] for part in hit["parts"]] == ["c1", "c2"]
    assert hit["parts"][1]["box"] is None


def test_an_answer_without_matches_has_a_hit_for_every_annotation_with_or_without_words(call: Call):
    items = [
        {"id": "a", "body": {"value": "tide"}, "target": "c#xywh=1,2,3,4"},
        {"id": "b", "body": {"value": ""}, "target": "c"},
    ]
    assert [hit["exact"] for hit in call("search", "hitsOf", {"items": items})] == ["tide", ""]


@pytest.mark.parametrize(
    ("page", "count"),
    [
        ({"annotations": [{"partOf": {"total": 7}}], "partOf": {"total": 9}}, {"total": 7}),
        ({"partOf": {"total": 9}}, {"total": 9}),
        ({"partOf": {"label": {"en": ["more than 10 hits"]}}}, {"total": None, "label": "more than 10 hits"}),
        ({}, {"total": 0, "label": ""}),
        ({"next": "x"}, {"total": None, "label": ""}),
    ],
)
def test_the_count_is_of_hits_where_the_answer_tells_it(call: Call, page: Any, count: Any):
    assert call("search", "countOf", page, []) == count


@pytest.mark.parametrize(
    ("typed", "term", "query"),
    [
        ("lan", {"value": "lantern"}, "lantern"),
        ("harbour lan", {"value": "lantern"}, "harbour lantern"),
        ('"the lan', {"value": "lantern"}, '"the lantern'),
        ("harbour -lan", {"value": "lantern"}, "harbour -lantern"),
        ("a", {"value": "a*b", "service": [{"id": "https://e.example/s?q=%22a*b%22"}]}, '"a*b"'),
    ],
)
def test_a_term_takes_the_place_of_the_word_that_is_typed(call: Call, typed: str, term: Any, query: str):
    assert call("search", "completed", typed, term) == query


_FOUND = {"state": "denied", "status": 401, "substitutes": [], "heading": {"en": ["No"]}, "note": {"en": ["Why"]}}
_SMALL = {"id": "s.jpg", "type": "Image", "service": [{"id": "s", "type": "ImageService3"}]}


@pytest.mark.parametrize(
    ("found", "kind", "shown", "heading"),
    [
        ({"state": "open", "substitutes": []}, "open", "p.jpg", None),
        ({"state": "moved", "location": {"id": "m.jpg"}, "substitutes": []}, "open", "m.jpg", None),
        (_FOUND, "closed", None, "No"),
        (_FOUND | {"substitutes": [_SMALL]}, "small", "s.jpg", "No"),
        (_FOUND | {"status": 503}, "down", None, "No"),
        (_FOUND | {"failure": {"heading": {"en": ["Not you"]}}}, "closed", None, "Not you"),
    ],
)
def test_what_a_flow_found_is_a_standing(call: Call, found: Any, kind: str, shown: Any, heading: Any):
    told = call("access", "standing", found, {"id": "p.jpg", "place": None})
    assert (told["kind"], (told["shown"] or {}).get("id"), told.get("heading")) == (kind, shown, heading)


@pytest.mark.parametrize(
    ("profiles", "label"), [(["external"], ""), (["active"], "Come in"), (["external", "kiosk"], "Come in"), ([], "")]
)
def test_a_way_in_is_offered_where_a_window_can_help(call: Call, profiles: list[str], label: str):
    services = [{"type": "AuthAccessService2", "profile": each, "label": {"en": ["Come in"]}} for each in profiles]
    assert call("access", "wayIn", {"service": services}) == label


def test_a_content_state_is_what_the_specification_says(call: Call):
    book = {"id": "https://e.example/m"}
    state = call("state", "stateOf", book, {"id": "https://e.example/c"}, {"x": 1.4, "y": 2, "width": 3, "height": 4})
    assert state == {
        "id": "https://e.example/c#xywh=1,2,3,4",
        "type": "Canvas",
        "partOf": [{"id": "https://e.example/m", "type": "Manifest"}],
    }
    text = call("state", "encoded", state)
    assert not set(text) & set("+/=")
    assert call("state", "decoded", text) == state
    assert call("state", "encoded", "éa") == urlsafe_b64encode(b"%22%C3%A9a%22").decode().rstrip("=")
