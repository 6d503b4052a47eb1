from datetime import UTC, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient

from services.credentials import COOKIE
from tests.conftest import ROOT
from tests.image.conftest import decoded, difference

from .conftest import BASE, House, told

TILE = "0,0,512,512/512,512/0/default.jpg"
MAGIC = (b"\xff\xd8\xff", b"\x89PNG", b"RIFF")


def get(client: FlaskClient, path: str, **headers: str) -> Any:
    return client.get(path, headers={name.replace("_", "-"): value for name, value in headers.items()})


@pytest.mark.parametrize(
    ("path", "media_type", "size"),
    [
        ("2/leaflet-1/full/full/0/default.jpg", "image/jpeg", (1100, 800)),
        ("2/leaflet-1/512,512,512,512/256,/0/default.jpg", "image/jpeg", (256, 144)),
        ("2/leaflet-1/square/!100,100/90/gray.png", "image/png", (100, 100)),
        ("3/leaflet-1/full/max/0/default.jpg", "image/jpeg", (1100, 800)),
        ("3/leaflet-1/full/^1200,/!180/bitonal.png", "image/png", (1200, 873)),
        ("3/leaflet-1/pct:10,10,50,50/max/0/color.webp", "image/webp", (550, 400)),
    ],
)
def test_an_open_image_is_served_in_both_versions(
    stranger: FlaskClient, path: str, media_type: str, size: tuple[int, int]
):
    answer = get(stranger, f"/iiif/{path}")
    assert answer.status_code == 200
    assert answer.content_type == media_type
    picture = decoded(answer.data)
    assert (picture.width, picture.height) == size
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Accept-Ranges"] == "none"
    assert "Access-Control-Allow-Credentials" not in answer.headers


def test_links_name_the_canonical_uri_and_the_level(stranger: FlaskClient):
    link = get(stranger, "/iiif/3/leaflet-1/pct:0,0,100,100/,400/0.0/default.jpg").headers["Link"]
    assert f'<{BASE}/iiif/3/leaflet-1/full/550,400/0/default.jpg>;rel="canonical"' in link
    assert '<http://iiif.io/api/image/3/level2.json>;rel="profile"' in link
    link = get(stranger, "/iiif/2/leaflet-1/full/pct:50/0/default.jpg").headers["Link"]
    assert f'<{BASE}/iiif/2/leaflet-1/full/550,/0/default.jpg>;rel="canonical"' in link


def test_open_images_are_for_shared_caches_and_the_same_for_everybody(stranger: FlaskClient, member: FlaskClient):
    first, second = (get(client, f"/iiif/2/leaflet-1/{TILE}") for client in (stranger, member))
    assert first.headers["Cache-Control"] == "public, max-age=3600"
    assert told(first) == told(second)
    assert first.data == second.data
    assert "Set-Cookie" not in first.headers
    assert "Vary" not in first.headers


@pytest.mark.parametrize("name", ["letters", "secret", "newspaper"])
@pytest.mark.parametrize("version", [2, 3])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_stranger_gets_no_pixels_of_a_restricted_image(stranger: FlaskClient, name: str, version: int, method: str):
    for rest in (TILE, "full/10,/0/default.jpg", "full/max/0/bitonal.png", "no/such/thing/at.all"):
        answer = stranger.open(f"/iiif/{version}/{name}-1/{rest}", method=method)
        assert answer.status_code == 401
        assert not answer.data.startswith(MAGIC)
        assert answer.content_type == "application/problem+json"
        assert "no-store" in answer.headers["Cache-Control"]
        assert {"Cookie", "Authorization"} <= set(answer.vary)
        assert "ETag" not in answer.headers
        assert "Link" not in answer.headers
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert "Basic" not in answer.headers.get("WWW-Authenticate", "")


def test_a_member_gets_pixels_and_one_without_the_role_is_told_403(member: FlaskClient, outsider: FlaskClient):
    for name in ("letters", "secret"):
        answer = get(member, f"/iiif/2/{name}-1/{TILE}")
        assert answer.status_code == 200
        assert decoded(answer.data).width == 512
        assert answer.headers["Cache-Control"] == "private, no-store"
        assert {"Cookie", "Authorization"} <= set(answer.vary)
        refused = get(outsider, f"/iiif/2/{name}-1/{TILE}")
        assert refused.status_code == 403
        assert refused.json["status"] == 403


def test_pixels_follow_the_cookie_never_a_bearer_token(house: House, stranger: FlaskClient):
    token = house.context.sessions.issue_token(house.cookie("ada"), "members", 1, BASE)
    assert token is not None
    answer = get(stranger, f"/iiif/2/letters-1/{TILE}", Authorization=f"Bearer {token.value}")
    assert answer.status_code == 401
    said = answer.get_json()["detail"]
    assert said == "This image is not open to everybody. Its info.json names the access service."
    assert f'"detail":"{said}"' in (ROOT / "deploy" / "nginx" / "verdict.conf").read_text()


def test_a_signed_out_or_foreign_cookie_opens_nothing(house: House, stranger: FlaskClient):
    cookie = house.cookie("ada")
    assert get(stranger, f"/iiif/2/letters-1/{TILE}", Cookie=f"{COOKIE}={cookie}").status_code == 200
    house.context.sessions.sign_out(cookie)
    for value in (cookie, "x" * 43, ""):
        assert get(stranger, f"/iiif/2/letters-1/{TILE}", Cookie=f"{COOKIE}={value}").status_code == 401


def test_an_address_in_the_reading_room_is_let_in_and_a_claimed_one_is_not(stranger: FlaskClient):
    inside = stranger.get(f"/iiif/3/newspaper-1/{TILE}", environ_base={"REMOTE_ADDR": "10.1.2.3"})
    assert inside.status_code == 200
    assert "no-store" in inside.headers["Cache-Control"]
    assert get(stranger, f"/iiif/3/newspaper-1/{TILE}", X_Forwarded_For="10.1.2.3").status_code == 401


def test_the_tier_is_everybodys_and_blurred_and_the_full_image_stays_closed(
    stranger: FlaskClient, member: FlaskClient, outsider: FlaskClient
):
    full = decoded(get(member, f"/iiif/2/letters-1/{TILE}").data)
    for client in (stranger, member, outsider):
        answer = get(client, f"/iiif/2/letters-1~degraded/{TILE}")
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "public, max-age=3600"
        low = decoded(answer.data)
        assert (low.width, low.height) == (512, 512)
        assert difference(low, full) > 10
        again = low.resize(0.125).resize(8)
        assert difference(low, again) < 3
    assert get(stranger, "/iiif/3/letters-1~degraded/full/max/0/default.jpg").status_code == 200
    assert get(stranger, "/iiif/2/letters-1/full/100,/0/default.jpg").status_code == 401


def test_changing_the_scale_of_a_tier_changes_what_is_served(house: House, stranger: FlaskClient):
    before = get(stranger, f"/iiif/2/letters-1~degraded/{TILE}")
    file = house.context.home.policies_file
    file.write_text(file.read_text().replace("0.125", "0.25"))
    after = get(
        House(house.context.home.path).client(),
        f"/iiif/2/letters-1~degraded/{TILE}",
        If_None_Match=before.headers["ETag"],
    )
    assert after.status_code == 200
    assert after.headers["ETag"] != before.headers["ETag"]
    assert difference(decoded(after.data), decoded(before.data)) > 1


def test_th_69_a_watermark_set_later_is_on_what_is_served(house: House, stranger: FlaskClient):
    path = "/iiif/3/letters-1~degraded/full/200,/0/default.jpg"
    before = get(stranger, path)
    file = house.context.home.policies_file
    file.write_text(file.read_text().replace("0.125 }", '0.125, watermark = "Here only" }'))
    after = get(House(house.context.home.path).client(), path, If_None_Match=before.headers["ETag"])
    assert after.status_code == 200
    assert after.headers["ETag"] != before.headers["ETag"]
    assert difference(decoded(after.data), decoded(before.data)) > 5


def test_a_tier_that_the_policy_has_not_is_not_found(stranger: FlaskClient, member: FlaskClient):
    for client in (stranger, member):
        for image in ("letters-1~full", "letters-1~small", "secret-1~degraded", "leaflet-1~degraded", "letters-1~"):
            assert get(client, f"/iiif/2/{image}/{TILE}").status_code == 404
            assert get(client, f"/iiif/3/{image}/info.json").status_code == 404


def test_304_comes_only_after_the_verdict(house: House, member: FlaskClient, stranger: FlaskClient):
    path = f"/iiif/2/letters-1/{TILE}"
    etag = get(member, path).headers["ETag"]
    known = get(member, path, If_None_Match=etag)
    assert (known.status_code, known.data) == (304, b"")
    assert known.headers["ETag"] == etag
    assert known.headers["Cache-Control"] == "private, no-store"
    for given in (etag, "*", f'"x", {etag}'):
        refused = get(stranger, path, If_None_Match=given)
        assert refused.status_code == 401
        assert "ETag" not in refused.headers
    assert get(member, path, If_None_Match='"another"').status_code == 200


def test_etags_tell_tiers_images_versions_and_generations_apart(house: House, member: FlaskClient):
    paths = [f"/iiif/{v}/{i}/{TILE}" for v in (2, 3) for i in ("leaflet-1", "letters-1", "letters-1~degraded")]
    paths.append("/iiif/3/leaflet-1/0,0,512,512/512,512/0/default.png")
    etags = [get(member, path).headers["ETag"] for path in paths]
    assert len(set(etags)) == len(paths)
    canvas = house.context.catalogue.canvas("leaflet", 1)
    assert canvas is not None
    house.publish("leaflet", "open", canvas.image)
    assert get(member, paths[0]).headers["ETag"] not in etags


def test_two_spellings_of_one_image_have_one_etag(stranger: FlaskClient):
    etags = {
        get(stranger, f"/iiif/2/leaflet-1/{spelling}/0/default.jpg").headers["ETag"]
        for spelling in ("full/550,", "full/pct:50", "pct:0,0,100,100/550,400", "0,0,1100,800/!550,999")
    }
    assert len(etags) == 1


def test_range_is_not_honoured_and_head_has_the_headers_of_get(stranger: FlaskClient):
    path = f"/iiif/2/leaflet-1/{TILE}"
    whole = get(stranger, path)
    for ranges in ("bytes=0-9", "bytes=-5", "bytes=0-1,5-9"):
        part = get(stranger, path, Range=ranges)
        assert (part.status_code, part.data) == (200, whole.data)
    head = stranger.head(path)
    assert head.data == b""
    assert told(head) == told(whole)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("rest", ["", "/info.json", f"/{TILE}"])
def test_other_methods_are_refused(member: FlaskClient, method: str, rest: str):
    answer = member.open(f"/iiif/2/letters-1{rest}", method=method)
    assert answer.status_code == 405
    assert {"GET", "HEAD"} <= {name.strip() for name in answer.headers["Allow"].split(",")}


@pytest.mark.parametrize("rest", ["", "/info.json", f"/{TILE}", "/full/max/0/nothing"])
def test_a_preflight_is_answered_before_any_verdict(stranger: FlaskClient, rest: str):
    answer = stranger.options(f"/iiif/2/secret-1{rest}", headers={"Access-Control-Request-Headers": "authorization"})
    assert answer.status_code in (200, 204)
    assert "Authorization" in answer.headers["Access-Control-Allow-Headers"]
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize(
    "rest",
    ["5000,0,10,10/max/0/default.jpg", "full/full/0/default.jpg", "full/0,/0/default.jpg", "full/1200,/0/default.jpg",
     "full/max/400/default.jpg", "full/max/0/native.jpg", "full/max/0/default.gif", "full/^3000,/0/default.jpg",
     "[frob]/max/0/default.jpg", "full/max/0/default.jpg;.css", "0,0,1e9,5/max/0/default.jpg"],
)  # fmt: skip
def test_a_request_out_of_the_grammar_is_400_in_the_one_shape(stranger: FlaskClient, rest: str):
    answer = get(stranger, f"/iiif/3/leaflet-1/{rest}")
    assert answer.status_code == 400
    assert answer.content_type == "application/problem+json"
    assert answer.json["status"] == 400
    assert answer.json["detail"]


@pytest.mark.parametrize(
    "image",
    ["leaflet", "leaflet-0", "leaflet-01", "leaflet-2", "leaflet-99", "Leaflet-1", "leaflet-1 ", "leaflet-1%00",
     "leaflet-1%0a", "leaflet%252D1", "..%2Fleaflet-1", "%2e%2e%2fsecret-1", "leaflet-1;2;1:2", "leaflet-1:1:4", "a/b",
     "secret%2F..%2Fleaflet-1", "leaflet+1", "leaflet-1.jpg", "leaflet-1@2x", "leaflet%C0%AE-1", "nobody-1", "-1"],
)  # fmt: skip
def test_anything_that_is_not_an_image_of_the_catalogue_is_not_found(member: FlaskClient, image: str):
    for rest in ("", "/info.json", f"/{TILE}"):
        for version in (2, 3):
            answer = get(member, f"/iiif/{version}/{image}{rest}")
            assert answer.status_code == 404, (rest, version)
            assert "json" in answer.content_type


def test_one_decoding_of_the_path_names_the_same_image(stranger: FlaskClient):
    assert get(stranger, f"/iiif/2/%6Ceaflet%2D1/{TILE}").status_code == 200
    assert get(stranger, f"/iiif/2/%73ecret-1/{TILE}").status_code == 401


@pytest.mark.parametrize(
    "path",
    ["/iiif/2/letters-1/info.json/x.css", "/iiif/2/letters-1//info.json", "/iiif//2/letters-1/" + TILE,
     "/iiif/1/letters-1/info.json", "/iiif/4/leaflet-1/info.json", f"/iiif/letters-1/{TILE}", "/iiif/2/leaflet-1/full",
     f"/iiif/2/leaflet-1/extra/{TILE}", "/iiif/2/public/../letters-1/" + TILE, f"/iiif/2/letters-1/{TILE}/x.css"],
)  # fmt: skip
def test_no_other_path_leads_to_an_image(member: FlaskClient, path: str):
    answer = get(member, path, Host="evil.example")
    assert answer.status_code in (404, 308)
    assert not answer.data.startswith(MAGIC)
    assert "evil.example" not in answer.headers.get("Location", "")


def test_open_images_and_tiers_are_served_while_the_state_store_is_down(house: House):
    cookie = house.cookie("ada")
    house.context.state.close()
    for name in ("state.db", "state.db-wal", "state.db-shm"):
        (house.context.home.path / name).unlink(missing_ok=True)
    house.context.home.state_file.mkdir()
    client = house.client()
    assert get(client, f"/iiif/2/leaflet-1/{TILE}", Cookie=f"{COOKIE}={cookie}").status_code == 200
    assert get(client, f"/iiif/2/letters-1~degraded/{TILE}").status_code == 200
    assert get(client, "/iiif/3/letters-1/info.json").status_code == 200
    for path in (f"/iiif/2/letters-1/{TILE}", "/iiif/2/secret-1/info.json"):
        for headers in ({}, {"Cookie": f"{COOKIE}={cookie}"}):
            answer = get(client, path, **headers)
            assert answer.status_code == 503
            assert "no-store" in answer.headers["Cache-Control"]
            assert answer.headers["Retry-After"]


def test_a_lost_picture_is_503_without_telling_where_it_lay(house: House, stranger: FlaskClient):
    (house.context.home.image_folder("leaflet") / "1.tif").unlink()
    for path in ("/iiif/2/leaflet-1/info.json", f"/iiif/3/leaflet-1/{TILE}"):
        answer = get(stranger, path)
        assert answer.status_code == 503
        assert str(house.context.home.path) not in answer.text


def test_a_public_answer_is_kept_no_longer_than_the_policy_holds(house: House):
    client = house.client()
    assert get(client, f"/iiif/2/memoir-1/{TILE}").status_code == 401
    house.now = datetime(2026, 6, 1, tzinfo=UTC)
    answer = get(client, f"/iiif/2/memoir-1/{TILE}")
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "public, max-age=3600")
    assert "service" not in get(client, "/iiif/2/memoir-1/info.json").json
    house.now = datetime(2026, 5, 31, 23, 50, tzinfo=UTC)
    for path in (f"/iiif/2/diary-1/{TILE}", f"/iiif/3/diary-1~degraded/{TILE}"):
        assert get(client, path).headers["Cache-Control"] == "public, max-age=600"
    house.now = datetime(2026, 6, 1, tzinfo=UTC)
    assert get(client, f"/iiif/2/diary-1/{TILE}").status_code == 401
