"""Presentation 3.0, requirement by requirement, in all that a whole library tells a stranger and a member."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.conformance.shelf import BASE as SEARCHED
from tests.conformance.shelf import SEARCHES
from tests.presentation.books import objects
from tests.presentation.documents import Documents, documents
from tests.presentation.library import Library
from tests.services_auth.conftest import BASE

CONTEXT = "http://iiif.io/api/presentation/3/context.json"
AUTH2 = "http://iiif.io/api/auth/2/context.json"
GRANULARITY = "http://iiif.io/api/extension/text-granularity/context.json"
ARRAYS = [
    "service",
    "services",
    "seeAlso",
    "rendering",
    "thumbnail",
    "partOf",
    "items",
    "annotations",
    "structures",
    "metadata",
    "provider",
    "homepage",
    "behavior",
]
OBJECTS = ["start", "supplementary", "requiredStatement", "placeholderCanvas", "accompanyingCanvas"]
STRINGS = ["id", "type", "rights", "format", "profile", "viewingDirection", "navDate", "textGranularity", "motivation"]
NUMBERS = {"width", "height", "duration"}
OTHERS = {"@context", "label", "summary", "value", "body", "target", "language", "source", "selector", "prev", "next"}
TYPES = [
    "Manifest",
    "Collection",
    "Canvas",
    "Range",
    "AnnotationPage",
    "AnnotationCollection",
    "Annotation",
    "Image",
    "Text",
    "Dataset",
    "Agent",
    "TextualBody",
    "SpecificResource",
    "FragmentSelector",
    "ImageService3",
    "SearchService2",
    "AutoCompleteService2",
    "AuthProbeService2",
    "AuthAccessService2",
    "AuthAccessTokenService2",
    "AuthLogoutService2",
]
LANGUAGE = re.compile(r"none|@none|[a-zA-Z]{2,8}(-[a-zA-Z0-9]{1,8})*")
HTML = re.compile(r"<[a-z/!]", re.IGNORECASE)


@pytest.fixture(scope="module")
def told(library: Library) -> Documents:
    everything = [row.id for row in library.site.context.catalogue.objects()]
    return documents(library, 3, everything, ["all", "press"])


def of_type(told: Documents, kind: str) -> list[dict[str, Any]]:
    """Return every object of a type, at any depth."""
    return [each for document in told.values() for each in objects(document) if each.get("type") == kind]


def every(told: Documents) -> Iterator[dict[str, Any]]:
    """Yield every object of Presentation 3: those of other APIs' old versions have `@type`."""
    for document in told.values():
        yield from (each for each in objects(document) if "type" in each)


def embedded(told: Documents, kind: str) -> list[dict[str, Any]]:
    """Return the objects of a type that are more than a reference."""
    return [each for each in of_type(told, kind) if each.keys() - {"id", "type", "label", "thumbnail"}]


def services(told: Documents) -> Iterator[dict[str, Any]]:
    for each in every(told):
        yield from each.get("service", ())


def test_pr3_01_the_context_is_first_once_and_ends_with_that_of_the_version(told: Documents):
    for name, document in told.items():
        given = document["@context"]
        assert next(iter(document)) == "@context", name
        assert (given if isinstance(given, str) else given[-1]) == CONTEXT
        assert "@graph" not in document
        inner = [each for each in objects(document) if each is not document and "@context" in each]
        assert all("@type" in each for each in inner)  # services of old versions carry their own (PR3-08)


def test_pr3_01_the_context_of_authorization_is_named_where_a_probe_is(told: Documents):
    for document in told.values():
        probes = [each for each in objects(document) if each.get("type") == "AuthProbeService2"]
        assert (AUTH2 in document["@context"]) is bool(probes)


def test_pr3_02_arrays_are_arrays_objects_objects_strings_strings(told: Documents):
    for each in every(told):
        for name, value in each.items():
            if name in ARRAYS:
                assert isinstance(value, list), name
            elif name in OBJECTS:
                assert isinstance(value, dict), name
            elif name in STRINGS:
                assert isinstance(value, str), name


def test_pr3_03_what_people_read_is_a_language_map(told: Documents):
    seen = 0
    for document in told.values():
        for each in objects(document):
            for name in ("label", "summary", "value"):
                if name not in each or "@type" in each or each.get("type") in ("TextualBody", "FragmentSelector"):
                    continue
                seen += 1
                assert each[name].keys(), each
                for language, values in each[name].items():
                    assert LANGUAGE.fullmatch(language)
                    assert isinstance(values, list)
                    assert values
                    assert all(isinstance(value, str) for value in values)
    assert seen > 100


def test_pr3_04_bodies_have_plain_strings(told: Documents):
    bodies = of_type(told, "TextualBody")
    assert len(bodies) > 100
    assert all(isinstance(body["value"], str) and isinstance(body.get("language", ""), str) for body in bodies)
    assert all(isinstance(each["value"], str) for each in of_type(told, "FragmentSelector"))


def test_pr3_05_links_have_id_and_type(told: Documents):
    for each in every(told):
        for name in ("seeAlso", "rendering", "homepage", "partOf", "thumbnail", "provider", "annotations", "items"):
            assert all({"id", "type"} <= link.keys() for link in each.get(name, ())), name


def test_pr3_06_names_and_types_are_spelt_as_the_specifications_spell_them(told: Documents):
    services_own = {"heading", "note", "confirmLabel", "errorHeading", "errorNote"}
    known = {*ARRAYS, *OBJECTS, *STRINGS, *NUMBERS, *OTHERS, *services_own, "first", "last", "logo"}
    assert {name for each in every(told) for name in each} <= known
    assert {each["type"] for each in every(told)} <= set(TYPES)


def test_pr3_07_no_html_where_none_may_stand_and_where_it_may_it_is_whole(told: Documents):
    for each in every(told):
        said = [text for values in each.get("label", {}).values() for text in values]
        assert not any(HTML.search(text) for text in said)
        for text in (text for values in each.get("summary", {}).values() for text in values):
            assert not HTML.search(text) or (text.startswith("<") and text.endswith(">"))


def test_pr3_08_services_have_id_and_type_and_old_ones_their_context(told: Documents):
    found = list(services(told))
    assert len(found) > 100
    for service in found:
        assert {"id", "type"} <= service.keys() or {"@id", "@type"} <= service.keys()
        if service.get("@type", "").startswith(("Search", "AuthCookie")):
            assert service["@context"].startswith("http://iiif.io/api/")
            assert service["profile"].startswith("http://iiif.io/api/")
        if "type" in service:
            assert "@context" not in service
    old = {service["@type"] for service in found if "@type" in service}
    assert old == {"ImageService2", "SearchService1"}


def test_pr3_09_nothing_is_shared_at_the_top(told: Documents):
    assert all("services" not in document for document in told.values())


def test_pr3_10_the_first_auth_service_of_each_policy_is_complete(told: Documents):
    logins = 0
    for document in told.values():
        seen: set[str] = set()
        for each in objects(document):
            if each.get("@type") == "AuthCookieService1" and each["@id"] not in seen:
                seen.add(each["@id"])
                assert {"profile", "label"} <= each.keys()
                assert {"AuthTokenService1"} <= {inner["@type"] for inner in each["service"]}
                logins += 1
    assert logins >= 5


def test_pr3_11_search_is_of_what_it_searches_images_of_the_picture_probes_of_what_they_probe(told: Documents):
    places = {
        (each["type"], inner.get("type", inner.get("@type")))
        for each in every(told)
        for inner in each.get("service", ())
    }
    below_pictures = {("Image", "ImageService2"), ("Image", "ImageService3"), ("ImageService3", "AuthProbeService2")}
    searched = {(kind, "SearchService2") for kind in ("Manifest", "Collection", "Canvas", "Range")}
    old_search = {("Manifest", "SearchService1"), ("Collection", "SearchService1")}
    nested = {
        ("SearchService2", "AutoCompleteService2"),
        ("AuthProbeService2", "AuthAccessService2"),
        ("AuthAccessService2", "AuthAccessTokenService2"),
        ("AuthAccessService2", "AuthLogoutService2"),
    }
    files = {("Text", "AuthProbeService2")}  # PDF and text of a restricted object
    assert places == below_pictures | files | searched | old_search | nested
    for block in (each for document in told.values() for each in objects(document)):
        if block.get("@type") == "ImageService2":
            assert {inner["@type"] for inner in block.get("service", ())} <= {"AuthCookieService1"}


def test_pr3_12_what_has_no_id_is_not_in_a_manifest(told: Documents, library: Library):
    manifest = library.manifest("external")
    assert "external" not in {each.get("profile", "").rpartition("/")[2] for each in objects(manifest)}
    told_elsewhere = library.stranger.get("/iiif/2/external-1/info.json").get_json()
    assert "http://iiif.io/api/auth/1/external" in str(told_elsewhere)


def lines(told: Documents) -> list[dict[str, Any]]:
    return [each for each in of_type(told, "Annotation") if each["motivation"] == "supplementing"]


def test_pr3_20_pr3_30_text_supplements_and_says_so_in_one_string(told: Documents):
    textual = [each for each in of_type(told, "Annotation") if each["body"]["type"] == "TextualBody"]
    assert len(textual) > 100
    assert {each["motivation"] for each in textual if "textGranularity" in each} == {"supplementing"}
    assert all(isinstance(each["motivation"], str) for each in of_type(told, "Annotation"))


def test_pr3_21_items_of_a_canvas_paint_and_its_annotations_do_not(told: Documents):
    for canvas in embedded(told, "Canvas"):
        assert {each["motivation"] for page in canvas["items"] for each in page["items"]} <= {"painting"}
    for name, document in told.items():
        if document["type"] == "AnnotationPage":
            assert all(each["motivation"] != "painting" for each in document["items"]), name


def test_pr3_22_annotations_have_ids_of_their_own_that_lead_to_them(told: Documents):
    for document in told.values():
        annotations = [each for each in objects(document) if each.get("type") == "Annotation"]
        ids = [each["id"] for each in annotations]
        assert len(set(ids)) == len(ids)
        for each in annotations:
            assert each["id"].startswith(f"{BASE}/")
            if document["type"] == "AnnotationPage":
                assert each["id"].startswith(f"{document['id']}#")


def test_pr3_23_pages_of_text_are_referred_to_and_stand_alone(told: Documents):
    standing = {document["id"]: document for document in told.values() if document["type"] == "AnnotationPage"}
    assert len(standing) > 50
    for document in standing.values():
        assert isinstance(document["items"], list)
        assert GRANULARITY in document["@context"] or all("textGranularity" not in each for each in document["items"])
    for canvas in embedded(told, "Canvas"):
        assert all("items" in page and page["id"].startswith(BASE) for page in canvas["items"])
        for reference in canvas.get("annotations", ()):
            assert "items" not in reference
            assert reference["type"] == "AnnotationPage"


def test_pr3_24_text_of_a_canvas_targets_that_canvas(library: Library):
    for name in ("almanac", "seasons", "parts"):
        for canvas in library.manifest(name)["items"]:
            for reference in canvas["annotations"]:
                page = library.document(reference["id"])
                assert page["id"] == reference["id"]
                assert {each["target"].partition("#")[0] for each in page["items"]} <= {canvas["id"]}


def test_pr3_25_canvases_have_a_size_no_fragment_and_parts_inside_it(library: Library):
    for canvas in library.manifest("almanac")["items"]:
        assert "#" not in canvas["id"]
        assert isinstance(canvas["width"], int)
        assert isinstance(canvas["height"], int)
        assert canvas["width"] > 0
        assert canvas["height"] > 0
        for each in library.document(canvas["annotations"][0]["id"])["items"]:
            x, y, w, h = map(int, each["target"].partition("#xywh=")[2].split(","))
            assert 0 <= x < x + w <= canvas["width"]
            assert 0 <= y < y + h <= canvas["height"]


def test_pr3_26_hits_on_several_pages_are_a_collection_of_pages(client: FlaskClient):
    page = client.get(SEARCHES["first of several pages"].format(2)).get_json()
    whole = page["partOf"]
    assert whole["type"] == "AnnotationCollection"
    assert "items" not in whole
    for end in ("first", "last"):
        assert {"id", "type"} <= whole[end].keys()
    assert {"id", "type"} <= page["next"].keys()
    following = client.get(page["next"]["id"].removeprefix(SEARCHED)).get_json()
    before = client.get(following["prev"]["id"].removeprefix(SEARCHED)).get_json()
    assert before["items"] == page["items"]
    assert following["partOf"]["id"] == whole["id"]


def test_pr3_28_ranges_hold_every_canvas_that_belongs_to_them_in_them_or_below(library: Library):
    manifest = library.manifest("parts")
    canvases = {canvas["id"]: n for n, canvas in enumerate(manifest["items"], 1)}
    held = {}
    for part in (each for each in objects(manifest["structures"]) if each.get("type") == "Range"):
        assert part["id"].startswith(BASE)
        assert all({"id", "type"} <= item.keys() for item in part["items"])
        assert part["items"]
        inside = [each["id"] for each in objects(part) if each.get("type") == "Canvas"]
        held[part["label"]["none"][0]] = [canvases[each] for each in inside]
    assert {name: held[name] for name in ("The calendar", "The comet", "Conseils")} == {
        "The calendar": [1, 2, 3],
        "The comet": [2, 3],
        "Conseils": [4],
    }


def test_pr3_28_a_range_s_search_finds_what_is_in_it_alone(library: Library):
    manifest = library.manifest("parts")
    ranges = [each for each in objects(manifest["structures"]) if each.get("type") == "Range"]
    comet = next(each for each in ranges if each["label"]["none"] == ["The comet"])
    inside = {each["id"] for each in objects(comet) if each.get("type") == "Canvas"}
    found = library.document(f"{comet['service'][0]['id']}?q=the")
    assert found["items"]
    assert {each["target"].partition("#")[0] for each in found["items"]} <= inside


def test_pr3_29_lines_say_that_they_are_lines(told: Documents):
    said = {each.get("textGranularity") for each in lines(told)}
    assert {"line"} <= said <= {"line", "word", "block", "paragraph", "page"}


def test_pr3_40_pr3_42_pr3_43_the_ocr_of_a_canvas_is_in_see_also_as_plug_ins_look_for_it(library: Library):
    for canvas in library.manifest("almanac")["items"]:
        files = {each["profile"] if "profile" in each else each["format"]: each for each in canvas["seeAlso"]}
        assert all({"id", "type", "label", "format"} <= each.keys() for each in canvas["seeAlso"])
        assert {each["type"] for each in canvas["seeAlso"]} == {"Dataset"}
        assert any(profile.startswith("http://www.loc.gov/standards/alto/") for profile in files)
        hocr = [each for each in canvas["seeAlso"] if each["format"] == "text/vnd.hocr+html"]
        assert len(hocr) == 1
        ids = [each["id"] for each in canvas["seeAlso"]]
        assert len(set(ids)) == len(ids)  # one representation a URI


def test_pr3_41_text_and_pdf_are_renderings_for_people(library: Library):
    found = {each["format"]: each for each in library.manifest("almanac")["rendering"]}
    assert {"text/plain", "application/pdf"} <= found.keys()
    assert all({"id", "type", "label"} <= each.keys() for each in found.values())
    assert found["text/plain"]["type"] == "Text"


@pytest.mark.parametrize("name", ["login", "external", "mixed", "minimal"])
def test_pr3_41_files_of_a_restricted_object_tell_strangers_nothing_of_its_text(library: Library, name: str):
    secret = library.document("/presentation/3/odes/canvas/2/text")["items"]
    words = {word for each in secret for word in each["body"]["value"].split() if len(word) > 4}
    assert words
    for each in objects(library.manifest(name)):
        for link in (*each.get("seeAlso", ()), *each.get("rendering", ())):
            answer = library.stranger.get(link["id"].removeprefix(BASE))
            told = answer.text if answer.status_code == 200 and link["format"] != "application/pdf" else ""
            assert not any(word in told for word in words), link["id"]
            answer.close()
