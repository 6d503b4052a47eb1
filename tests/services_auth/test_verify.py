"""The verdict for a proxy: 204 with a tier, 401, 403, and nothing to anybody who has not the secret (TH-57)."""

import pytest

from auth.verify import canonical_path
from services.credentials import COOKIE
from tests.services_auth.conftest import SECRET, Browser, MakeSite, Site

TILE = "0,0,512,512/256,/0/default.jpg"


@pytest.fixture
def reader(browser: Browser) -> Browser:
    browser.sign_in()
    return browser


def ask(browser: Browser, uri: str, *, secret: str | None = SECRET, **headers: str):
    """Return (status, tier) of the answer."""
    given = {"X-Original-URI": uri, **{name.replace("_", "-"): value for name, value in headers.items()}}
    if secret is not None:
        given["X-Lectern-Secret"] = secret
    answer = browser.get("/auth/verify", headers=given)
    assert answer.data == b"" or answer.status_code == 503
    return answer.status_code, answer.headers.get("X-Lectern-Tier")


@pytest.mark.parametrize(
    ("uri", "stranger", "member"),
    [
        (f"/iiif/2/open-1/{TILE}", (204, "full"), (204, "full")),
        (f"/iiif/3/open-1/{TILE}?x=1", (204, "full"), (204, "full")),
        (f"/iiif/2/members-1/{TILE}", (401, None), (204, "full")),
        ("/iiif/2/members-1/info.json", (401, None), (204, "full")),
        (f"/iiif/2/members-1~degraded/{TILE}", (204, "degraded"), (204, "degraded")),
        (f"/iiif/2/members-1~other/{TILE}", (403, None), (403, None)),
        (f"/iiif/2/staff-1/{TILE}", (401, None), (403, None)),
        (f"/iiif/2/secret-1/{TILE}", (403, None), (403, None)),
        (f"/iiif/2/typo-1/{TILE}", (403, None), (403, None)),
        (f"/iiif/2/nothing-1/{TILE}", (403, None), (403, None)),
        (f"/iiif/2/open-0/{TILE}", (403, None), (403, None)),
        (f"/iiif/2/open-9999/{TILE}", (403, None), (403, None)),
        ("/presentation/3/open/canvas/9999/text", (403, None), (403, None)),
        ("/presentation/3/members/canvas/1/text", (401, None), (204, "full")),
        ("/search/1/members", (401, None), (204, "full")),
        ("/objects/open", (204, "full"), (204, "full")),
    ],
)
def test_the_verdicts(site: Site, reader: Browser, uri: str, stranger, member):
    assert ask(site.browser(), uri) == stranger
    assert ask(reader, uri) == member


@pytest.mark.parametrize("secret", [None, "", "wrong", SECRET + "x", SECRET[:-1], "ä"])
def test_th_57_without_the_secret_the_answer_is_no(reader: Browser, secret: str | None):
    assert ask(reader, f"/iiif/2/open-1/{TILE}", secret=secret) == (403, None)


@pytest.mark.parametrize("secret", ["", "anything"])
def test_th_57_without_a_secret_in_the_settings_nobody_is_answered(make_site: MakeSite, secret: str):
    assert ask(make_site(verify_secret="").browser(), f"/iiif/2/open-1/{TILE}", secret=secret) == (403, None)


ELSEWHERE = "http://127.0.0.1:8301/iiif"


@pytest.mark.parametrize(
    ("uri", "name"),
    [
        (f"/iiif/2/members-1/{TILE}", "members%2F0001.tif"),
        (f"/iiif/3/%6Dembers-1/{TILE}", "members%2F0001.tif"),
        ("/iiif/2/members-1/info.json", "members%2F0001.tif"),
        (f"/iiif/2/members-1~degraded/{TILE}", None),
        (f"/iiif/2/staff-1/{TILE}", None),
        ("/search/1/members", None),
    ],
)
def test_th_59_a_yes_names_the_picture_of_another_image_server(make_site: MakeSite, uri: str, name: str | None):
    """For whole pictures alone, and for those who may see them: small versions are our own (TH-62)."""
    site = make_site(image_server=ELSEWHERE, image_server_name="{object}/{n:04}.tif")
    reader = site.browser()
    reader.sign_in()
    for _ in range(2):  # worked out, and remembered
        answer = reader.get("/auth/verify", headers={"X-Original-URI": uri, "X-Lectern-Secret": SECRET})
        assert answer.headers.get("X-Lectern-Name") == name
    stranger = site.browser().get("/auth/verify", headers={"X-Original-URI": uri, "X-Lectern-Secret": SECRET})
    assert "X-Lectern-Name" not in stranger.headers


def test_without_another_image_server_no_picture_is_named(reader: Browser):
    answer = reader.get(
        "/auth/verify", headers={"X-Original-URI": f"/iiif/2/members-1/{TILE}", "X-Lectern-Secret": SECRET}
    )
    assert (answer.status_code, answer.headers.get("X-Lectern-Name")) == (204, None)


def test_a_picture_that_is_named_by_its_file_has_to_have_one(make_site: MakeSite):
    site = make_site(image_server=ELSEWHERE, image_server_name="{file}")
    answer = site.browser().get(
        "/auth/verify", headers={"X-Original-URI": "/iiif/2/open-1/x", "X-Lectern-Secret": SECRET}
    )
    assert "X-Lectern-Name" not in answer.headers


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "/",
        "/iiif/2/",
        "iiif/2/open-1/info.json",
        f"/iiif/2/open-1/../members-1/{TILE}",
        f"/iiif/2/open-1/%2e%2e/members-1/{TILE}",
        f"/iiif/2/open-1%2f..%2fmembers-1/{TILE}",
        f"/iiif/2/open-1%252F..%252Fmembers-1/{TILE}",
        f"/iiif/2//open-1/{TILE}",
        f"/iiif/2/./open-1/{TILE}",
        f"/iiif/2/open-1%00/{TILE}",
        f"/iiif/2/open-1%0d%0a/{TILE}",
        f"/iiif/2/open-1 /{TILE}",
        f"/iiif/2/open-1\\x/{TILE}",
        f"/iiif/2/open-1;2;1:2/{TILE}",
        f"/iiif/2/OPEN-1/{TILE}",
        f"/iiif/2/open-01/{TILE}",
        f"/iiif/2/op%C0%AEen-1/{TILE}",
        f"/iiif/4/open-1/{TILE}",
        f"/iiif/2/open-1/{TILE}/more",
        f"/iiif/2/open-1/info.json,/iiif/2/members-1/{TILE}",
        f"http://evil.tld/iiif/2/open-1/{TILE}",
        "/file/open-1.tif",
        "/search/1/collections/x",
    ],
)
def test_th_58_th_59_what_has_a_second_reading_is_a_no(reader: Browser, uri: str):
    assert ask(reader, uri) == (403, None)


def test_th_58_all_spellings_of_one_path_have_one_canonical_form():
    for spelling in ("/iiif/2/open-1/info.json", "/iiif/2/%6Fpen-1/info.json", "/iiif/2/%6fpen%2D1/info.json?a=b"):
        assert canonical_path(spelling) == "/iiif/2/open-1/info.json"


def test_a_prefix_of_the_public_url_is_taken_off():
    assert canonical_path("/books/iiif/2/a-1/info.json", "/books") == "/iiif/2/a-1/info.json"
    assert canonical_path("/iiif/2/a-1/info.json", "/books") is None


@pytest.mark.parametrize("method", ["POST", "OPTIONS", "get", "PUT", "GET,GET"])
def test_th_65_only_get_and_head_are_verified(reader: Browser, method: str):
    uri = f"/iiif/2/open-1/{TILE}"
    assert ask(reader, uri, X_Original_Method=method) == (403, None)
    assert ask(reader, uri, X_Original_Method="HEAD") == (204, "full")


def test_th_31_a_token_opens_nothing_here(reader: Browser, site: Site):
    token = reader.token(1, "members")
    uri = f"/iiif/2/members-1/{TILE}"
    assert ask(site.browser(), uri, Authorization=f"Bearer {token}") == (401, None)
    other = site.browser()
    other.client.set_cookie(COOKIE, token, domain="books.example.org", secure=True)
    assert ask(other, uri) == (401, None)


def test_th_53_the_client_is_who_the_proxy_says_and_never_the_proxy(site: Site):
    proxy = site.browser(address="10.0.0.5")
    uri = f"/iiif/2/room-1/{TILE}"
    assert ask(proxy, uri) == (401, None)
    assert ask(proxy, uri, X_Forwarded_For="192.0.2.7") == (401, None)
    assert ask(proxy, uri, X_Forwarded_For="10.9.9.9, 192.0.2.7") == (401, None)
    assert ask(proxy, uri, X_Forwarded_For="192.0.2.7, 10.1.2.3") == (204, "full")


def test_the_answer_is_kept_by_no_cache(reader: Browser):
    headers = {"X-Original-URI": f"/iiif/2/members-1/{TILE}", "X-Lectern-Secret": SECRET}
    answer = reader.get("/auth/verify", headers=headers)
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in answer.headers
