"""Authorization Flow 2.0: service blocks, access, tokens, probes, logout."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest

from auth.auth2 import access_profiles, probe_denied, probe_moved, probe_service
from auth.contents import Content, image_content
from auth.decision import STRANGER, Reader, decide
from auth.policy import Policy, Texts, closed_policy
from auth.wording import built_in
from lectern.ids import ImageId
from lectern.urls import Urls
from tests.conformance.auth_shelf import (
    BASE,
    INSIDE,
    PATTERNS,
    RESTRICTED,
    VIEWER,
    MakeSite,
    break_store,
    enter,
    info,
    pixels,
)
from tests.conformance.test_auth1 import walk
from tests.services_auth.conftest import Browser, Site, posted

CONTEXT = "http://iiif.io/api/auth/2/context.json"
OTHER = "https://other.example.com"
URLS = Urls(BASE)
NOW = datetime(2026, 5, 4, tzinfo=UTC)
LANGUAGES = {"en", "de", "fr"}
WORDS = built_in()


def probe_block(browser: Browser, name: str) -> dict[str, Any]:
    (found,) = info(browser, name, 3).get_json()["service"]
    return dict(found)


def services(block: dict[str, Any]) -> list[dict[str, Any]]:
    return [each for each in walk(block) if str(each.get("type", "")).startswith("Auth")]


def token_page(browser: Browser, name: str, **query: str):
    return browser.get(f"/auth/token/2/{name}", query_string={"messageId": "7", "origin": VIEWER, **query})


# Service blocks


@pytest.mark.parametrize("name", RESTRICTED)
def test_au2_01_every_id_is_https(stranger: Browser, name: str):
    ids = [each["id"] for each in services(probe_block(stranger, name)) if "id" in each]
    assert ids
    assert all(address.startswith("https://") for address in ids)


@pytest.mark.parametrize("name", RESTRICTED)
def test_au2_02_06_08_12_services_are_arrays_and_nested_as_they_must(stranger: Browser, name: str):
    probe = probe_block(stranger, name)
    assert probe["id"] == f"{BASE}/auth/probe/{name}-1"
    assert probe["type"] == "AuthProbeService2"
    assert len(probe["service"]) >= 1
    for access in probe["service"]:
        assert access["type"] == "AuthAccessService2"
        token, *rest = access["service"]
        assert token["type"] == "AuthAccessTokenService2"
        assert [each["type"] for each in rest] in ([], ["AuthLogoutService2"])


@pytest.mark.parametrize("name", RESTRICTED)
def test_au2_03_the_probe_is_declared_in_info_json_and_as_a_copy_in_the_manifest(stranger: Browser, name: str):
    probe = probe_block(stranger, name)
    manifest = stranger.get(f"/presentation/3/{name}/manifest").get_json()
    copies = [each for each in walk(manifest) if each.get("type") == "AuthProbeService2" and each["id"] == probe["id"]]
    for copy in copies:  # external has no id and stands in info.json only (PR3-12)
        assert copy == probe | {"service": [each for each in probe["service"] if "id" in each]}
    assert copies or name == "external"


@pytest.mark.parametrize("name", RESTRICTED)
def test_au2_04_05_the_context_stands_at_the_top_and_first(stranger: Browser, name: str):
    document = info(stranger, name, 3).get_json()
    assert document["@context"] == [CONTEXT, "http://iiif.io/api/image/3/context.json"]
    assert "@context" not in str(document["service"])
    manifest = stranger.get(f"/presentation/3/{name}/manifest").get_json()
    if "AuthProbeService2" in str(manifest):
        assert manifest["@context"][0] == CONTEXT
        assert manifest["@context"][-1] == "http://iiif.io/api/presentation/3/context.json"


def test_au2_06_10_what_is_said_of_a_failure_has_a_heading_or_is_not_there():
    def silent(header: str, description: str) -> Policy:
        texts = Texts(failure_header=header, failure_description=description, label="x")
        return Policy("p", patterns=frozenset({"login"}), texts=texts)

    def told(policy: Policy) -> list[set[str]]:
        block = probe_service(policy, URLS, f"{BASE}/auth/probe/x")
        token = block["service"][0]["service"][0]
        return [{key for key in each if key.startswith("error")} for each in (block, token)]

    assert told(silent("No", "Not you")) == [{"errorHeading", "errorNote"}] * 2
    assert told(silent("No", "")) == [{"errorHeading"}] * 2
    assert told(silent("", "Not you")) == [set()] * 2
    (access,) = probe_service(closed_policy("gone"), URLS, f"{BASE}/auth/probe/x")["service"]
    assert access["profile"] == "external"


@pytest.mark.parametrize(
    ("name", "profiles"),
    [
        ("login", ["active"]),
        ("clickthrough", ["active"]),
        ("kiosk", ["kiosk"]),
        ("external", ["external"]),
        ("screens", ["external", "kiosk"]),
        ("every", ["external", "active"]),
    ],
)
def test_au2_07_12_the_access_services_of_every_pattern_in_the_order_of_clients(
    stranger: Browser, name: str, profiles: list[str]
):
    found = probe_block(stranger, name)["service"]
    assert [each["profile"] for each in found] == profiles
    for each in found:
        assert each.get("id") == (None if each["profile"] == "external" else f"{BASE}/auth/access/{name}")


def test_au2_12_no_two_services_of_a_policy_have_one_id():
    for n in range(16):
        chosen = frozenset(pattern for bit, pattern in enumerate(PATTERNS) if n >> bit & 1)
        profiles = access_profiles(Policy("p", patterns=chosen))  # type: ignore[arg-type]
        assert len({"external", *profiles} - {"external"}) <= 1
        assert profiles == sorted(profiles, key=["external", "kiosk", "active"].index)


@pytest.mark.parametrize("name", ["login", "clickthrough", "every"])
def test_au2_09_11_an_active_service_and_its_logout_say_whose_they_are_in_plain_text(stranger: Browser, name: str):
    active = probe_block(stranger, name)["service"][-1]
    logout = active["service"][1]
    assert logout["id"] == f"{BASE}/auth/logout"
    for text in (active["label"], logout["label"]):
        assert all("Harbour Library" in each for each in text["en"])
    for key in ("heading", "note", "confirmLabel"):
        assert active[key]["en"]
    assert "<" not in str(active)


def test_au2_09_a_policy_is_told_in_every_language_it_has():
    policy = Policy(
        "p",
        patterns=frozenset({"login"}),
        texts=Texts(label="Sign in", header="Sign in first"),
        translations=(Texts(label="Anmelden", language="de"), Texts(label="", header="D’abord", language="fr")),
    )
    (active,) = probe_service(policy, URLS, f"{BASE}/auth/probe/x")["service"]
    assert active["label"] == {"en": ["Sign in"], "de": ["Anmelden"]}
    assert active["heading"] == {"en": ["Sign in first"], "fr": ["D’abord"]}


# Access


@pytest.mark.parametrize("origin", [VIEWER, VIEWER + "/", f"{VIEWER}:8443"])
def test_au2_20_origin_is_taken_with_and_without_a_slash(stranger: Browser, origin: str):
    assert stranger.access("login", origin).status_code == 200


def test_au2_21_tokens_are_for_the_viewer_that_ran_the_access_step(stranger: Browser):
    stranger.sign_in("login")
    assert stranger.message(2, "login", OTHER)["profile"] == "invalidOrigin"
    assert "accessToken" in stranger.message(2, "login")


@pytest.mark.parametrize("pattern", ["login", "clickthrough", "kiosk"])
def test_au2_22_the_last_page_closes_the_window(house: Site, pattern: str):
    browser = house.browser(address=INSIDE)
    enter(browser, pattern)
    assert "window.close()" in browser.access(pattern).text


def test_au2_23_24_a_second_viewer_needs_a_click_unless_it_lives_with_us_or_the_address_lets_in(house: Site):
    browser = house.browser(address=INSIDE)
    browser.sign_in("login")
    assert "<button" in browser.access("login", OTHER).text
    assert "window.close()" not in browser.access("login", OTHER).text
    assert "window.close()" in browser.access("login", BASE).text
    assert "window.close()" in browser.access("kiosk", OTHER).text


def test_au2_25_kiosk_and_external_need_no_cookie_that_a_browser_could_hold_back(house: Site):
    for name in ("kiosk", "external", "screens"):
        token = house.browser(address=INSIDE).token(2, name)
        fresh = house.browser(address=INSIDE)
        assert fresh.probe(f"{name}-1", token)["status"] == 200
        assert pixels(fresh, name) == 200
        assert fresh.cookie is None


# Tokens


@pytest.mark.parametrize("message_id", ["7", "", "0", "a b", "</script><b>", '"quoted"', "\u2028"])
def test_au2_30_38_the_message_id_comes_back_unchanged(member: Browser, message_id: str):
    message, _ = posted(token_page(member, "login", messageId=message_id))
    assert message["messageId"] == message_id


def test_au2_31_the_answer_is_always_a_page_with_one_message_for_the_given_origin(member: Browser, stranger: Browser):
    for browser in (member, stranger):
        answer = token_page(browser, "login")
        assert (answer.status_code, answer.mimetype) == (200, "text/html")
        assert answer.text.count("postMessage") == 1
        assert posted(answer)[1] == VIEWER
    nameless = member.get("/auth/token/2/login", query_string={"origin": VIEWER})
    assert nameless.mimetype == "text/html"
    assert posted(nameless)[0]["profile"] == "invalidRequest"


def test_au2_32_35_the_token_message(member: Browser, house: Site):
    message = member.message(2, "login")
    assert {key: message[key] for key in ("@context", "type", "messageId")} == {
        "@context": CONTEXT,
        "type": "AuthAccessToken2",
        "messageId": "7",
    }
    assert isinstance(message["accessToken"], str)
    assert 0 < message["expiresIn"] <= house.context.settings.token_life <= 3600


def test_au2_33_34_every_condition_has_its_profile_with_heading_and_note_in_all_languages(house: Site):
    guest, late = house.browser(), house.browser()
    late.sign_in("login")
    house.clock.move(house.context.settings.session_idle)
    guest.sign_in("login", "bob", "hidden")
    found = {
        "missingAspect": house.browser().message(2, "login"),
        "invalidAspect": guest.message(2, "login"),
        "expiredAspect": late.message(2, "login"),
        "invalidOrigin": guest.message(2, "clickthrough", OTHER),
        "invalidRequest": posted(guest.get("/auth/token/2/login", query_string={"origin": VIEWER}))[0],
    }
    signed_in = house.browser()
    signed_in.sign_in("login")
    found["invalidOrigin"] = signed_in.message(2, "login", OTHER)
    break_store(house)
    found["unavailable"] = house.browser().message(2, "login")
    for profile, message in found.items():
        assert message["profile"] == profile
        assert (message["@context"], message["type"]) == (CONTEXT, "AuthAccessTokenError2")
        if profile != "invalidAspect":  # that one the policy words
            assert set(message["heading"]) == set(message["note"]) >= LANGUAGES


def test_au2_35_aux_29_a_token_dies_in_minutes(house: Site, member: Browser):
    token = member.token(2, "login")
    house.clock.move(house.context.settings.token_life)
    assert house.browser().probe("login-1", token)["status"] == 401


def test_au2_36_a_token_is_random_and_no_cookie(member: Browser):
    one, two = member.token(2, "login"), member.token(2, "login")
    assert one != two
    assert re.fullmatch(r"[A-Za-z0-9_-]{43,}", one)
    assert member.cookie not in (one, two)


def test_au2_37_a_token_counts_at_probes_of_its_policy_and_nowhere_else(house: Site, member: Browser):
    token = member.token(2, "login")
    elsewhere = house.browser(headers={"Authorization": f"Bearer {token}"})
    assert elsewhere.probe("login-1")["status"] == 200
    assert elsewhere.probe("embargo-1")["status"] == 401
    assert pixels(elsewhere, "login", 3) == 401
    assert info(elsewhere, "login", 2).status_code == 401


# Probes


def test_au2_40_the_probe_is_asked_without_a_token_and_then_with_one(house: Site, member: Browser):
    elsewhere = house.browser()
    assert elsewhere.probe("login-1")["status"] == 401
    assert elsewhere.probe("login-1", member.token(2, "login"))["status"] == 200


@pytest.mark.parametrize("name", [*RESTRICTED, "open", "hidden", "nothing"])
def test_au2_41_42_http_says_200_and_the_body_what_the_content_would(house: Site, member: Browser, name: str):
    for browser in (house.browser(), member):
        answer = browser.get(f"/auth/probe/{name}-1")
        assert answer.status_code == 200
        result = answer.get_json()
        assert (result["@context"], result["type"]) == (CONTEXT, "AuthProbeResult2")
        assert result["status"] == pixels(browser, name, 3)


def test_au2_41_with_the_store_down_too(house: Site, stranger: Browser):
    break_store(house)
    assert stranger.probe("login-1")["status"] == 503
    assert stranger.probe("open-1")["status"] == 200


def test_au2_43_44_45_who_is_denied_is_offered_the_tier_with_401_and_it_is_open(stranger: Browser):
    stranger.sign_in("tiered", "bob", "hidden")
    result = stranger.probe("tiered-1")
    assert result["status"] == 401
    (substitute,) = result["substitute"]
    assert substitute["type"] == "Image"
    assert set(substitute["label"]) >= LANGUAGES
    assert stranger.get(substitute["id"].removeprefix(BASE)).status_code == 200
    assert info(stranger, "tiered", 3).get_json()["service"][0]["type"] == "AuthProbeService2"
    own = stranger.get("/iiif/3/tiered-1~degraded/info.json").get_json()
    assert "service" not in own


def test_au2_43_who_is_let_in_is_offered_nothing(member: Browser):
    assert set(member.probe("tiered-1")) == {"@context", "type", "status"}


def test_au2_45_without_a_substitute_403_where_signing_in_does_not_help(stranger: Browser):
    assert stranger.probe("login-1")["status"] == 401
    stranger.sign_in("login", "bob", "hidden")
    assert stranger.probe("login-1")["status"] == 403


def test_au2_46_a_place_comes_with_a_redirection_and_without_a_label():
    film = Content(f"{BASE}/films/1.mp4", "Video", "video/mp4", {"en": ["The film"]})
    assert probe_moved(film) == {
        "@context": CONTEXT,
        "type": "AuthProbeResult2",
        "status": 302,
        "location": {"id": film.id, "type": "Video", "format": "video/mp4"},
    }
    moved = probe_moved(image_content(URLS.image(ImageId("book", 1), 3)))
    assert moved["location"]["type"] == "Image"
    assert moved["location"]["service"][0]["id"] == f"{BASE}/iiif/3/book-1"


def test_au2_47_who_is_denied_reads_why_and_an_embargo_tells_its_day(stranger: Browser):
    result = stranger.probe("embargo-1")
    assert result["heading"]
    assert result["note"]["en"][0].endswith("It will be open to everyone on 2031-01-01.")
    assert "2031" not in str(stranger.probe("login-1"))


def test_au2_47_the_day_is_told_in_the_language_of_the_note_or_not_at_all():
    until = datetime(2031, 1, 1, 6, 30, tzinfo=UTC)
    texts = Texts(header="Gesperrt", description="Nur für Mitglieder.", language="de-AT")
    policy = Policy("p", patterns=frozenset({"login"}), until=until, texts=texts)
    denied = decide(policy, STRANGER, None, NOW)
    assert probe_denied(policy, denied, WORDS)["note"] == {
        "de-AT": ["Nur für Mitglieder. Ab 2031-01-01 06:30 UTC ist es für alle zugänglich."]
    }
    quiet = Policy("p", patterns=frozenset({"login"}), until=until, tells_until=False, texts=texts)
    assert probe_denied(quiet, denied, WORDS)["note"] == {"de-AT": ["Nur für Mitglieder."]}


def test_au2_48_a_substitute_that_is_restricted_itself_names_its_own_probe():
    policy = Policy("p", patterns=frozenset({"login"}), texts=Texts(label="Sign in"))
    denied = decide(policy, Reader(), None, NOW)
    clip, marked = f"{BASE}/auth/probe/clip", f"{BASE}/auth/probe/marked"
    result = probe_denied(
        policy,
        denied,
        WORDS,
        [
            Content(f"{BASE}/marked.mp4", "Video", services=(probe_service(policy, URLS, marked),)),
            Content(f"{BASE}/clip.mp4", "Video", label={"en": ["One minute"]}),
        ],
    )
    assert result["status"] == 401
    first, second = result["substitute"]
    assert first["service"][0]["id"] == marked != clip
    assert "service" not in second


def test_au2_49_manifests_name_the_best_version(stranger: Browser):
    manifest = stranger.get("/presentation/3/tiered/manifest").get_json()
    bodies = [each for each in walk(manifest) if each.get("type") == "Image" and "service" in each]
    assert bodies
    assert not any("~degraded" in body["id"] for body in bodies)


@pytest.mark.parametrize("name", [*RESTRICTED, "open"])
def test_au2_50_info_json_is_open_to_everybody(house: Site, name: str):
    assert info(house.browser(), name, 3).status_code == 200
    break_store(house)
    assert info(house.browser(), name, 3).status_code == 200


# Logout


def test_au2_60_61_signing_out_deletes_our_cookies_and_every_token(house: Site, member: Browser):
    tokens = {name: member.token(2, name) for name in ("login", "clickthrough")}
    click = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document", "Sec-Fetch-User": "?1"}
    assert member.get("/auth/logout", headers=click).status_code == 200
    assert member.cookie is None
    for name, token in tokens.items():
        assert house.browser().probe(f"{name}-1", token)["status"] == 401
        assert member.message(2, name)["profile"] == "missingAspect"


def test_au2_31_a_policy_of_addresses_gives_its_tokens_without_a_store(make_house: MakeSite):
    house = make_house()
    break_store(house)
    assert "accessToken" in house.browser(address=INSIDE).message(2, "external")
