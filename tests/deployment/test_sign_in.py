"""A stranger gets the small version and no word; a reader who signs in gets everything; until he signs out."""

import pytest

from tests.deployment.conftest import NAME, PASSWORD
from tests.deployment.reader import Visitor

pytestmark = pytest.mark.nginx

_WORD = "Commodore"
_FULL = "/iiif/2/letters-1/0,0,400,400/200,/0/default.jpg"
_INFO2 = "/iiif/2/letters-1/info.json"


def _found(visitor: Visitor, **options) -> int:
    total: int = visitor.ask(f"/search/1/letters?q={_WORD}", **options).json()["within"]["total"]
    return total


@pytest.fixture
def stranger(base: str) -> Visitor:
    return Visitor(base)


@pytest.fixture
def reader(base: str) -> Visitor:
    visitor = Visitor(base)
    closing = visitor.sign_in("/auth/access/readers", NAME, PASSWORD)
    assert closing.status == 200
    assert "window.close()" in closing.text
    return visitor


def test_a_stranger_is_sent_to_the_small_version(stranger: Visitor):
    moved = stranger.ask(_INFO2)
    assert moved.status == 302
    info = stranger.ask(moved.headers["location"]).json()
    assert info["@id"] == f"{stranger.base}/iiif/2/letters-1~degraded"
    full = stranger.ask("/iiif/3/letters-1/info.json").json()
    assert (info["width"], info["height"]) == (full["width"], full["height"])
    assert info["service"], "the login service is repeated"
    tile = stranger.ask("/iiif/2/letters-1~degraded/0,0,400,400/200,/0/default.jpg")
    assert (tile.status, tile.headers["content-type"]) == (200, "image/jpeg")


def test_a_stranger_gets_no_sharp_pixel_and_no_word(stranger: Visitor):
    denied = stranger.ask(_FULL)
    assert denied.status == 401
    assert not denied.headers["content-type"].startswith("image/")
    assert _found(stranger) == 0
    assert stranger.ask("/search/1/letters/autocomplete?q=com").json()["terms"] == []
    assert stranger.ask("/presentation/3/letters/canvas/1/text").json()["items"] == []


def test_a_reader_gets_pixels_words_and_suggestions(reader: Visitor):
    tile = reader.ask(_FULL)
    assert (tile.status, tile.headers["content-type"]) == (200, "image/jpeg")
    assert "no-store" in tile.headers["cache-control"]
    assert _found(reader) > 0
    assert reader.ask("/search/1/letters/autocomplete?q=com").json()["terms"]
    assert reader.ask("/presentation/3/letters/canvas/1/text").json()["items"]


def test_one_sign_in_serves_both_versions(reader: Visitor):
    first = reader.message("/auth/token/1/readers")
    assert first["messageId"] == "7"
    info = Visitor(reader.base).ask(_INFO2, bearer=first["accessToken"])
    assert (info.status, info.json()["@id"]) == (200, f"{reader.base}/iiif/2/letters-1")
    second = reader.message("/auth/token/2/readers")
    assert second["type"] == "AuthAccessToken2"
    probe = Visitor(reader.base).ask("/auth/probe/letters-1", bearer=second["accessToken"])
    assert (probe.status, probe.json()["status"]) == (200, 200)


def test_r1_a_token_opens_no_pixel_and_no_word(reader: Visitor):
    token = reader.message("/auth/token/1/readers")["accessToken"]
    other = Visitor(reader.base)
    assert other.ask(_FULL, bearer=token).status == 401
    assert _found(other, bearer=token) == 0


def test_the_probe_offers_a_stranger_the_small_version(stranger: Visitor):
    result = stranger.ask("/auth/probe/letters-1")
    assert (result.status, result.json()["status"]) == (200, 401)
    (substitute,) = result.json()["substitute"]
    assert stranger.ask(substitute["id"]).status == 200


def test_th_28_after_signing_out_the_old_cookie_and_token_are_dead(reader: Visitor):
    cookies = dict(reader.cookies)
    token = reader.message("/auth/token/1/readers")["accessToken"]
    gone = reader.ask("/auth/logout", Sec_Fetch_Mode="navigate", Sec_Fetch_User="?1", Sec_Fetch_Dest="document")
    assert gone.status == 200
    reader.cookies = cookies
    assert reader.ask(_FULL).status == 401
    assert _found(reader) == 0
    assert Visitor(reader.base).ask(_INFO2, bearer=token).status == 302


def test_a_wrong_password_opens_nothing(stranger: Visitor):
    stranger.sign_in("/auth/access/readers", NAME, "wrong")
    assert stranger.ask(_FULL).status == 401


def test_th_57_the_verdict_for_proxies_is_closed_without_its_secret(stranger: Visitor):
    reply = stranger.ask("/auth/verify", X_Original_URI=_FULL)
    assert reply.status in (401, 403, 404)


def test_th_106_measurements_are_not_for_the_world(stranger: Visitor):
    assert stranger.ask("/metrics", X_Forwarded_For="203.0.113.9").status in (403, 404)


def test_manifests_and_pages_are_served_under_the_public_address(stranger: Visitor):
    manifest = stranger.ask("/presentation/3/letters/manifest").json()
    assert manifest["id"] == f"{stranger.base}/presentation/3/letters/manifest"
    assert "letters" in stranger.ask("/", Accept="text/html").text
