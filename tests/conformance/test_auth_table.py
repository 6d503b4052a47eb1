"""Four patterns, two versions, five states: what the access page, the token service, the description and pixels say.

A reader is let in by signing in as a member, by accepting the terms, or by being inside the network. Then:
denied is a guest, nobody's acceptance, or somebody outside; expired is a session that ended, or who left the network
with the token he got inside; wrong origin is a viewer that is not on the list; store down is no state.db.
"""

from dataclasses import dataclass

import pytest
from werkzeug.test import TestResponse

from tests.conformance.auth_shelf import (
    INSIDE,
    OUTSIDE,
    PATTERNS,
    VIEWER,
    MakeSite,
    bearer,
    break_store,
    enter,
    pixels,
)
from tests.services_auth.conftest import Browser, Site, posted

STATES = ("allowed", "denied", "expired", "wrong origin", "store down")
OTHER = "https://other.example.com"


@dataclass(frozen=True)
class Cell:
    """What is said: the kind of access page, the token's error (or "token"), and two statuses.

    `description` is asked without a cookie, with the token if there is one: info.json in Auth 1, where HTTP has the
    status, and the probe in Auth 2, where the body has it.
    """

    access: str
    token: str
    description: int
    pixels: int


_ALLOWED = Cell("closes", "token", 200, 200)
TABLE: dict[tuple[str, int, str], Cell] = {
    ("login", 1, "allowed"): _ALLOWED,
    ("login", 1, "denied"): Cell("form", "invalidCredentials", 401, 403),
    ("login", 1, "expired"): Cell("form", "invalidCredentials", 401, 401),
    ("login", 1, "wrong origin"): Cell("400", "invalidOrigin", 401, 200),
    ("login", 1, "store down"): Cell("503", "unavailable", 503, 503),
    ("login", 2, "allowed"): _ALLOWED,
    ("login", 2, "denied"): Cell("form", "invalidAspect", 401, 403),
    ("login", 2, "expired"): Cell("form", "expiredAspect", 401, 401),
    ("login", 2, "wrong origin"): Cell("400", "invalidOrigin", 401, 200),
    ("login", 2, "store down"): Cell("503", "unavailable", 503, 503),
    ("clickthrough", 1, "allowed"): _ALLOWED,
    ("clickthrough", 1, "denied"): Cell("form", "missingCredentials", 401, 401),
    ("clickthrough", 1, "expired"): Cell("form", "invalidCredentials", 401, 401),
    ("clickthrough", 1, "wrong origin"): Cell("400", "invalidOrigin", 401, 200),
    ("clickthrough", 1, "store down"): Cell("503", "unavailable", 503, 503),
    ("clickthrough", 2, "allowed"): _ALLOWED,
    ("clickthrough", 2, "denied"): Cell("form", "missingAspect", 401, 401),
    ("clickthrough", 2, "expired"): Cell("form", "expiredAspect", 401, 401),
    ("clickthrough", 2, "wrong origin"): Cell("400", "invalidOrigin", 401, 200),
    ("clickthrough", 2, "store down"): Cell("503", "unavailable", 503, 503),
    ("kiosk", 1, "allowed"): _ALLOWED,
    ("kiosk", 1, "denied"): Cell("refused", "invalidCredentials", 401, 401),
    ("kiosk", 1, "expired"): Cell("refused", "invalidCredentials", 401, 401),
    ("kiosk", 1, "wrong origin"): Cell("400", "invalidOrigin", 200, 200),
    ("kiosk", 1, "store down"): _ALLOWED,
    ("kiosk", 2, "allowed"): _ALLOWED,
    ("kiosk", 2, "denied"): Cell("refused", "invalidAspect", 401, 401),
    ("kiosk", 2, "expired"): Cell("refused", "invalidAspect", 401, 401),
    ("kiosk", 2, "wrong origin"): Cell("400", "invalidOrigin", 200, 200),
    ("kiosk", 2, "store down"): _ALLOWED,
    ("external", 1, "allowed"): _ALLOWED,
    ("external", 1, "denied"): Cell("refused", "invalidCredentials", 401, 401),
    ("external", 1, "expired"): Cell("refused", "invalidCredentials", 401, 401),
    ("external", 1, "wrong origin"): Cell("400", "invalidOrigin", 200, 200),
    ("external", 1, "store down"): _ALLOWED,
    ("external", 2, "allowed"): _ALLOWED,
    ("external", 2, "denied"): Cell("refused", "invalidAspect", 401, 401),
    ("external", 2, "expired"): Cell("refused", "invalidAspect", 401, 401),
    ("external", 2, "wrong origin"): Cell("400", "invalidOrigin", 200, 200),
    ("external", 2, "store down"): _ALLOWED,
}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("pattern", PATTERNS)
def test_every_pattern_in_every_version_and_state(make_house: MakeSite, pattern: str, version: int, state: str):
    site = make_house(allowed_origins=[VIEWER])
    browser, token = _bring_about(site, pattern, version, state)
    origin = OTHER if state == "wrong origin" else VIEWER
    message = _message(browser, version, pattern, origin)
    token = message.get("accessToken") or token
    elsewhere = site.browser(address=browser.address)  # a viewer's fetch brings no cookie
    found = Cell(
        access=_kind(browser.access(pattern, origin)),
        token="token" if "accessToken" in message else message.get("profile") or message["error"],
        description=_description(elsewhere, version, pattern, token),
        pixels=pixels(browser, pattern),
    )
    assert found == TABLE[pattern, version, state]


def test_the_table_has_a_cell_for_everything():
    assert set(TABLE) == {(pattern, version, state) for pattern in PATTERNS for version in (1, 2) for state in STATES}


def _bring_about(site: Site, pattern: str, version: int, state: str) -> tuple[Browser, str | None]:
    """Return a browser in a state, and the token that it still holds."""
    browser = site.browser(address=INSIDE if pattern in ("kiosk", "external") else OUTSIDE)
    if state == "denied":
        browser.address = OUTSIDE
        if pattern == "login":
            browser.sign_in("login", "bob", "hidden")
        return browser, None
    enter(browser, pattern)
    if state == "expired":
        token = browser.token(version, pattern)
        site.clock.move(site.context.settings.session_idle)
        browser.address = OUTSIDE
        return browser, token
    if state == "store down":
        break_store(site)
    return browser, None


def _message(browser: Browser, version: int, policy: str, origin: str) -> dict[str, str]:
    query = {"origin": origin, "messageId": "7"}
    message, target = posted(browser.get(f"/auth/token/{version}/{policy}", query_string=query))
    assert target == origin
    assert message["messageId"] == "7"
    return message


def _kind(page: TestResponse) -> str:
    """Return what an access page is: it closes itself, has a form, says no; else its status."""
    if page.status_code == 403 and "<form" not in page.text:
        return "refused"
    if page.status_code != 200:
        return str(page.status_code)
    return "form" if "<form" in page.text else "closes" if "window.close()" in page.text else page.text


def _description(browser: Browser, version: int, policy: str, token: str | None) -> int:
    if version == 1:
        return browser.get(f"/iiif/2/{policy}-1/info.json", headers=bearer(token)).status_code
    status: int = browser.probe(f"{policy}-1", token)["status"]
    return status
