"""Every pattern in every version, for a reader who is let in, who is not, whose session ended, and so on."""

import sqlite3
from collections.abc import Callable

import pytest

from tests.services_auth.conftest import SECRET, VIEWER, Browser, Site

OTHER = "https://other.example.com"
VERSIONS = (0, 1, 2)

# For every pattern: the policy, and how a browser gets in.
ENTER: dict[str, tuple[str, Callable[[Browser], object]]] = {
    "login": ("members", lambda browser: browser.sign_in()),
    "clickthrough": ("terms", lambda browser: browser.accept()),
    "kiosk": ("kiosk", lambda browser: browser.access("kiosk")),
    "external": ("room", lambda browser: None),
}
INTERACTIVE = ("login", "clickthrough")


def error_of(message: dict[str, object]) -> str:
    assert "accessToken" not in message
    return str(message.get("profile") or message["error"])


def in_version(version: int, one: str, two: str) -> str:
    return two if version == 2 else one


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("pattern", ENTER)
def test_let_in(site: Site, version: int, pattern: str):
    policy, enter = ENTER[pattern]
    browser = site.browser(address="10.1.2.3")
    enter(browser)
    message = browser.message(version, policy)
    assert message["messageId"] == "7"
    assert isinstance(message["expiresIn"], int)
    assert browser.probe(f"{policy}-1", message["accessToken"])["status"] == 200


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("pattern", ENTER)
def test_not_let_in(site: Site, version: int, pattern: str):
    policy, _ = ENTER[pattern]
    error = error_of(site.browser().message(version, policy))
    if pattern in INTERACTIVE:
        assert error == in_version(version, "missingCredentials", "missingAspect")
    else:
        assert error == in_version(version, "invalidCredentials", "invalidAspect")
    assert site.browser().probe(f"{policy}-1")["status"] == 401


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("pattern", INTERACTIVE)
def test_session_ended(site: Site, version: int, pattern: str):
    policy, enter = ENTER[pattern]
    browser = site.browser()
    enter(browser)
    token = browser.token(version, policy)
    site.clock.move(1200)
    assert error_of(browser.message(version, policy)) == in_version(version, "invalidCredentials", "expiredAspect")
    assert browser.probe(f"{policy}-1", token)["status"] == 401
    assert "<form" in browser.access(policy).text


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("pattern", ["kiosk", "external"])
def test_th_21_the_address_left_the_network(site: Site, version: int, pattern: str):
    policy, _ = ENTER[pattern]
    browser = site.browser(address="10.1.2.3")
    token = browser.token(version, policy)
    browser.address = "192.0.2.7"
    assert browser.probe(f"{policy}-1", token)["status"] == 401


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("pattern", INTERACTIVE)
def test_wrong_origin(site: Site, version: int, pattern: str):
    policy, enter = ENTER[pattern]
    browser = site.browser()
    enter(browser)
    assert error_of(browser.message(version, policy, OTHER)) == "invalidOrigin"
    assert "accessToken" in browser.message(version, policy, VIEWER)


def break_store(site: Site) -> None:
    site.context.state.close()
    site.context.home.state_file.unlink()
    site.context.home.state_file.write_bytes(b"no database" * 500)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("pattern", INTERACTIVE)
@pytest.mark.parametrize("signed_in", [True, False])
def test_th_97_store_down(site: Site, version: int, pattern: str, signed_in: bool):
    policy, enter = ENTER[pattern]
    browser = site.browser()
    if signed_in:
        enter(browser)
    break_store(site)
    assert error_of(browser.message(version, policy)) == "unavailable"
    assert browser.probe(f"{policy}-1")["status"] == 503
    page = browser.access(policy)
    assert page.status_code == 503
    assert "Retry-After" in page.headers
    assert "accessToken" in browser.message(version, "lifted")
    assert browser.probe("open-1")["status"] == 200


@pytest.mark.parametrize("pattern", ["kiosk", "external"])
def test_th_97_the_reading_room_stays_open_with_the_store_down(site: Site, pattern: str):
    policy, _ = ENTER[pattern]
    break_store(site)
    browser = site.browser(address="10.1.2.3")
    assert "accessToken" in browser.message(1, policy)
    assert browser.probe(f"{policy}-1")["status"] == 200


def test_th_97_the_json_variant_and_verify_say_503(site: Site, browser: Browser):
    break_store(site)
    answer = browser.get("/auth/token/1/members")
    assert answer.status_code == 503
    assert answer.headers["Retry-After"]
    headers = {
        "X-Lectern-Secret": SECRET,
        "X-Original-URI": "/iiif/2/members-1/info.json",
    }
    assert browser.get("/auth/verify", headers=headers).status_code == 503
    assert browser.post("/auth/logout").status_code in (403, 503)


def test_th_97_it_recovers_by_itself(site: Site, browser: Browser):
    break_store(site)
    assert browser.access("terms").status_code == 503
    site.context.home.state_file.unlink()
    assert browser.accept().status_code == 200
    assert "accessToken" in browser.message(1, "terms")


def test_th_97_a_locked_store_delays_sign_in_and_not_reading(site: Site, browser: Browser, monkeypatch):
    browser.sign_in()
    lock = sqlite3.connect(site.context.home.state_file, isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")
    try:
        assert browser.probe("members-1")["status"] == 200
    finally:
        lock.execute("ROLLBACK")
        lock.close()


def test_one_sign_in_serves_all_versions(browser: Browser):
    browser.sign_in()
    for version in VERSIONS:
        assert "accessToken" in browser.message(version, "members")


def test_terms_accepted_before_and_after_a_sign_in_both_count(browser: Browser):
    browser.accept()
    browser.sign_in()
    for policy in ("terms", "members"):
        assert "accessToken" in browser.message(1, policy)
