"""The rules of viewers (what was measured to hurt them) that answers and headers keep, on a whole library.

Those that only manifests can break are in tests/presentation/test_viewer_rules.py.
"""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.conformance.shelf import ERRORS, SEARCHES, SUGGESTIONS
from tests.presentation.books import objects
from tests.presentation.library import OTHERS, RESTRICTED, SAMPLES, SHELF, Library
from tests.services_auth.conftest import VIEWER, posted

VERSION_1 = pytest.mark.parametrize("version", [0, 1])
EVERY_VERSION = pytest.mark.parametrize("version", [0, 1, 2])
BOTH_IMAGES = pytest.mark.parametrize("version", [2, 3])
KNOWN_LONGEST = 90  # characters of context a side
HELPFUL_SECONDS = 5  # that a viewer waits for a token
TOLD = "*"
WORDS = {"almanac": "the", "gazette": "the", "seasons": "春", "beginnings": "אור", "odes": "قفا"}
PAGED = ("first of several pages", "one hit", "a hit over a line end", "a collection")


def answers(client: FlaskClient, version: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the answer to every kind of search."""
    for name, path in SEARCHES.items():
        yield name, client.get(path.format(version)).get_json()


def followed(client: FlaskClient, path: str) -> list[dict[str, Any]]:
    """Return an answer and all that come after it; fails where they do not end."""
    found = [client.get(path).get_json()]
    while following := found[-1].get("next"):
        assert len(found) < 50, "it never ends"
        found.append(client.get("/" + following.split("/", 3)[3]).get_json())
    return found


def canvas_of(annotation: dict[str, Any]) -> str:
    """Return the canvas of a hit; that of a collection names its manifest beside it."""
    on = annotation["on"]
    return str(on if isinstance(on, str) else on["@id"]).partition("#")[0]


@VERSION_1
def test_rule_4_hits_are_drawn_at_one_string_of_whole_pixels_on_a_canvas_of_the_manifest(
    library: Library, version: int
):
    for name, word in WORDS.items():
        answer = library.document(f"/search/{version}/{name}?q={word}")
        canvases = {canvas["id"]: canvas for canvas in library.manifest(name)["items"]}
        assert answer["resources"], name
        assert len({each["@id"] for each in answer["resources"]}) == len(answer["resources"])
        for each in answer["resources"]:
            assert each["resource"]["chars"]
            placed = re.fullmatch(r"(.+)#xywh=(\d+,\d+,\d+,\d+)", each["on"])
            assert placed
            canvas, numbers = placed.groups()
            x, y, w, h = map(int, numbers.split(","))
            assert x + w <= canvases[canvas]["width"]
            assert y + h <= canvases[canvas]["height"]


@VERSION_1
def test_rule_5_every_hit_begins_with_an_annotation_of_the_same_answer(client: FlaskClient, version: int):
    for name, answer in answers(client, version):
        known = {each["@id"] for each in answer["resources"]}
        for hit in answer.get("hits", ()):
            assert hit["annotations"][0] in known, name


@VERSION_1
def test_rule_6_a_hit_tells_match_and_a_little_plain_text_on_both_sides(library: Library, version: int):
    for name, word in (("almanac", "the"), ("gazette", "and"), ("gazette", '"of the"')):
        hits = library.document(f"/search/{version}/{name}?q={word}")["hits"]
        assert len(hits) > 10
        for hit in hits:
            assert "selectors" not in hit
            for side in ("before", "after"):
                assert len(hit[side]) <= KNOWN_LONGEST
                assert not re.search(r"</?[a-z]|&[a-z]+;", hit[side])
            assert hit["match"]
        both = [hit for hit in hits if hit["before"].strip() and hit["after"].strip()]
        alike = [hit for hit in both if abs(len(hit["before"]) - len(hit["after"])) < KNOWN_LONGEST / 2]
        assert len(alike) > 0.8 * len(both)


@VERSION_1
def test_rule_7_the_total_counts_hits_the_chain_ends_and_no_canvas_is_on_two_pages(client: FlaskClient, version: int):
    for name in PAGED:
        pages = followed(client, SEARCHES[name].format(version))
        hits = sum(len(page.get("hits", ())) for page in pages)
        assert {page["within"]["total"] for page in pages} == {hits}, name
        on = [{canvas_of(each) for each in page["resources"]} for page in pages]
        assert max(Counter(canvas for canvases in on for canvas in canvases).values()) == 1
        assert len({page["@id"] for page in pages}) == len(pages)


def test_rule_7_a_page_has_five_hundred_hits_at_most(library: Library):
    assert library.site.context.settings.page_hits == 500
    answer = library.document("/search/1/gazette?q=*e*")
    assert answer["within"]["total"] > 500
    most = max(Counter(canvas_of(each) for each in answer["resources"]).values())  # a canvas is never split
    assert len(answer["hits"]) <= 500 + most
    assert answer["next"]


@EVERY_VERSION
def test_rule_8_errors_are_json_that_every_page_may_read(client: FlaskClient, library: Library, version: int):
    for name, (path, status) in ERRORS.items():
        answer = client.get(path.format(version), headers={"Accept": "text/html"})
        assert answer.status_code == status, name
        told_as_json(answer)


@EVERY_VERSION
def test_rule_8_also_while_the_index_is_broken(library: Library, version: int):
    library.ingest(SAMPLES / "seasons" / "ocr", object_id="torn", label="Torn")
    context = library.site.context
    row = context.catalogue.get("torn")
    context.home.pack_file(row.id, row.generation).write_bytes(b"torn")
    for path in (f"/search/{version}/torn?q=x", f"/search/{version}/torn/autocomplete?q=x"):
        answer = library.stranger.get(path)
        assert answer.status_code == 503
        told_as_json(answer)
    context.catalogue.remove("torn")


def told_as_json(answer: TestResponse) -> None:
    assert answer.headers["Access-Control-Allow-Origin"] == TOLD
    assert "json" in answer.content_type
    assert isinstance(answer.get_json(), dict)


@VERSION_1
def test_rule_9_suggestions_always_have_terms_with_match(client: FlaskClient, version: int):
    failing = [path for path, _ in ERRORS.values() if "autocomplete" in path]
    nothing = ["/search/{}/nothing/autocomplete?q=x", "/search/{}/secret/autocomplete?q=h"]
    for path in (*SUGGESTIONS.values(), *failing, *nothing):
        terms = client.get(path.format(version)).get_json()["terms"]
        assert isinstance(terms, list)
        assert all(term["match"] for term in terms)


@BOTH_IMAGES
def test_rule_10_a_canvas_is_as_large_as_its_info_json_says(library: Library, version: int):
    for name in (*SHELF, *RESTRICTED, *OTHERS):
        for canvas in library.manifest(name, reader=library.member)["items"]:
            for image in (each for each in objects(canvas["items"]) if each.get("type") == "Image"):
                block = image["service"][version - 2]
                info = library.document(f"{block.get('@id', block.get('id'))}/info.json", library.member)
                size = (canvas["width"], canvas["height"])
                assert size == (info["width"], info["height"]) == (image["width"], image["height"])


@pytest.mark.parametrize("name", ["login", "kiosk", "external", "every", "gazette"])
def test_rule_11_a_stranger_gets_401_with_the_whole_info_json(library: Library, name: str):
    answer = library.stranger.get(f"/iiif/2/{name}-1/info.json")
    assert answer.status_code == 401
    told_as_json(answer)
    open_one = library.member.get(f"/iiif/2/{name}-1/info.json").get_json()
    assert {"@context", "@id", "protocol", "width", "height", "profile", "service"} <= answer.get_json().keys()
    assert {name: answer.get_json()[name] for name in ("@id", "width", "height", "tiles", "sizes")} == {
        name: open_one[name] for name in ("@id", "width", "height", "tiles", "sizes")
    }


@pytest.mark.parametrize("version", [1, 2])
def test_rule_14_the_token_page_posts_the_message_to_the_page_that_asked_and_may_be_framed(
    library: Library, version: int
):
    for reader, delays in ((library.member, range(0, 1)), (library.stranger, range(1000, 2001))):
        query = {"origin": VIEWER, "messageId": "a&b<1>"}
        answer = reader.get(f"/auth/token/{version}/login", query_string=query)
        message, origin = posted(answer)
        assert (message["messageId"], origin) == ("a&b<1>", VIEWER)
        assert ("accessToken" in message) is (reader is library.member)
        assert "X-Frame-Options" not in answer.headers
        assert "frame-ancestors" not in answer.headers.get("Content-Security-Policy", "")
        delay = re.search(r"delay = (\d+);", answer.text)
        assert delay
        assert int(delay[1]) in delays
        assert int(delay[1]) < HELPFUL_SECONDS * 1000


@pytest.mark.parametrize("policy", ["login", "terms", "kiosk", "external"])
def test_rule_15_pages_of_access_let_the_viewer_keep_hold_of_their_window(library: Library, policy: str):
    for reader in (library.stranger, library.member):
        assert not reader.access(policy).headers.get("Cross-Origin-Opener-Policy", "").startswith("same-origin")


def test_rule_15_the_page_after_a_sign_in_closes_its_window(library: Library):
    reader = library.site.browser()
    answer = reader.sign_in("login")
    assert answer.status_code < 400
    shown = reader.get(answer.headers["Location"]) if "Location" in answer.headers else answer
    assert "data-close" in shown.text or "window.close" in shown.text


IMAGES = ("almanac-1", "login-1", "tiered-1", "hidden-1", "nothing-1")


@BOTH_IMAGES
@pytest.mark.parametrize("rest", ["info.json", "full/90,/0/default.jpg", "0,0,64,64/64,/0/default.jpg"])
def test_rule_16_rule_17_every_page_may_read_info_json_and_tiles_and_ask_with_a_token(
    library: Library, version: int, rest: str
):
    seen = set()
    for image in IMAGES:
        path = f"/iiif/{version}/{image}/{rest}"
        answer = library.stranger.get(path)
        seen.add(answer.status_code)
        assert answer.headers["Access-Control-Allow-Origin"] == TOLD
        assert "Access-Control-Allow-Credentials" not in answer.headers
        asked = library.stranger.client.open(
            path,
            method="OPTIONS",
            headers={"Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "authorization"},
        )
        assert asked.status_code in (200, 204)
        assert asked.headers["Access-Control-Allow-Origin"] == TOLD
        assert "authorization" in asked.headers["Access-Control-Allow-Headers"].lower()
        answer.close()
    if (version, rest) == (2, "info.json"):
        assert seen == {200, 401, 302, 404}
    else:
        assert {200, 404} <= seen


def test_rule_18_beside_a_login_no_external_service_is_told(library: Library):
    told = library.stranger.get("/iiif/2/every-1/info.json").get_json()
    profiles = {str(each["profile"]) for each in objects(told) if "profile" in each}
    assert "http://iiif.io/api/auth/1/login" in profiles
    assert "http://iiif.io/api/auth/1/external" not in profiles


def test_rule_19_a_reduced_picture_has_another_id_the_same_size_and_the_way_in(library: Library):
    answer = library.stranger.get("/iiif/2/tiered-1/info.json")
    assert answer.status_code == 302
    assert answer.headers["Access-Control-Allow-Origin"] == TOLD
    reduced = library.document(answer.headers["Location"])
    full = library.document("/iiif/2/tiered-1/info.json", library.member)
    assert reduced["@id"] != full["@id"]
    assert (reduced["width"], reduced["height"]) == (full["width"], full["height"])
    assert "http://iiif.io/api/auth/1/login" in str(reduced["service"])


def test_rule_20_no_image_id_has_a_percent_sign(library: Library):
    for name in (*SHELF, *RESTRICTED, *OTHERS):
        for each in objects(library.manifest(name, reader=library.member)):
            if "ImageService" in str(each.get("type", each.get("@type", ""))):
                assert "%" not in each.get("id", each.get("@id", ""))
