"""Authentication 1.0, and what 0.9 did otherwise: service blocks, access, tokens, statuses, logout."""

import re
from typing import Any

import pytest
from werkzeug.test import TestResponse

from lectern.errors import ConfigurationError
from services.credentials import COOKIE
from tests.conformance.auth_shelf import (
    BASE,
    INSIDE,
    PATTERNS,
    VIEWER,
    MakeSite,
    bearer,
    break_store,
    enter,
    info,
    pixels,
)
from tests.services_auth.conftest import Browser, Site, posted

OTHER = "https://other.example.com"
_API = "http://iiif.io/api/auth/1/"
_ERRORS = {"invalidRequest", "missingCredentials", "invalidCredentials", "invalidOrigin", "unavailable"}


def block(browser: Browser, name: str) -> dict[str, Any]:
    """Return the access service in the info.json of a book's first page."""
    (found,) = info(browser, name).get_json()["service"]
    return dict(found)


def walk(value: Any):
    """Yield every object in a document."""
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from walk(each)


def token_page(browser: Browser, name: str, origin: str = VIEWER, message_id: str = "7") -> TestResponse:
    return browser.get(f"/auth/token/1/{name}", query_string={"messageId": message_id, "origin": origin})


# Service blocks


@pytest.mark.parametrize("pattern", PATTERNS)
def test_au1_01_02_every_address_is_https_and_of_the_domain_that_serves_the_pictures(stranger: Browser, pattern: str):
    document = info(stranger, pattern).get_json()
    addresses = [each["@id"] for each in walk(document) if "@id" in each]
    assert len(addresses) > 1
    assert all(address.startswith(f"{BASE}/") for address in addresses)


def test_au1_01_on_plain_http_nobody_signs_in(make_house: MakeSite):
    browser = make_house(public_url="http://books.example.org").browser()
    assert browser.access("login").status_code == 403
    assert COOKIE not in str(browser.access("login").headers)


@pytest.mark.parametrize("pattern", PATTERNS)
def test_au1_03_04_06_08_context_profile_label_and_failure_texts(stranger: Browser, pattern: str):
    found = block(stranger, pattern)
    assert found["@context"] == _API + "context.json"
    assert found["profile"] == _API + pattern
    assert "Harbour Library" in found["label"]
    assert found["failureHeader"]
    assert found["failureDescription"]


@pytest.mark.parametrize("pattern", PATTERNS)
def test_au1_05_all_but_external_have_an_id(stranger: Browser, pattern: str):
    assert block(stranger, pattern).get("@id") == (None if pattern == "external" else f"{BASE}/auth/access/{pattern}")


@pytest.mark.parametrize("pattern", ["login", "clickthrough"])
def test_au1_07_who_can_do_something_is_told_what(stranger: Browser, pattern: str):
    assert {"header", "description", "confirmLabel"} <= set(block(stranger, pattern))


@pytest.mark.parametrize("pattern", PATTERNS)
def test_au1_09_to_11_token_and_logout_services_in_an_array(stranger: Browser, pattern: str):
    token, *rest = block(stranger, pattern)["service"]
    assert token == {"@id": f"{BASE}/auth/token/1/{pattern}", "profile": _API + "token"}
    if pattern in ("login", "clickthrough"):  # there is a session to end
        (logout,) = rest
        assert (logout["@id"], logout["profile"]) == (f"{BASE}/auth/logout", _API + "logout")
        assert "Harbour Library" in logout["label"]
    else:
        assert rest == []


def test_au1_12_of_several_patterns_one_is_offered_since_viewers_stop_at_the_first_that_fails(stranger: Browser):
    assert block(stranger, "every")["profile"] == _API + "login"
    assert block(stranger, "screens")["profile"] == _API + "kiosk"


@pytest.mark.parametrize("version", [2, 3])
def test_au1_13_manifests_have_the_complete_blocks_of_info_json(stranger: Browser, version: int):
    manifest = stranger.get(f"/presentation/{version}/login/manifest").get_json()
    copies = [each for each in walk(manifest) if each.get("profile") == _API + "login"]
    assert copies
    for copy in copies:
        plain = {key: value for key, value in copy.items() if key != "@type"}
        plain["service"] = [{k: v for k, v in inner.items() if k != "@type"} for inner in copy["service"]]
        assert plain == block(stranger, "login")


# Access


@pytest.mark.parametrize("origin", [VIEWER, VIEWER + "/", f"{VIEWER}:8443"])
def test_au1_20_origin_is_taken_with_a_port_and_with_a_slash_at_its_end(stranger: Browser, origin: str):
    assert stranger.access("login", origin).status_code == 200


def test_au1_21_36_the_origin_of_the_access_step_is_remembered_and_compared(stranger: Browser):
    stranger.sign_in("login")
    assert posted(token_page(stranger, "login", OTHER))[0]["error"] == "invalidOrigin"
    assert "accessToken" in posted(token_page(stranger, "login"))[0]


@pytest.mark.parametrize("pattern", ["login", "clickthrough", "kiosk"])
def test_au1_22_the_last_page_closes_the_window(house: Site, pattern: str):
    browser = house.browser(address=INSIDE)
    enter(browser, pattern)
    assert "window.close()" in browser.access(pattern).text


def test_au1_23_the_login_window_shows_a_form_and_sets_the_cookie_when_it_is_sent(stranger: Browser):
    assert 'type="password"' in stranger.access("login").text
    assert stranger.cookie is None
    stranger.sign_in("login")
    assert stranger.cookie


def test_au1_24_terms_need_a_button_of_ours_and_a_kiosk_closes_at_once(house: Site):
    browser = house.browser(address=INSIDE)
    page = browser.access("clickthrough")
    assert "<button" in page.text
    assert "window.close()" not in page.text
    assert browser.cookie is None
    assert "window.close()" in browser.access("kiosk").text


def test_au1_25_a_client_without_a_user_gets_into_a_kiosk_by_get_and_not_past_terms(house: Site):
    robot = house.browser(address=INSIDE)
    assert robot.get(f"/auth/access/kiosk?origin={VIEWER}").status_code == 200
    assert "accessToken" in robot.get("/auth/token/1/kiosk").get_json()
    robot.access("clickthrough")
    assert robot.get("/auth/token/1/clickthrough").get_json()["error"] == "missingCredentials"


def test_au1_26_external_needs_no_access_step(house: Site):
    assert "accessToken" in posted(token_page(house.browser(address=INSIDE), "external"))[0]


def test_au1_27_credentials_that_are_posted_out_of_band_open_nothing(stranger: Browser):
    data = {"username": "ann", "password": "secret", "action": "sign-in"}
    for query in ("", f"?origin={VIEWER}"):
        assert stranger.post(f"/auth/access/login{query}", data=data).status_code in (400, 403)
    assert stranger.cookie is None


def test_au1_28_sessions_and_tokens_last_minutes_and_hours_at_most(house: Site, stranger: Browser):
    settings = house.context.settings
    assert settings.session_idle <= 3600
    assert settings.session_absolute <= 24 * 3600
    stranger.sign_in("login")
    house.clock.move(settings.session_idle)
    assert posted(token_page(stranger, "login"))[0]["error"] == "invalidCredentials"


# Tokens


def test_au1_30_without_a_message_id_the_token_is_plain_json(member: Browser):
    answer = member.get("/auth/token/1/login")
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    assert set(answer.get_json()) == {"accessToken", "expiresIn"}
    assert isinstance(answer.get_json()["expiresIn"], int)


def test_au1_31_32_with_one_it_is_a_page_that_posts_it_to_the_given_origin(member: Browser):
    answer = token_page(member, "login", message_id="a b&<c>")
    assert answer.mimetype == "text/html"
    message, target = posted(answer)
    assert set(message) == {"messageId", "accessToken", "expiresIn"}
    assert (message["messageId"], target) == ("a b&<c>", VIEWER)
    assert "window.parent.postMessage(message, origin)" in answer.text
    assert '"*"' not in answer.text


@pytest.fixture
def each_error(house: Site) -> dict[str, Browser]:
    """Return a browser in every condition but those that the request itself brings about."""
    guest, late = house.browser(), house.browser()
    late.sign_in("login")
    house.clock.move(house.context.settings.session_idle)
    guest.sign_in("login", "bob", "hidden")
    return {"missingCredentials": house.browser(), "invalidCredentials": guest, "invalidCredentials, late": late}


def test_au1_33_to_35_errors_in_a_page_have_status_200_and_in_json_a_fitting_one(
    house: Site, each_error: dict[str, Browser]
):
    for error, browser in each_error.items():
        page, plain = token_page(browser, "login"), browser.get("/auth/token/1/login")
        assert page.status_code == 200
        message, _ = posted(page)
        assert message == {"messageId": "7", **plain.get_json()}
        assert message["error"] == error.partition(",")[0]
        assert set(message) == {"messageId", "error", "description"}
        assert plain.status_code == 401
    assert house.browser().get("/auth/token/1/login?origin=x").get_json()["error"] == "invalidRequest"
    assert house.browser().get("/auth/token/1/login?origin=x").status_code == 400
    break_store(house)
    page, plain = token_page(house.browser(), "login"), house.browser().get("/auth/token/1/login")
    assert posted(page)[0]["error"] == plain.get_json()["error"] == "unavailable"
    assert (page.status_code, plain.status_code) == (200, 503)


def test_au1_35_the_description_is_in_the_language_of_the_policy(house: Site):
    file = house.context.home.policies_file
    file.write_text(file.read_text().replace("[policies.login]", '[policies.login]\nlanguage = "de-AT"', 1))
    stranger = house.browser()
    assert stranger.get("/auth/token/1/login").get_json()["description"].startswith("Ihr Browser")


def test_au1_37_39_a_token_opens_info_json_of_its_policy_and_nothing_else(house: Site, member: Browser):
    token = member.token(1, "login")
    elsewhere = house.browser(headers=bearer(token))
    assert info(elsewhere, "login").status_code == 200
    assert info(elsewhere, "embargo").status_code == 401
    assert pixels(elsewhere, "login") == pixels(elsewhere, "login", 3) == 401
    assert elsewhere.probe("login-1")["status"] == 401
    assert "accessToken" not in posted(token_page(elsewhere, "login"))[0]
    assert elsewhere.get("/auth/verify", headers={"X-Original-URI": "/iiif/2/login-1/info.json"}).status_code == 403


def test_au1_38_no_answer_sends_a_token_on_to_another_address(member: Browser):
    token = member.token(1, "login")
    for path in ("/iiif/2/login-1/info.json", "/iiif/2/tiered-1/info.json", "/presentation/2/login/manifest"):
        answer = member.get(path, headers=bearer(token))
        assert answer.headers.get("Location", BASE).startswith(BASE)
        assert token not in answer.text + str(answer.headers)


def test_au1_40_neither_the_token_nor_what_is_kept_of_it_tells_the_cookie(house: Site, member: Browser):
    tokens = {member.token(1, "login") for _ in range(3)}
    assert len(tokens) == 3
    assert member.cookie
    kept = house.context.home.state_file.read_bytes()
    for secret in (*tokens, member.cookie):
        assert secret.encode() not in kept
        assert len(secret) >= 43
    assert all(member.cookie not in token and token not in member.cookie for token in tokens)


def test_au1_41_a_stranger_who_asks_for_tokens_leaves_no_row(house: Site, stranger: Browser):
    before = house.context.state.counts()
    for _ in range(50):
        token_page(stranger, "login")
    assert house.context.state.counts() == before


# Statuses and tiers


@pytest.mark.parametrize("pattern", PATTERNS)
def test_au1_50_51_a_stranger_gets_401_with_the_whole_document(stranger: Browser, pattern: str):
    for accept in ("*/*", "text/html,*/*;q=0.1"):
        answer = stranger.get(f"/iiif/2/{pattern}-1/info.json", headers={"Accept": accept})
        assert answer.status_code == 401
        document = answer.get_json()
        assert {"@context", "@id", "protocol", "width", "height", "profile", "service", "tiles"} <= set(document)
        assert document["@id"] == f"{BASE}/iiif/2/{pattern}-1"


def test_au1_52_200_on_info_json_means_that_the_pixels_follow(house: Site, member: Browser):
    for name in ("open", *PATTERNS, "tiered", "every"):
        for browser in (member, house.browser()):
            assert (info(browser, name).status_code == 200) == (pixels(browser, name) == 200)


def test_au1_53_a_tier_has_an_identifier_of_its_own_and_the_full_one_never_shows_it(stranger: Browser):
    assert pixels(stranger, "tiered") == 401
    reduced = stranger.get("/iiif/2/tiered-1~degraded/full/full/0/default.jpg")
    assert reduced.status_code == 200


@pytest.mark.parametrize("version", [2, 3])
def test_au1_54_manifests_name_the_best_version(stranger: Browser, version: int):
    manifest = stranger.get(f"/presentation/{version}/tiered/manifest").get_json()
    services = {str(each.get("@id") or each.get("id")) for each in walk(manifest) if "ImageService" in str(each)}
    assert f"{BASE}/iiif/2/tiered-1" in services
    assert not any(service.endswith("~degraded") for service in services)


def test_au1_55_57_58_a_stranger_is_sent_to_the_tier_which_names_itself_and_the_way_in(stranger: Browser):
    answer = info(stranger, "tiered")
    assert answer.status_code == 302
    assert answer.headers["Location"] == f"{BASE}/iiif/2/tiered-1~degraded/info.json"
    document = stranger.get("/iiif/2/tiered-1~degraded/info.json").get_json()
    assert document["@id"] == f"{BASE}/iiif/2/tiered-1~degraded"
    assert document["service"][0]["@id"] == f"{BASE}/auth/access/tiered"
    preflight = stranger.client.options("/iiif/2/tiered-1/info.json", headers={"Origin": VIEWER})
    assert preflight.status_code in (200, 204)


def test_au1_56_who_is_signed_in_without_the_right_gets_401_as_well(stranger: Browser):
    stranger.sign_in("login", "bob", "hidden")
    assert info(stranger, "login").status_code == 401
    assert pixels(stranger, "login") == 403


def test_au1_59_a_401_tells_nothing_that_is_secret(house: Site, stranger: Browser):
    text = info(stranger, "external").text + info(stranger, "login").text
    assert "10.0.0.0" not in text
    assert "member" not in text
    assert str(house.context.home.path) not in text
    assert ".tif" not in text


def test_au1_60_no_dialogue_of_the_browser_is_asked_for(stranger: Browser):
    for answer in (info(stranger, "login"), stranger.get("/iiif/2/login-1/full/full/0/default.jpg")):
        assert answer.headers.get("WWW-Authenticate", "Bearer").startswith("Bearer")


# Logout

_CLICK = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document", "Sec-Fetch-User": "?1"}


def test_au1_70_71_signing_out_in_its_window_ends_the_session_and_its_tokens(house: Site, member: Browser):
    token = member.token(1, "login")
    assert "window.close()" in member.get("/auth/logout", headers=_CLICK).text
    assert member.cookie is None
    assert info(house.browser(), "login", token=token).status_code == 401
    assert posted(token_page(member, "login"))[0]["error"] == "missingCredentials"


# 0.9


def test_au0_01_version_0_is_declared_where_that_is_set_and_answers_anywhere(make_house: MakeSite):
    old, new = make_house(auth_profile=0).browser(), make_house().browser()
    for path in ("/iiif/2/login-1/info.json", "/presentation/2/login/manifest", "/presentation/3/login/manifest"):
        before, after = old.get(path).text, new.get(path).text
        assert "api/auth/0/login" in before
        assert "api/auth/1/" not in before
        assert "api/auth/0/" not in after
        expected = before.replace("api/auth/0/", "api/auth/1/").replace("/auth/token/0/", "/auth/token/1/")
        assert expected == after
    new.sign_in("login")
    assert set(new.get("/auth/token/0/login").get_json()) == {"accessToken", "expiresIn"}


def test_au0_01_there_is_no_profile_but_these_two(make_house: MakeSite):
    with pytest.raises((ConfigurationError, ValueError)):
        make_house(auth_profile=2)


def test_au0_02_nothing_of_the_drafts_is_there(member: Browser):
    assert member.post("/auth/0/clientId", data={"clientId": "x", "clientSecret": "y"}).status_code == 404
    answer = member.get("/auth/token/0/login?code=abc")
    assert "tokenType" not in answer.get_json()
    assert "WWW-Authenticate" not in info(member, "embargo").headers


@pytest.mark.parametrize("version", [0, 1, 2])
def test_au0_03_no_script_is_ever_called_back(member: Browser, version: int):
    for query in ("callback=steal", f"callback=steal&messageId=7&origin={VIEWER}"):
        answer = member.get(f"/auth/token/{version}/login?{query}")
        assert "steal" not in answer.text
        assert re.search("javascript", str(answer.mimetype)) is None
