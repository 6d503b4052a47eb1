"""The token service: to whom it posts, what it posts, and what it never does."""

import re

import pytest
from argon2 import PasswordHasher

from lectern.state import UserRow
from services.credentials import COOKIE
from tests.services_auth.conftest import BASE, VIEWER, Browser, MakeSite, Site, posted

OTHER = "https://other.example.com"
PATH = "/auth/token/1/members"


@pytest.fixture
def reader(browser: Browser) -> Browser:
    browser.sign_in()
    return browser


@pytest.mark.parametrize("version", [0, 1, 2])
@pytest.mark.parametrize(
    "query", ["messageId=7", "messageId=7&origin=", "messageId=7&origin=*", "messageId=7&origin=null"]
)
def test_th_01_without_a_good_origin_nothing_is_posted(reader: Browser, version: int, query: str):
    answer = reader.get(f"/auth/token/{version}/members?{query}")
    assert answer.status_code == 400
    assert answer.mimetype == "text/plain"
    assert "postMessage" not in answer.text


@pytest.mark.parametrize(
    "origin", ["https://evil.tld\\@viewer.example.net", f"{VIEWER}.evil.tld/x", "javascript:alert(1)"]
)
def test_th_03_an_odd_origin_is_no_target(reader: Browser, origin: str):
    answer = reader.get(PATH, query_string={"origin": origin, "messageId": "7"})
    assert answer.status_code == 400
    assert "evil" not in answer.text


def test_th_03_the_target_is_the_canonical_form(reader: Browser):
    answer = reader.get(PATH, query_string={"origin": "HTTPS://Viewer.Example.NET:443/", "messageId": "7"})
    message, target = posted(answer)
    assert target == VIEWER
    assert "accessToken" in message


@pytest.mark.parametrize("version", [0, 1, 2])
def test_th_02_a_viewer_that_did_not_run_the_access_step_gets_no_token(reader: Browser, version: int):
    message = reader.message(version, "members", OTHER)
    assert message.get("profile", message.get("error")) == "invalidOrigin"
    assert "accessToken" not in message


def test_th_04_a_viewer_that_is_not_on_the_list_gets_no_token_even_for_an_address(make_site: MakeSite):
    browser = make_site(allowed_origins=[VIEWER]).browser(address="10.1.2.3")
    assert browser.message(1, "room", OTHER)["error"] == "invalidOrigin"
    assert "accessToken" in browser.message(1, "room", VIEWER)


@pytest.mark.parametrize("version", [0, 1, 2])
@pytest.mark.parametrize(
    "message_id",
    [
        "</script><script>alert(1)</script>",
        "'\"\\",
        "ends with \\",
        "\u2028\u2029",
        "<!--",
        "007",
        "",
        "x" * 2048,
        f"{BASE}/auth/token/1/members?a=b&c=#d",
    ],
)
def test_th_05_the_message_id_comes_back_as_it_was(reader: Browser, version: int, message_id: str):
    query = {"origin": VIEWER, "messageId": message_id}
    answer = reader.get(f"/auth/token/{version}/members", query_string=query)
    message, _ = posted(answer)
    assert message["messageId"] == message_id
    assert len(re.findall(r"<script|</script|<!--", answer.text)) == 2
    assert "\u2028" not in answer.text


def test_th_05_a_message_id_that_is_too_long_is_refused(reader: Browser):
    answer = reader.get(PATH, query_string={"origin": VIEWER, "messageId": "x" * 2049})
    assert answer.status_code == 400


def test_th_07_the_page_may_be_framed_by_anybody_and_does_one_thing(reader: Browser):
    answers = [reader.get(PATH, query_string={"origin": VIEWER, "messageId": "7"}) for _ in range(2)]
    for answer in answers:
        (nonce,) = re.findall(r'<script nonce="([^"]+)">', answer.text)
        policy = answer.headers["Content-Security-Policy"]
        assert policy == f"default-src 'none'; script-src 'nonce-{nonce}'; base-uri 'none'; form-action 'none'"
        assert "X-Frame-Options" not in answer.headers
        assert "Access-Control-Allow-Origin" not in answer.headers
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Vary"] == "Cookie"
        assert answer.mimetype == "text/html"
    assert answers[0].headers["Content-Security-Policy"] != answers[1].headers["Content-Security-Policy"]


def test_errors_are_posted_late_and_tokens_at_once(reader: Browser):
    good = reader.get(PATH, query_string={"origin": VIEWER, "messageId": "7"})
    bad = reader.get("/auth/token/1/staff", query_string={"origin": VIEWER, "messageId": "7"})
    assert "delay = 0;" in good.text
    assert "delay = 1500;" in bad.text


@pytest.mark.parametrize(
    ("version", "name", "expected"), [(0, "error", "missingCredentials"), (2, "profile", "missingAspect")]
)
def test_th_09_a_stranger_is_told_that_he_is_one(browser: Browser, version: int, name: str, expected: str):
    assert browser.message(version, "members")[name] == expected
    assert browser.message(version, "terms")[name] == expected


def test_th_09_each_condition_has_its_profile(site: Site, reader: Browser):
    assert reader.message(2, "staff")["profile"] == "invalidAspect"
    assert reader.message(1, "staff")["error"] == "invalidCredentials"
    assert reader.message(2, "typo")["profile"] == "invalidAspect"
    assert reader.message(2, "room")["profile"] == "invalidAspect"
    site.clock.move(1201)
    assert reader.message(2, "members")["profile"] == "expiredAspect"
    assert reader.message(1, "members")["error"] == "invalidCredentials"


def test_au2_33_without_a_message_id_auth_2_posts_an_error(reader: Browser):
    message, target = posted(reader.get("/auth/token/2/members", query_string={"origin": VIEWER}))
    assert (message["profile"], message["messageId"], target) == ("invalidRequest", "", VIEWER)


@pytest.mark.parametrize(
    "query",
    [
        f"origin={VIEWER}&origin={OTHER}&messageId=7",
        f"origin={VIEWER}&messageId=7&messageId=8",
    ],
)
def test_th_10_doubled_parameters_are_refused(reader: Browser, query: str):
    for version in (1, 2):
        answer = reader.get(f"/auth/token/{version}/members?{query}")
        assert answer.status_code == 400
        assert "postMessage" not in answer.text


def test_th_10_only_get_and_head(reader: Browser):
    query = {"origin": VIEWER, "messageId": "7"}
    assert reader.post(PATH, query_string=query).status_code == 405
    head = reader.client.head(PATH, query_string=query)
    assert head.data == b""


@pytest.mark.parametrize("query", [{"origin": VIEWER, "messageId": "7"}, {}])
def test_th_10_head_is_answered_like_get_and_gives_no_token_that_nobody_receives(
    site: Site, reader: Browser, query: dict[str, str]
):
    kept = site.context.state.counts()["tokens"]
    head = reader._ask("HEAD", PATH, query_string=query)
    assert (head.status_code, head.data) == (200, b"")
    assert site.context.state.counts()["tokens"] == kept
    body = reader.get(PATH, query_string=query)
    assert (body.status_code, body.mimetype) == (head.status_code, head.mimetype)
    assert head.headers["Content-Length"] == body.headers["Content-Length"]
    assert site.context.state.counts()["tokens"] == kept + 1
    assert site.browser()._ask("HEAD", PATH, query_string={}).status_code == 401


def test_a_token_tells_how_long_it_lives(reader: Browser, site: Site):
    message = reader.message(2, "members")
    assert message["type"] == "AuthAccessToken2"
    assert message["expiresIn"] == 600
    token = message["accessToken"]
    site.clock.move(599)
    assert reader.probe("members-1", token)["status"] == 200
    site.clock.move(1)
    assert Browser(reader.client.application.test_client()).probe("members-1", token)["status"] == 401  # type: ignore[attr-defined]


def test_th_30_the_token_is_not_the_cookie(reader: Browser):
    first, second = reader.token(1, "members"), reader.token(1, "members")
    assert first != second
    assert reader.cookie not in (first, second)


def test_th_27_two_cookies_of_our_name_are_no_cookie(site: Site, reader: Browser):
    for header in (f"{COOKIE}={reader.cookie}; {COOKIE}=x", f"{COOKIE}=x; {COOKIE}={reader.cookie}"):
        answer = site.app.test_client(use_cookies=False).get(
            PATH, query_string={"origin": VIEWER, "messageId": "7"}, headers={"Cookie": header}, base_url=BASE
        )
        assert posted(answer)[0]["error"] == "missingCredentials"


def test_au1_30_without_a_message_id_the_answer_is_json(reader: Browser):
    answer = reader.get(PATH)
    assert answer.mimetype == "application/json"
    assert set(answer.get_json()) == {"accessToken", "expiresIn"}
    assert answer.headers["Cache-Control"] == "no-store"
    assert reader.get(PATH, query_string={"origin": VIEWER}).status_code == 200


def test_au1_34_errors_in_json_have_a_status(site: Site, browser: Browser):
    stranger = browser.get(PATH)
    assert (stranger.status_code, stranger.get_json()["error"]) == (401, "missingCredentials")
    assert "messageId" not in stranger.get_json()
    assert browser.get(PATH, query_string={"origin": "null"}).status_code == 400


@pytest.mark.parametrize(
    "headers",
    [{"Origin": OTHER}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}],
)
def test_th_08_a_page_of_another_site_gets_no_json(reader: Browser, headers: dict[str, str]):
    answer = reader.get(PATH, headers=headers)
    assert answer.status_code == 401
    assert "accessToken" not in answer.text
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_th_08_there_is_no_jsonp(reader: Browser):
    answer = reader.get(PATH, query_string={"callback": "steal"})
    assert answer.mimetype == "application/json"
    assert "steal" not in answer.text


def test_th_21_who_is_let_in_by_address_gets_a_token_that_leaves_no_row(site: Site):
    inside, outside = site.browser(address="10.1.2.3"), site.browser()
    for policy in ("room", "kiosk"):
        for version in (1, 2):
            token = inside.token(version, policy)
            assert inside.probe(f"{policy}-1", token)["status"] == 200
            assert outside.probe(f"{policy}-1", token)["status"] == 401
    assert site.context.state.counts()["tokens"] == 0


_BARRED = """
[policies.room]
patterns = ["external", "login"]
networks = ["10.0.0.0/8"]
not_roles = ["banned"]
"""


@pytest.mark.parametrize("version", [1, 2])
def test_th_94_who_is_barred_gets_no_token_in_an_open_network_either(site: Site, version: int):
    site.context.home.policies_file.write_text(_BARRED)
    hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    site.context.state.add_user(UserRow("eve", hasher.hash("secret"), ("banned",)))
    stranger, barred, other = site.browser(), site.browser(), site.browser()
    barred.sign_in("room", "eve")
    other.sign_in("room", "ann")
    assert barred.cookie
    for browser in (stranger, barred, other):
        browser.address = "10.1.2.3"
    refused = barred.message(version, "room")
    assert refused.get("profile", refused.get("error")) in ("invalidAspect", "invalidCredentials")
    assert "accessToken" not in refused
    assert "accessToken" in stranger.message(version, "room")
    assert "accessToken" in other.message(version, "room")


def test_th_94_th_97_where_a_role_keeps_out_a_store_that_is_down_gives_no_token(site: Site):
    site.context.home.policies_file.write_text(_BARRED)
    site.context.state.close()
    site.context.home.state_file.unlink()
    site.context.home.state_file.mkdir()
    inside = site.browser(address="10.1.2.3")
    assert inside.message(1, "room")["error"] == "unavailable"
    assert "accessToken" in inside.message(1, "open")


def test_what_is_open_by_now_gives_a_token_to_everyone(browser: Browser):
    assert "accessToken" in browser.message(1, "lifted")


def test_there_is_no_other_version(browser: Browser):
    assert browser.get("/auth/token/3/members").status_code == 404
