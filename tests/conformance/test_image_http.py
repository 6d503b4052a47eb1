"""HTTP of the image service, and the gate's rules: media types, CORS, statuses, methods, and no way round."""

from itertools import product

import pytest
from flask.testing import FlaskClient

from services.http import prefers_ld
from tests.conformance.auth_shelf import BASE as HOUSE
from tests.conformance.auth_shelf import HEIGHT, WIDTH, enter, info
from tests.conformance.image_shelf import BASE
from tests.conformance.test_schemas import errors
from tests.services_auth.conftest import Site

BOTH = pytest.mark.parametrize("version", [2, 3])
CONTEXT = "http://iiif.io/api/image/{}/context.json"
KINDS = ("info.json", "full/100,/0/default.jpg", "full/0,/0/default.jpg", "full/100,/0/default.xyz", "", "a/b/c")


def path(version: int, rest: str, image: str = "atlas-1") -> str:
    return f"/iiif/{version}/{image}/{rest}"


@BOTH
@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_im3_02_the_base_uri_leads_to_info_json(gallery: FlaskClient, version, slash, method):
    answer = gallery.open(f"/iiif/{version}/atlas-1{slash}", method=method)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{BASE}/iiif/{version}/atlas-1/info.json")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.data == b""


@BOTH
def test_im3_03_paths_are_decoded_once_and_only_between_slashes(gallery: FlaskClient, version):
    plain = gallery.get(path(version, "0,0,90,90/!50,50/!90/default.png"))
    coded = gallery.get(f"/iiif/{version}/%61tlas%2D1/0%2C0%2C90%2C90/%2150%2C50/%2190/default%2Epng")
    assert (coded.status_code, coded.data) == (200, plain.data)
    for odd in ("atlas%252D1", "atlas-1%2Finfo.json", "x%2Fatlas-1", "atlas-1%00", "..%2Fatlas-1", "%C3%A4tlas-1"):
        assert gallery.get(f"/iiif/{version}/{odd}/full/50,/0/default.jpg").status_code == 404
        assert gallery.get(f"/iiif/{version}/{odd}/info.json").status_code == 404


@BOTH
def test_what_is_behind_a_question_mark_changes_nothing(gallery: FlaskClient, version):
    for kind in KINDS[:2]:
        plain, asked = gallery.get(path(version, kind)), gallery.get(path(version, kind) + "?size=full&x=%00")
        assert (asked.status_code, asked.data, asked.headers["ETag"]) == (200, plain.data, plain.headers["ETag"])


LD, JSON = "application/ld+json", "application/json"


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("", (JSON, LD)),
        ("*/*", (JSON, JSON)),
        (JSON, (JSON, JSON)),
        (LD, (LD, LD)),
        (f'{LD};profile="http://iiif.io/api/image/3/context.json"', (LD, LD)),
        (f"{LD};q=0", (JSON, JSON)),
        (f"{LD};q=0.5, {JSON}", (JSON, JSON)),
        (f"{LD}, {JSON};q=0.9", (LD, LD)),
        (f"{JSON}, {LD}", (LD, LD)),
        (f"*/*;q=0.1, {LD};q=0.2", (LD, LD)),
        (f"{LD};q=0.1, */*", (JSON, JSON)),
        (f"application/*, {LD};q=0.3", (JSON, JSON)),
        (f"{LD};q=high", (JSON, JSON)),
        ("text/html", (JSON, JSON)),
        (";;;,", (JSON, JSON)),
    ],
)
def test_im3_42_im2_05_the_media_type_is_as_asked_for(gallery: FlaskClient, accept, expected):
    for version, media in zip((2, 3), expected, strict=True):
        answer = gallery.get(path(version, "info.json"), headers={"Accept": accept} if accept else {})
        assert answer.status_code == 200
        assert answer.mimetype == media
        assert "Accept" in answer.headers["Vary"]
        profile = f'{LD};profile="{CONTEXT.format(version)}"'
        assert answer.content_type == (profile if media == LD else JSON)
        linked = f'<{CONTEXT.format(version)}>;rel="http://www.w3.org/ns/json-ld#context"' in answer.headers["Link"]
        assert linked == (media == JSON)


def test_json_ld_is_preferred_by_name_alone():
    assert prefers_ld("APPLICATION/LD+JSON")
    assert not prefers_ld("*/*")


@BOTH
@pytest.mark.parametrize("kind", KINDS)
def test_im3_50_head_is_get_without_the_body(gallery: FlaskClient, version, kind):
    got, head = gallery.get(path(version, kind)), gallery.head(path(version, kind))
    assert head.data == b""
    assert head.status_code == got.status_code
    told = [{k: v for k, v in answer.headers.items() if k != "X-Request-Id"} for answer in (got, head)]
    assert told[0] == told[1]


@BOTH
def test_im3_50_51_im2_06_imx_07_options_is_answered_before_all_else(gallery: FlaskClient, version):
    for kind, image in product(KINDS, ("atlas-1", "nothing-1", "letters-1")):
        answer = gallery.options(path(version, kind, image))
        assert answer.status_code == 204
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert "GET" in answer.headers["Access-Control-Allow-Methods"]


@BOTH
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("image", ["atlas-1", "nothing-1"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "DELETE"])
def test_im3_51_im2_06_every_answer_can_be_read_from_other_origins(gallery: FlaskClient, version, kind, image, method):
    answer = gallery.open(path(version, kind, image), method=method, headers={"Origin": "https://viewer.example"})
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert {"ETag", "Link", "Location"} <= set(answer.headers["Access-Control-Expose-Headers"].split(", "))
    if answer.status_code >= 400 and method != "HEAD":
        assert errors("image-problem", answer.get_json()) == []
        assert "no-store" in answer.headers["Cache-Control"]


@BOTH
def test_im3_52_304_for_what_is_there_already(gallery: FlaskClient, version):
    for kind in KINDS[:2]:
        first = gallery.get(path(version, kind))
        for tag in (first.headers["ETag"], f'"other", {first.headers["ETag"]}', f"W/{first.headers['ETag']}", "*"):
            again = gallery.get(path(version, kind), headers={"If-None-Match": tag})
            if tag == "*":
                assert again.status_code in (200, 304)
                continue
            assert (again.status_code, again.data) == (304, b"")
            assert again.headers["ETag"] == first.headers["ETag"]
            assert again.headers["Access-Control-Allow-Origin"] == "*"
        assert gallery.get(path(version, kind), headers={"If-None-Match": '"other"'}).status_code == 200


@BOTH
def test_im3_53_im2_09_the_statuses_of_what_cannot_be_given(gallery: FlaskClient, version):
    expected = {
        path(version, "full/max/0/default.jpg", "nothing-1"): 404,
        path(version, "info.json", "nothing-1"): 404,
        path(version, "", "atlas-2"): 404,
        path(version, "a/b", "atlas-1"): 404,
        path(version, "full/max/0/default/jpg", "atlas-1"): 404,
        path(version, "full/max/0/default", "atlas-1"): 400,
        path(version, "full//0/default.jpg", "atlas-1"): 404,
        path(version, "[frob]/max/0/default.jpg", "atlas-1"): 400,
        path(version, "full/[frob]/0/default.jpg", "atlas-1"): 400,
    }
    assert {asked: gallery.get(asked).status_code for asked in expected} == expected
    for kind in KINDS[:2]:
        refused = gallery.post(path(version, kind))
        assert refused.status_code == 405
        assert "GET" in refused.headers["Allow"]


@BOTH
@pytest.mark.parametrize("kind", KINDS[:2])
def test_im3_55_the_profile_is_linked(gallery: FlaskClient, version, kind):
    link = gallery.get(path(version, kind)).headers["Link"]
    assert f'<http://iiif.io/api/image/{version}/level2.json>;rel="profile"' in link


def spellings(version: int) -> list[str]:
    """Return requests for all of a picture or much of it, in every way that there is to say so."""
    sign = "^" if version == 3 else ""
    whole = "max" if version == 3 else "full"
    return [
        f"full/{whole}/0/default.jpg",
        f"0,0,{WIDTH},{HEIGHT}/{WIDTH},/0/default.jpg",
        "pct:0,0,100,100/pct:100/0.0/color.png",
        f"square/{sign}!9000,900/!180/gray.tif",
        f"full/{sign}{WIDTH * 2},/45/bitonal.webp",
        f"0,0,1,1/{whole}/0/default.jpg",
        f"full/{whole}/0/default.jpg/",
        "full/1,/0/default.jpg",
    ]


@BOTH
def test_imx_01_04_06_no_spelling_opens_what_the_verdict_does_not(house: Site, version):
    stranger, reader = house.browser(), house.browser()
    enter(reader, "login")
    for name in ("login-1", "%6Cogin-1", "login%2D1", "tiered-1"):
        for parts in spellings(version):
            answer = stranger.get(path(version, parts, name))
            assert answer.status_code == 401
            assert errors("image-problem", answer.get_json()) == []
    for parts in spellings(version):
        assert reader.get(path(version, parts, "login-1")).status_code == 200
    for wrong in ("full/0,/0/default.jpg", "frob/max/0/default.jpg"):  # the verdict comes before the grammar
        assert stranger.get(path(version, wrong, "login-1")).status_code == 401
        assert reader.get(path(version, wrong, "login-1")).status_code == 400


@BOTH
def test_imx_02_a_tier_is_an_image_of_its_own_with_the_full_size(house: Site, version):
    found = info(house.browser(), "tiered", version)
    tier = house.browser().get(path(version, "info.json", "tiered-1~degraded"))
    assert (tier.status_code, found.status_code) == (200, 302 if version == 2 else 200)
    document = tier.get_json()
    assert document["@id" if version == 2 else "id"] == f"{HOUSE}/iiif/{version}/tiered-1~degraded"
    assert (document["width"], document["height"]) == (WIDTH, HEIGHT)
    assert errors(f"image-{version}", document) == []


@BOTH
def test_imx_03_the_id_is_the_public_one_whatever_host_is_named(gallery: FlaskClient, version):
    answer = gallery.get(
        path(version, "info.json"), headers={"Host": "evil.example", "X-Forwarded-Host": "evil.example"}
    )
    assert answer.get_json()["@id" if version == 2 else "id"] == f"{BASE}/iiif/{version}/atlas-1"


def test_imx_07_what_everybody_may_see_can_be_kept_and_nothing_else(house: Site):
    stranger, reader = house.browser(), house.browser()
    enter(reader, "login")
    for version in (2, 3):
        for kind in KINDS[:2]:
            kept = stranger.get(path(version, kind, "open-1")).headers["Cache-Control"]
            assert kept.startswith("public, max-age=")
            for browser in (stranger, reader):
                answer = browser.get(path(version, kind, "login-1"))
                assert "public" not in answer.headers["Cache-Control"]
                assert {"Cookie", "Authorization"} <= set(answer.vary)


def test_imx_08_each_prefix_speaks_one_version(house: Site):
    for name in ("login", "open"):
        two, three = (info(house.browser(), name, version).get_json() for version in (2, 3))
        assert two["@context"] == CONTEXT.format(2)
        assert "id" not in two
        assert CONTEXT.format(3) in three["@context"]
        assert "@id" not in three
