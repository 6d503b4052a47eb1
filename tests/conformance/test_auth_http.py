"""What browsers and HTTP need of the auth flows: preflights, CORS, caching, cookies, frames, origins, bindings."""

import re

import pytest

from services.credentials import COOKIE
from tests.conformance.auth_shelf import BASE, INSIDE, PATTERNS, VIEWER, MakeSite, enter, info, pixels
from tests.services_auth.conftest import Browser, Site, posted

OTHER = "https://other.example.com"
DESCRIPTIONS = (
    "/iiif/2/login-1/info.json",
    "/iiif/2/tiered-1/info.json",
    "/iiif/3/login-1/info.json",
    "/auth/probe/login-1",
    "/presentation/3/login/manifest",
    "/search/1/login?q=x",
    "/iiif/2/nothing-1/info.json",
    "/auth/probe/nothing-1",
)
PIXELS = "/iiif/2/{}-1/full/full/0/default.jpg"


def vary(answer) -> set[str]:
    return {name.strip() for name in answer.headers.get("Vary", "").split(",")}


def test_aux_01_each_version_of_the_image_api_speaks_one_version_of_auth_behind_one_sign_in(member: Browser):
    one, two = info(member, "login", 2), info(member, "login", 3)
    assert "api/auth/1/" in one.text
    assert "AuthProbeService2" not in one.text
    assert "AuthProbeService2" in two.text
    assert "api/auth/1/" not in two.text
    assert "accessToken" in member.message(1, "login")
    assert "accessToken" in member.message(2, "login")


@pytest.mark.parametrize("path", DESCRIPTIONS)
def test_aux_10_11_a_preflight_is_answered_before_anything_is_judged(stranger: Browser, path: str):
    asked = {
        "Origin": VIEWER,
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "authorization",
    }
    answer = stranger.client.options(path, headers=asked, base_url=BASE)
    assert answer.status_code in (200, 204)
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert {"GET", "HEAD", "OPTIONS"} <= set(re.split(r",\s*", answer.headers["Access-Control-Allow-Methods"]))
    assert "Authorization" in re.split(r",\s*", answer.headers["Access-Control-Allow-Headers"])
    assert int(answer.headers["Access-Control-Max-Age"]) > 0


@pytest.mark.parametrize("path", [*DESCRIPTIONS, PIXELS.format("login"), "/iiif/2/login-1/x/y/0/default.jpg"])
def test_aux_12_13_any_page_may_read_every_answer_and_none_with_credentials(member: Browser, house: Site, path: str):
    for browser in (member, house.browser()):
        answer = browser.get(path, headers={"Origin": OTHER})
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert "Access-Control-Allow-Credentials" not in answer.headers


def test_aux_13_no_page_may_read_the_token_service(member: Browser):
    answer = member.get("/auth/token/1/login", headers={"Origin": OTHER})
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert "accessToken" not in answer.text


def test_aux_14_redirects_stay_on_our_origin(stranger: Browser):
    for path in ("/iiif/2/tiered-1/info.json", "/iiif/2/tiered-1", "/iiif/3/open-1"):
        answer = stranger.get(path)
        assert answer.status_code in (302, 303)
        assert answer.headers["Location"].startswith(f"{BASE}/iiif/")


@pytest.mark.parametrize("name", ["login", "tiered", "external"])
def test_aux_15_nobody_keeps_what_depends_on_who_asks(member: Browser, house: Site, name: str):
    query = {"origin": VIEWER, "messageId": "7"}
    for browser in (member, house.browser()):
        answers = [
            info(browser, name),
            browser.get(f"/auth/probe/{name}-1"),
            browser.access(name),
            browser.get(f"/auth/token/1/{name}", query_string=query),
            browser.get(f"/auth/token/2/{name}", query_string=query),
            browser.get(f"/auth/token/1/{name}"),
            browser.get("/auth/logout"),
        ]
        for answer in answers:
            assert "no-store" in answer.headers["Cache-Control"]
            assert "public" not in answer.headers["Cache-Control"]
        assert {"Cookie", "Authorization"} <= vary(answers[0])


def test_aux_16_restricted_pixels_are_kept_by_nobody_and_open_tiers_by_everybody(member: Browser):
    assert "no-store" in member.get(PIXELS.format("tiered")).headers["Cache-Control"]
    for path in (PIXELS.format("open"), "/iiif/2/tiered-1~degraded/full/full/0/default.jpg"):
        assert member.get(path).headers["Cache-Control"].startswith("public, max-age=")


@pytest.mark.parametrize(("cross_site", "same_site"), [(False, "Lax"), (True, "None")])
def test_aux_17_18_the_cookie_is_for_our_site_unless_others_are_declared(
    make_house: MakeSite, cross_site: bool, same_site: str
):
    answer = make_house(cross_site=cross_site).browser().sign_in("login")
    (line,) = [line for line in answer.headers.getlist("Set-Cookie") if line.startswith(COOKIE)]
    assert COOKIE.startswith("__Host-")
    for attribute in ("Secure", "HttpOnly", "Path=/", f"SameSite={same_site}"):
        assert attribute in line.split("; ")
    assert "Partitioned" not in line


def test_aux_19_the_token_page_can_be_framed_and_runs_its_script(member: Browser):
    answer = member.get("/auth/token/2/login", query_string={"origin": VIEWER, "messageId": "7"})
    policy = answer.headers["Content-Security-Policy"]
    assert "X-Frame-Options" not in answer.headers
    assert "frame-ancestors" not in policy
    nonce = re.search(r"script-src 'nonce-([^']+)'", policy)
    assert nonce
    assert f'<script nonce="{nonce[1]}">' in answer.text


def test_aux_20_21_other_pages_cannot_and_none_parts_the_window_from_its_viewer(member: Browser, stranger: Browser):
    for answer in (
        stranger.access("login"),
        stranger.access("clickthrough"),
        stranger.access("kiosk"),
        member.access("login"),
        member.get("/auth/logout"),
    ):
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert "Cross-Origin-Opener-Policy" not in answer.headers


@pytest.mark.parametrize("name", ["open", "login", "tiered"])
def test_aux_22_23_pictures_can_be_shown_on_any_site_with_and_without_cors(member: Browser, name: str):
    for headers in ({}, {"Origin": OTHER, "Sec-Fetch-Mode": "cors"}, {"Sec-Fetch-Site": "cross-site"}):
        answer = member.get(PIXELS.format(name), headers=headers)
        assert answer.status_code == 200
        assert answer.headers.get("Cross-Origin-Resource-Policy", "cross-origin") == "cross-origin"
        assert answer.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize("pattern", [*PATTERNS, "tiered"])
def test_aux_24_a_refusal_has_no_pixels(stranger: Browser, pattern: str):
    answer = stranger.get(PIXELS.format(pattern), headers={"Accept": "image/jpeg"})
    assert answer.status_code in (401, 403)
    assert not str(answer.mimetype).startswith("image/")
    assert b"\xff\xd8\xff" not in answer.data


@pytest.mark.parametrize(
    ("given", "target"),
    [(VIEWER + "/", VIEWER), ("HTTPS://Viewer.Example.NET", VIEWER), (f"{VIEWER}:443", VIEWER)],
)
def test_aux_25_the_target_is_the_origin_as_it_was_parsed(house: Site, given: str, target: str):
    query = {"origin": given, "messageId": "7"}
    answer = house.browser(address=INSIDE).get("/auth/token/2/external", query_string=query)
    assert posted(answer)[1] == target


@pytest.mark.parametrize(
    "origin", ["null", "", "*", "javascript:alert(1)", f"{VIEWER}/page", f"{VIEWER}?q", "https://a@b.example", "//x"]
)
def test_aux_25_26_without_a_usable_origin_nothing_is_posted_and_the_status_is_400(member: Browser, origin: str):
    for version in (1, 2):
        query = {"origin": origin, "messageId": "7"}
        answer = member.get(f"/auth/token/{version}/login", query_string=query)
        assert answer.status_code == 400
        assert "postMessage" not in answer.text


def test_aux_26_without_a_message_id_version_1_is_json_and_version_2_posts_an_error(member: Browser):
    one, two = (member.get(f"/auth/token/{n}/login", query_string={"origin": VIEWER}) for n in (1, 2))
    assert one.mimetype == "application/json"
    message, _ = posted(two)
    assert (message["profile"], message["messageId"]) == ("invalidRequest", "")


@pytest.mark.parametrize("hostile", ["</script><script>alert(1)</script>", "\u2028\u2029", "<!--", "';alert(1)//"])
def test_aux_27_what_strangers_send_cannot_leave_its_string(member: Browser, hostile: str):
    for version in (1, 2):
        query = {"origin": VIEWER, "messageId": hostile}
        answer = member.get(f"/auth/token/{version}/login", query_string=query)
        assert posted(answer)[0]["messageId"] == hostile
        assert answer.text.count("<script") == answer.text.count("</script>") == 1
        assert not set("\u2028\u2029") & set(answer.text)
    too_long = member.get("/auth/token/2/login", query_string={"origin": VIEWER, "messageId": "x" * 2049})
    assert too_long.status_code == 400


@pytest.mark.parametrize("pattern", PATTERNS)
def test_aux_28_the_frame_is_never_sent_to_a_sign_in_page(stranger: Browser, pattern: str):
    answer = stranger.get(f"/auth/token/2/{pattern}", query_string={"origin": VIEWER, "messageId": "7"})
    assert answer.status_code == 200
    assert "Location" not in answer.headers
    assert answer.text.count("postMessage") == 1
    assert "<form" not in answer.text


def test_aux_29_a_token_ends_with_its_session_at_the_latest_and_is_bound_to_policy_and_version(
    make_house: MakeSite, house: Site
):
    short = make_house(session_absolute=100, token_life=600)
    browser = short.browser()
    browser.sign_in("login")
    short.clock.move(40)
    message = browser.message(2, "login")
    assert message["expiresIn"] == 60
    token = message["accessToken"]
    assert short.browser().probe("login-1", token)["status"] == 200
    assert short.browser().probe("tiered-1", token)["status"] == 401
    assert info(short.browser(), "login", token=token).status_code == 401
    browser.get("/auth/logout", headers=_CLICK)
    assert short.browser().probe("login-1", token)["status"] == 401


_CLICK = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document", "Sec-Fetch-User": "?1"}


@pytest.mark.parametrize("token", [None, "undefined", "expired", "x" * 4000])
def test_aux_30_a_bad_token_is_like_none_and_the_address_counts_by_itself(house: Site, token: str | None):
    outside, inside = house.browser(), house.browser(address=INSIDE)
    assert outside.probe("external-1", token)["status"] == 401
    assert inside.probe("external-1", token)["status"] == 200
    assert outside.probe("login-1", token) == outside.probe("login-1")


@pytest.mark.parametrize("pattern", [*PATTERNS, "tiered"])
def test_aux_31_info_json_probe_and_pixels_agree_on_every_reader(house: Site, pattern: str):
    inside = house.browser()
    enter(inside, pattern)
    for browser in (inside, house.browser()):
        shown = pixels(browser, pattern) == 200
        assert (info(browser, pattern).status_code == 200) == shown
        assert (browser.probe(f"{pattern}-1")["status"] == 200) == shown


def test_aux_32_the_id_of_a_document_is_where_it_was_served(stranger: Browser):
    for image in ("tiered-1~degraded", "login-1", "open-1"):
        for version, key in ((2, "@id"), (3, "id")):
            document = stranger.get(f"/iiif/{version}/{image}/info.json").get_json()
            assert document[key] == f"{BASE}/iiif/{version}/{image}"


def test_aux_33_get_head_and_conditional_requests_have_one_decision(house: Site, member: Browser):
    tag = member.get(PIXELS.format("login")).headers["ETag"]
    stranger = house.browser()
    for path in (PIXELS.format("login"), "/iiif/2/login-1/info.json"):
        for browser in (member, stranger):
            expected = browser.get(path).status_code
            assert browser._ask("HEAD", path).status_code == expected
        assert stranger.get(path, headers={"If-None-Match": tag}).status_code == 401
        assert stranger.get(path, headers={"If-None-Match": "*"}).status_code == 401
    assert stranger._ask("HEAD", "/auth/probe/login-1").status_code == 200


def test_aux_34_origin_leads_nowhere_and_a_sign_in_gives_a_new_session(house: Site, stranger: Browser):
    for path in ("/auth/access/login", "/auth/logout"):
        answer = stranger.get(path, query_string={"origin": OTHER, "next": OTHER})
        assert "Location" not in answer.headers
        assert f'href="{OTHER}' not in answer.text
    stranger.accept("clickthrough")
    first = stranger.cookie
    stranger.sign_in("login")
    assert stranger.cookie != first
    assert house.context.sessions.find(first) is None


@pytest.mark.parametrize("path", ["/auth/token/1/login", "/auth/token/2/login", "/auth/access/login"])
@pytest.mark.parametrize("name", ["origin", "messageId"])
def test_aux_26_a_parameter_that_is_there_twice_is_refused(member: Browser, path: str, name: str):
    if path.startswith("/auth/access") and name == "messageId":
        name = "origin"
    answer = member.get(f"{path}?origin={VIEWER}&messageId=7&{name}={VIEWER}")
    assert answer.status_code == 400
    assert "postMessage" not in answer.text
