"""The rules of viewers that concern manifests and text lists; breaking one was measured to break a viewer."""

from typing import Any

import pytest

from services.presentation import manifest2, manifest3
from services.presentation.lines import TextLine, annotation_list, annotation_page
from services.presentation.model import Book, Detail, Doors
from tests.presentation.books import (
    AUTH1,
    EXTERNAL1,
    LOCKED,
    TIERED,
    URLS,
    body3,
    book,
    canvas,
    objects,
    probe,
    resource2,
)

BOTH = [manifest2.manifest, manifest3.manifest]


@pytest.mark.parametrize("build", BOTH)
def test_rule_1_search_1_is_first_in_the_manifests_service_with_the_exact_profile(build: Any):
    found = build(book())
    first = found["service"][0]
    assert first["profile"] == "http://iiif.io/api/search/1/search"
    assert first["@context"] == "http://iiif.io/api/search/1/context.json"
    assert first["@id"] == "https://books.example.org/search/1/gazette"


@pytest.mark.parametrize("build", BOTH)
def test_rule_1_no_search_service_anywhere_else_and_no_top_level_services(build: Any):
    found = build(book(LOCKED))
    searches = [o for o in objects(found) if "search/1/search" in str(o.get("profile", ""))]
    assert len(searches) == 1
    assert "services" not in found


@pytest.mark.parametrize("build", BOTH)
def test_rule_2_search_1_has_the_type_that_clover_looks_for(build: Any):
    first = build(book())["service"][0]
    assert first["@type"] == "SearchService1"
    assert first["service"][0]["@type"] == "AutoCompleteService1"
    assert first["service"][0]["profile"] == "http://iiif.io/api/search/1/autocomplete"


def test_rule_2_search_2_comes_second_without_any_profile():
    second = manifest3.manifest(book())["service"][1]
    assert second == {
        "id": "https://books.example.org/search/2/gazette",
        "type": "SearchService2",
        "service": [{"id": "https://books.example.org/search/2/gazette/autocomplete", "type": "AutoCompleteService2"}],
    }


def test_rule_2_presentation_2_names_no_search_2():
    assert [s["@type"] for s in manifest2.manifest(book())["service"]] == ["SearchService1"]


@pytest.mark.parametrize("build", BOTH)
def test_rule_3_no_service_id_has_a_question_mark(build: Any):
    for found in objects(build(book(LOCKED))):
        if "profile" in found or "Service" in str(found.get("type", found.get("@type", ""))):
            assert "?" not in (found.get("@id") or found["id"])


def test_rule_4_lines_of_version_2_have_own_ids_chars_and_one_string_as_target():
    lines = [TextLine("the new harbour", (10, 20, 300, 40)), TextLine("wall was opened", (10, 70, 300, 40))]
    found = annotation_list(URLS.text("gazette", 1, 2), canvas(1), "https://h/canvas/1", lines)
    assert len({r["@id"] for r in found["resources"]}) == 2
    assert [r["resource"]["chars"] for r in found["resources"]] == ["the new harbour", "wall was opened"]
    assert [r["on"] for r in found["resources"]] == [
        "https://h/canvas/1#xywh=10,20,300,40",
        "https://h/canvas/1#xywh=10,70,300,40",
    ]


def test_rule_4_targets_name_the_canvas_byte_for_byte_as_the_manifest_does():
    one = book(canvases=[canvas(1, canvas="https://elsewhere.org/iiif/Straße/canvas/p%201")])
    lines = [TextLine("word", (1, 2, 3, 4))]
    page = annotation_page("https://h/text", one.canvases[0], one.canvas_id(one.canvases[0]), lines)
    canvas_id = manifest3.manifest(one)["items"][0]["id"]
    assert canvas_id == manifest2.manifest(one)["sequences"][0]["canvases"][0]["@id"]
    assert page["items"][0]["target"] == f"{canvas_id}#xywh=1,2,3,4"


@pytest.mark.parametrize(
    ("box", "expected"),
    [
        ((-5, -6, 20, 30), "#xywh=0,0,15,24"),
        ((1190, 1790, 50, 50), "#xywh=1190,1790,10,10"),
        ((0, 0, 1200, 1800), "#xywh=0,0,1200,1800"),
        ((1300, 10, 5, 5), ""),
        ((10, 10, 0, 5), ""),
        (None, ""),
    ],
)
def test_rule_4_boxes_are_never_negative_and_never_outside_the_canvas(box: Any, expected: str):
    page = annotation_page("https://h/text", canvas(1), "https://h/c", [TextLine("a", box)])
    assert page["items"][0]["target"] == f"https://h/c{expected}"


def test_rule_10_canvas_and_image_have_the_same_size_in_both_versions():
    small = book(canvases=[canvas(1, width=777, height=333)])
    three, two = manifest3.manifest(small), manifest2.manifest(small)
    page = two["sequences"][0]["canvases"][0]
    sizes = {(o["width"], o["height"]) for o in (three["items"][0], body3(three), page, resource2(two))}
    assert sizes == {(777, 333)}


def test_rule_10_a_public_tier_changes_no_size():
    plain, tiered = manifest3.manifest(book(LOCKED)), manifest3.manifest(book(TIERED))
    assert body3(plain) == body3(tiered)


@pytest.mark.parametrize("doors", [LOCKED, TIERED, Doors(True, [EXTERNAL1, *AUTH1], probe)])
def test_rule_12_every_service_below_an_image_service_has_a_profile_that_is_a_string(doors: Doors):
    for block in body3(manifest3.manifest(book(doors)))["service"]:
        assert all(isinstance(service["profile"], str) for service in block["service"])
    assert all("profile" in s for s in objects(resource2(manifest2.manifest(book(doors)))["service"]))


def test_rule_12_auth_1_services_have_a_label_and_stand_complete_at_every_page():
    found = manifest3.manifest(book(LOCKED))
    for n in (1, 2):
        login = body3(found, n)["service"][0]["service"][0]
        assert login["label"] == "Sign in"
        assert [s["@type"] for s in login["service"]] == ["AuthTokenService1", "AuthLogoutService1"]


def test_rule_12_the_probe_is_inside_image_3_and_never_inside_image_2():
    image2, image3 = body3(manifest3.manifest(book(LOCKED)))["service"]
    assert [s["type"] for s in image3["service"]] == ["AuthProbeService2"]
    assert image3["service"][0]["profile"] == "http://iiif.io/api/auth/2/probe"
    assert all("AuthProbeService2" not in str(o.get("type")) for o in objects(image2))
    assert all("AuthProbeService2" not in str(o.get("type")) for o in objects(manifest2.manifest(book(LOCKED))))


def test_rule_13_image_2_is_first_in_the_body_then_image_3():
    services = body3(manifest3.manifest(book(LOCKED)))["service"]
    assert [s.get("@type", s.get("type")) for s in services] == ["ImageService2", "ImageService3"]
    assert services[0]["profile"] == "http://iiif.io/api/image/2/level2.json"


def test_rule_13_the_last_image_service_with_a_profile_is_image_2_where_one_must_sign_in():
    restricted = body3(manifest3.manifest(book(LOCKED)))["service"]
    assert [s.get("@type") for s in restricted if "profile" in s] == ["ImageService2"]
    assert body3(manifest3.manifest(book()))["service"][1]["profile"] == "level2"


def test_rule_13_auth_services_are_nowhere_but_below_the_image_services_and_at_the_files_to_take_along():
    found = manifest3.manifest(book(LOCKED))
    for page in found["items"]:
        del page["items"]
    for file in found["rendering"]:
        del file["service"]
    assert "auth" not in str(found).replace("http://iiif.io/api/auth/2/context.json", "")


def test_rule_18_external_is_not_offered_beside_login_in_a_manifest():
    found = manifest3.manifest(book(Doors(True, [EXTERNAL1, *AUTH1], probe)))
    offered = body3(found)["service"][0]["service"]
    assert [s["profile"] for s in offered] == ["http://iiif.io/api/auth/1/login"]


@pytest.mark.parametrize("build", BOTH)
def test_rule_20_image_ids_have_no_percent_signs(build: Any):
    odd: Book = book(LOCKED, id="a~b.c_d-7")
    for found in objects(build(odd)):
        for key in ("id", "@id"):
            assert "%" not in found.get(key, "")


@pytest.mark.parametrize("build", BOTH)
def test_open_objects_carry_no_auth_services(build: Any):
    assert "/auth/" not in str(build(book()))


@pytest.mark.parametrize("build", BOTH)
def test_a_minimal_manifest_still_lets_a_viewer_sign_in(build: Any):
    assert "/auth/access/members" in str(build(book(LOCKED, Detail.MINIMAL)))
