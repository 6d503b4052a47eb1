"""Presentation 2.1, requirement by requirement, in all that a whole library tells a stranger and a member."""

import re
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.conformance.shelf import SEARCHES
from tests.presentation.books import objects
from tests.presentation.documents import Documents, documents
from tests.presentation.library import Library
from tests.services_auth.conftest import BASE

CONTEXT = "http://iiif.io/api/presentation/2/context.json"


@pytest.fixture(scope="module")
def told(library: Library) -> Documents:
    everything = [row.id for row in library.site.context.catalogue.objects()]
    return documents(library, 2, everything, ["all", "press"])


def of_type(told: Documents, kind: str) -> list[dict[str, Any]]:
    """Return every object of a type, at any depth."""
    return [each for document in told.values() for each in objects(document) if each.get("@type") == kind]


def lists(told: Documents) -> list[dict[str, Any]]:
    return [document for document in told.values() if document["@type"] == "sc:AnnotationList"]


def test_pr2_01_the_context_is_at_the_top_and_in_services(told: Documents):
    for document in told.values():
        given = document["@context"]
        assert (given if isinstance(given, str) else given[0]) == CONTEXT
        for each in objects(document):
            for service in each.get("service", ()) if isinstance(each.get("service"), list) else [each.get("service")]:
                if service and each.get("@type") in ("sc:Manifest", "sc:Collection", "dctypes:Image"):
                    assert service["@context"].startswith("http://iiif.io/api/")
        types = {each["@type"].partition(":")[0] for each in objects(document) if "@type" in each}
        assert "Manifest" not in types
        assert "Canvas" not in types


def test_pr2_02_links_are_objects_and_several_are_arrays(told: Documents):
    for document in told.values():
        for each in objects(document):
            for name in ("seeAlso", "rendering", "related"):
                for link in each.get(name, ()) if isinstance(each.get(name), list) else [each.get(name)]:
                    assert link is None or "@id" in link, name
    service = told["stranger /presentation/2/almanac/manifest"]["service"]
    assert [each["@type"] for each in service] == ["SearchService1"]


def test_pr2_03_pr2_06_text_is_painted_and_embedded_with_its_language(told: Documents):
    texts = [each for document in lists(told) for each in document["resources"]]
    printed = [each for each in texts if each["motivation"] == "sc:painting"]
    assert len(printed) > 100
    for each in printed:
        assert each["@type"] == "oa:Annotation"
        assert each["resource"]["@type"] == "cnt:ContentAsText"
        assert isinstance(each["resource"]["chars"], str)
        assert each["resource"]["format"] == "text/plain"
    assert {"en", "ar", "he", "ja"} <= {each["resource"].get("language") for each in printed}


def test_pr2_04_lists_are_referred_to_and_stand_alone(told: Documents):
    referring = [canvas for canvas in of_type(told, "sc:Canvas") if "otherContent" in canvas]
    assert len(referring) > 40
    for canvas in referring:
        assert isinstance(canvas["otherContent"], list)
        for each in canvas["otherContent"]:
            assert each["@type"] == "sc:AnnotationList"
            assert "resources" not in each


def test_pr2_05_pr2_07_a_list_has_its_own_url_and_says_on_which_canvas_in_whole_pixels(library: Library):
    for canvas in library.manifest("almanac", 2)["sequences"][0]["canvases"]:
        for reference in canvas["otherContent"]:
            found = library.document(reference["@id"])
            assert (found["@id"], found["@type"]) == (reference["@id"], "sc:AnnotationList")
            for each in found["resources"]:
                assert re.fullmatch(re.escape(canvas["@id"]) + r"#xywh=\d+,\d+,\d+,\d+", each["on"])


def test_pr2_08_hits_are_in_a_layer_and_no_list_of_ours_names_one_that_is_not_there(
    client: FlaskClient, told: Documents
):
    within = client.get(SEARCHES["one hit"].format(1)).get_json()["within"]
    assert within["@type"] == "sc:Layer"
    assert "otherContent" not in within
    assert all("within" not in document for document in lists(told))


def test_pr2_09_pages_of_hits_count_and_lead_on(client: FlaskClient):
    page = client.get(SEARCHES["first of several pages"].format(1)).get_json()
    seen = 0
    while True:
        assert page["startIndex"] == seen
        assert page["within"]["first"]
        assert page["within"]["total"] >= 0
        seen += len(page["resources"])
        if "next" not in page:
            break
        page = client.get(page["next"].partition("example.org")[2]).get_json()
    assert seen >= page["within"]["total"] > 0


def test_pr2_10_ranges_are_a_flat_list_with_ids_labels_and_canvases(library: Library):
    manifest = library.manifest("parts", 2)
    canvases = {canvas["@id"] for canvas in manifest["sequences"][0]["canvases"]}
    structures = manifest["structures"]
    known = {part["@id"] for part in structures}
    assert len(known) == len(structures) >= 3
    for part in structures:
        assert part["@type"] == "sc:Range"
        assert isinstance(part["label"], str)
        assert set(part.get("ranges", ())) <= known
        assert set(part.get("canvases", ())) <= canvases
        assert part.get("ranges") or part.get("canvases")


def test_pr2_11_files_have_format_profile_and_label(library: Library):
    manifest = library.manifest("almanac", 2)
    rendering = manifest["rendering"]
    for each in rendering if isinstance(rendering, list) else [rendering]:
        assert {"@id", "label", "format"} <= each.keys()
    for canvas in manifest["sequences"][0]["canvases"]:
        see_also = canvas["seeAlso"]
        for each in see_also if isinstance(see_also, list) else [see_also]:
            assert {"@id", "format"} <= each.keys()


def test_pr2_13_auth_blocks_are_complete_at_every_use(told: Documents):
    blocks = [each for each in of_type(told, "AuthCookieService1")]
    assert len(blocks) > 20
    for block in blocks:
        assert {"@context", "@id", "profile", "label", "service"} <= block.keys()


def test_pr2_14_the_plug_in_finds_one_object_in_see_also(library: Library):
    for canvas in library.manifest("almanac", 2)["sequences"][0]["canvases"]:
        see_also = canvas["seeAlso"]
        assert isinstance(see_also, dict)
        assert see_also["profile"].startswith("http://www.loc.gov/standards/alto/")
        assert see_also["@id"].startswith(BASE)
