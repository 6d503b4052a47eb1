"""What is easily left out: small conditions of the doors, each of which lets somebody in or out if it goes."""

import pytest

from services.auth.stamps import FORM_COOKIE
from services.credentials import COOKIE, bearer_token, session_cookie
from tests.services_auth.conftest import BASE, VIEWER, Browser, MakeSite, Site, hidden

_BY_A_CLICK = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document", "Sec-Fetch-User": "?1"}


def test_th_25_the_cookie_that_binds_a_form_has_its_flags(browser: Browser):
    (line,) = (line for line in browser.access("members").headers.getlist("Set-Cookie") if line.startswith(FORM_COOKIE))
    attributes = {part.strip().lower() for part in line.split(";")[1:]}
    assert {"secure", "httponly", "path=/", "samesite=lax"} <= attributes
    assert not any(part.startswith("domain") for part in attributes)


@pytest.mark.parametrize("more", ["{0}; {0}", "{0}; x" + "y" * 42, "short", "y" * 44, ""])
def test_th_13_th_27_a_form_needs_the_one_cookie_of_its_browser(site: Site, more: str):
    browser = site.browser()
    stamp = hidden(browser.access("terms"), "stamp")
    own = browser.client.get_cookie(FORM_COOKIE, domain="books.example.org")
    assert own is not None
    values = more.format(own.value).split("; ")
    planted = "; ".join(f"{FORM_COOKIE}={value}" for value in values)
    answer = site.app.test_client(use_cookies=False).post(
        f"/auth/access/terms?origin={VIEWER}",
        base_url=BASE,
        headers={"Cookie": planted},
        data={"stamp": stamp, "action": "accept"},
    )
    assert answer.status_code == 403
    assert site.context.state.counts()["sessions"] == 0


@pytest.mark.parametrize(("policy", "action"), [("terms", "sign-in"), ("members", "accept"), ("staff", "accept")])
def test_th_14_a_policy_is_entered_by_its_own_ways_only(site: Site, policy: str, action: str):
    browser = site.browser()
    answer = browser.submit(policy, action=action, username="ann", password="secret")
    assert answer.status_code == 400
    assert browser.cookie is None
    assert site.context.state.counts()["sessions"] == 0


@pytest.mark.parametrize("action", ["", "no-such", "Continue", "accept"])
def test_th_02_a_viewer_is_let_in_by_the_button_and_nothing_else(browser: Browser, action: str):
    other = "https://other.example.com"
    browser.sign_in()
    assert browser.submit("members", other, action=action).status_code == 400
    assert browser.message(2, "members", other)["profile"] == "invalidOrigin"


def test_th_02_the_button_lets_nobody_in_who_is_not_let_in(browser: Browser):
    browser.sign_in(name="bob", password="hidden")
    answer = browser.submit("members", "https://other.example.com", action="continue")
    assert answer.status_code == 400
    browser.sign_in()
    assert browser.message(2, "members", "https://other.example.com")["profile"] == "invalidOrigin"


def test_th_34_head_signs_nobody_out(browser: Browser):
    browser.sign_in()
    answer = browser.client.head("/auth/logout", base_url=BASE, headers=_BY_A_CLICK)
    assert answer.status_code == 200
    assert "accessToken" in browser.message(2, "members")


@pytest.mark.parametrize("missing", sorted(_BY_A_CLICK))
def test_th_34_only_what_a_person_opened_signs_out(browser: Browser, missing: str):
    browser.sign_in()
    headers = {name: value for name, value in _BY_A_CLICK.items() if name != missing}
    browser.get("/auth/logout", headers=headers)
    assert "accessToken" in browser.message(2, "members")
    browser.get("/auth/logout", headers=_BY_A_CLICK)
    assert "accessToken" not in browser.message(2, "members")


@pytest.mark.parametrize("path", ["/auth/logout", f"/auth/access/members?origin={VIEWER}"])
def test_th_105_no_form_is_longer_than_a_form(browser: Browser, path: str):
    assert browser.post(path, data={"stamp": "x" * 20_000}).status_code == 413


@pytest.mark.parametrize(
    ("header", "token"),
    [
        ("Bearer abc", "abc"),
        ("bearer  abc ", "abc"),
        ("Bearer abc def", None),
        ("Bearer abc, Bearer def", None),
        ("Bearer", None),
        ("Basic abc", None),
        ("xBearer abc", None),
        ("Bearer abc\x7f", None),
        ("Bearer " + "x" * 512, None),
    ],
)
def test_th_31_a_bearer_is_one_token_and_nothing_beside_it(site: Site, header: str, token: str | None):
    assert bearer_token(site.request(Authorization=header).environ) == token


@pytest.mark.parametrize(("value", "kept"), [("x" * 43, True), ("x" * 512, True), ("x" * 513, False), ("", False)])
def test_th_105_a_cookie_that_is_too_long_is_none(site: Site, value: str, kept: bool):
    assert session_cookie(site.request(Cookie=f"{COOKIE}={value}")) == (value if kept else None)


def test_th_72_what_depends_on_the_cookie_says_so(browser: Browser):
    browser.sign_in()
    for path in (
        f"/auth/token/1/members?origin={VIEWER}",
        f"/auth/token/1/members?origin={VIEWER}&messageId=7",
        f"/auth/token/2/members?origin={VIEWER}&messageId=7",
        f"/auth/access/members?origin={VIEWER}",
        "/auth/logout",
        f"/auth/status/members?origin={VIEWER}",
        "/auth/probe/members-1",
    ):
        answer = browser.get(path)
        if answer.status_code != 404:
            assert "Cookie" in answer.vary, path
            assert "no-store" in answer.headers["Cache-Control"], path


def test_th_29_a_session_that_is_over_gives_no_token_however_quick_the_asking(make_site: MakeSite):
    made = make_site()
    browser = made.browser()
    browser.sign_in()
    cookie = browser.cookie
    assert cookie
    sessions = made.context.sessions
    made.clock.move(made.context.settings.session_idle)
    assert sessions.issue_token(cookie, "members", 2, VIEWER) is None
    assert sessions.issue_token("x" * 43, "members", 2, VIEWER) is None


@pytest.mark.parametrize("version", [1, 2])
def test_th_22_who_was_just_let_in_and_sends_no_cookie_is_told_that_cookies_are_blocked(site: Site, version: int):
    browser = site.browser(headers={"User-Agent": "A browser"})
    browser.sign_in()
    site.clock.move(1)
    frame = site.browser(headers={"User-Agent": "A browser", "Sec-Fetch-Site": "cross-site"})
    message = frame.message(version, "members")
    assert message.get("profile", message.get("error")) in ("missingAspect", "missingCredentials")
    told = str(message.get("note", message.get("description")))
    assert "cookies" in told
    assert "just been let in" in told or "third-party" in told
    for other in (
        site.browser(headers={"User-Agent": "Another", "Sec-Fetch-Site": "cross-site"}),
        site.browser(headers=frame.headers, address="192.0.2.99"),
    ):
        plain = other.message(version, "members")
        assert "just been let in" not in str(plain)
