"""Visits of several steps, and the store that is down; every pattern and state is in test_auth_table.py."""

import sqlite3

import pytest

from tests.services_auth.conftest import SECRET, Browser, Site

VERSIONS = (0, 1, 2)


def break_store(site: Site) -> None:
    site.context.state.close()
    site.context.home.state_file.unlink()
    site.context.home.state_file.write_bytes(b"no database" * 500)


@pytest.mark.parametrize("version", VERSIONS)
def test_th_97_what_is_open_stays_open_with_the_store_down_and_the_access_page_says_when_to_come_back(
    site: Site, browser: Browser, version: int
):
    break_store(site)
    page = browser.access("members")
    assert page.status_code == 503
    assert "Retry-After" in page.headers
    assert "accessToken" not in browser.message(version, "members")
    assert "accessToken" in browser.message(version, "lifted")
    assert browser.probe("open-1")["status"] == 200


@pytest.mark.parametrize("policy", ["kiosk", "room"])
def test_th_97_the_reading_room_stays_open_with_the_store_down(site: Site, policy: str):
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
