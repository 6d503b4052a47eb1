"""Signing out: what a foreign page cannot do, and what is gone afterwards."""

import pytest

from services.credentials import COOKIE
from tests.services_auth.conftest import Browser, Site, hidden

CLICK = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document", "Sec-Fetch-User": "?1"}


@pytest.fixture
def reader(browser: Browser) -> Browser:
    browser.sign_in()
    return browser


def test_a_window_that_a_person_opened_signs_out_at_once(reader: Browser, site: Site):
    cookie, token = reader.cookie, reader.token(2, "members")
    answer = reader.get("/auth/logout", headers=CLICK)
    assert "You are signed out" in answer.text
    assert reader.cookie is None
    assert not site.context.sessions.reader(cookie).session
    assert reader.probe("members-1", token)["status"] == 401


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image", "Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe", "Sec-Fetch-User": "?1"},
        {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"},
    ],
)
def test_th_34_anything_else_is_asked_first(reader: Browser, site: Site, headers: dict[str, str]):
    answer = reader.get("/auth/logout", headers=headers)
    assert "Do you want to sign out" in answer.text
    assert COOKIE not in "".join(answer.headers.getlist("Set-Cookie"))
    assert site.context.sessions.reader(reader.cookie).session


def test_th_34_the_question_s_form_signs_out(reader: Browser, site: Site):
    cookie = reader.cookie
    stamp = hidden(reader.get("/auth/logout"), "stamp")
    assert "signed out" in reader.post("/auth/logout", data={"stamp": stamp}).text
    assert not site.context.sessions.reader(cookie).session


@pytest.mark.parametrize("stamp", ["", "forged"])
def test_th_34_a_forged_form_does_not(reader: Browser, site: Site, stamp: str):
    assert reader.post("/auth/logout", data={"stamp": stamp}).status_code == 403
    stranger = hidden(reader.access("staff"), "stamp")
    assert reader.post("/auth/logout", data={"stamp": stranger}).status_code == 403
    good = hidden(reader.get("/auth/logout"), "stamp")
    foreign = {"Sec-Fetch-Site": "cross-site"}
    assert reader.post("/auth/logout", data={"stamp": good}, headers=foreign).status_code == 403
    assert site.context.sessions.reader(reader.cookie).session


def test_th_34_the_cookie_is_taken_away_as_it_was_given(reader: Browser):
    (line,) = reader.get("/auth/logout", headers=CLICK).headers.getlist("Set-Cookie")
    parts = {part.strip() for part in line.split(";")}
    assert {f"{COOKIE}=", "Max-Age=0", "Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= parts


def test_th_34_th_35_the_browser_forgets_what_it_saw(reader: Browser):
    answer = reader.get("/auth/logout", headers=CLICK)
    assert answer.headers["Clear-Site-Data"] == '"cache"'
    assert answer.headers["Cache-Control"] == "no-store"


def test_th_34_signing_out_again_is_harmless(reader: Browser):
    for _ in range(3):
        assert reader.get("/auth/logout", headers=CLICK).status_code == 200


def test_who_has_no_session_is_not_asked(browser: Browser):
    assert "You are signed out" in browser.get("/auth/logout").text


def test_th_34_a_foreign_picture_that_came_without_the_cookie_takes_none_away(browser: Browser):
    answer = browser.get("/auth/logout", headers={"Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"})
    assert COOKIE not in "".join(answer.headers.getlist("Set-Cookie"))
    assert "Clear-Site-Data" not in answer.headers


def test_th_28_a_cookie_kept_aside_is_dead_everywhere(reader: Browser, site: Site):
    kept = reader.cookie
    assert kept
    reader.get("/auth/logout", headers=CLICK)
    reader.client.set_cookie(COOKIE, kept, domain="books.example.org", secure=True)
    assert reader.message(1, "members")["error"] == "missingCredentials"
    assert reader.probe("members-1")["status"] == 401
    assert "<form" in reader.access("members").text
