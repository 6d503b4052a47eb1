"""The operator's page under attack: forged forms, planted cookies, other hosts and methods, floods (TH-107)."""

import pytest
from flask.testing import FlaskClient

from auth.identity import Identity
from auth.throttle import REVOKINGS_PER_NETWORK
from services.auth.stamps import Stamps
from services.credentials import COOKIE
from services.operators import OPERATORS
from tests.services_admin.conftest import add_operator
from tests.services_auth.conftest import BASE, Browser, MakeSite, Site, hidden

END = "/admin/sessions/end"
ALL = {"user": "ann", "provider": "local"}


def stamp_of(browser: Browser) -> str:
    return hidden(browser.get("/admin/sessions"), "stamp")


def readers(site: Site) -> int:
    return site.context.sessions.count_open(user="ann")


@pytest.fixture(autouse=True)
def reader(site: Site) -> Browser:
    """Return a browser of somebody whose session an attacker wants to end."""
    browser = site.browser()
    browser.sign_in()
    return browser


def test_th_13_th_107_a_form_without_our_stamp_ends_nothing(site: Site, operator: Browser):
    for stamp in ("", "x", stamp_of(operator) + "x", stamp_of(operator)[:-1], "e30.e30.e30"):
        answer = operator.post(END, data=ALL | {"stamp": stamp})
        assert answer.status_code == 403
        assert "Nothing was ended" in answer.text
    assert readers(site) == 1


def test_th_13_a_stamp_of_another_purpose_browser_or_session_ends_nothing(site: Site, operator: Browser):
    other = site.browser()
    other.sign_in(OPERATORS, "olga", origin=BASE)
    stamps = Stamps(site.context.home)
    with site.app.test_request_context():
        forged = stamps.make("logout", stamps.browser())
    logout = hidden(operator.get("/auth/logout"), "stamp")
    access = hidden(site.browser().access(OPERATORS, BASE), "stamp")
    for stamp in (forged, logout, access, stamp_of(other)):
        assert operator.post(END, data=ALL | {"stamp": stamp}).status_code == 403
    before = stamp_of(operator)
    cookie = site.context.sessions.sign_in(Identity("olga", ("lectern-admin",)), BASE)
    operator.client.set_cookie(COOKIE, cookie, domain="books.example.org", secure=True)
    assert operator.post(END, data=ALL | {"stamp": before}).status_code == 403
    assert readers(site) == 1


@pytest.mark.parametrize("said", ["cross-site", "same-site"])
def test_th_13_a_form_that_another_site_sends_ends_nothing_even_with_a_good_stamp(
    site: Site, operator: Browser, said: str
):
    answer = operator.post(END, data=ALL | {"stamp": stamp_of(operator)}, headers={"Sec-Fetch-Site": said})
    assert answer.status_code == 403
    assert readers(site) == 1


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_th_65_th_107_no_other_method_ends_a_session(site: Site, operator: Browser, method: str):
    stamp = stamp_of(operator)
    answer = operator.client.open(END, method=method, base_url=BASE, query_string=ALL | {"stamp": stamp})
    assert answer.status_code in {200, 405}
    assert readers(site) == 1


def test_th_107_neither_a_reader_nor_a_stranger_ends_a_session(site: Site, operator: Browser, reader: Browser):
    stamp = stamp_of(operator)
    for browser in (reader, site.browser()):
        assert browser.post(END, data=ALL | {"stamp": stamp}).status_code == 403
    assert readers(site) == 1


def test_th_27_th_31_neither_a_doubled_cookie_nor_a_token_nor_the_query_lets_in(site: Site, operator: Browser):
    cookie = operator.cookie
    assert cookie
    bare: FlaskClient = site.app.test_client(use_cookies=False)
    good = {"Cookie": f"{COOKIE}={cookie}"}
    assert bare.get("/admin", base_url=BASE, headers=good).status_code == 200
    for headers, query in (
        ({"Cookie": f"{COOKIE}=planted; {COOKIE}={cookie}"}, ""),
        ({"Authorization": f"Bearer {cookie}"}, ""),
        ({}, f"?{COOKIE}={cookie}"),
        ({"Cookie": f"lectern-session={cookie}"}, ""),
    ):
        assert bare.get(f"/admin{query}", base_url=BASE, headers=headers).status_code == 303


@pytest.mark.parametrize(
    "path",
    [
        "/admin/",
        "/admin/sessions/",
        "/admin//sessions",
        "/admin/../admin",
        "/%61dmin",
        "/admin/objects/%2e%2e",
    ],
)
def test_th_68_no_spelling_of_an_address_leads_around_the_door(site: Site, path: str):
    answer = site.browser().get(path)
    assert answer.status_code in {303, 404}
    assert "Overview" not in answer.text


def test_th_107_every_route_of_the_page_is_behind_the_door(site: Site):
    rules = [rule for rule in site.app.url_map.iter_rules() if rule.rule.startswith("/admin")]
    assert len(rules) >= 9
    for rule in rules:
        path = rule.rule.replace("<object_id>", "open")
        for method in rule.methods or ():
            answer = site.app.test_client().open(path, method=method, base_url=BASE)
            assert answer.status_code in {303, 403}, (path, method)


def test_th_12_a_sign_in_leads_to_our_own_page_whatever_the_request_says(site: Site):
    browser = site.browser()
    for key in ("next", "target", "url"):
        answer = browser.get(f"/admin?{key}=https://evil.example", headers={"X-Forwarded-Host": "evil.example"})
        assert answer.location.startswith(f"{BASE}/auth/access/~operators?origin=https%3A%2F%2Fbooks.example.org")
        assert "evil" not in answer.location


def test_th_105_a_form_that_no_person_filled_in_is_refused(operator: Browser):
    assert operator.post(END, data={"stamp": "x" * 20_000}).status_code == 413


def test_th_71_ends_of_sessions_are_limited(site: Site, operator: Browser, monkeypatch: pytest.MonkeyPatch):
    for _ in range(REVOKINGS_PER_NETWORK):
        site.context.throttle.begin_revoking(None)
    monkeypatch.setattr("services.gate.Gate.address", lambda *_, **__: None)
    answer = operator.post(END, data=ALL | {"stamp": stamp_of(operator)})
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0
    assert readers(site) == 1


def test_th_16_guesses_at_an_operators_password_are_limited_as_any(site: Site):
    answers = [site.browser().sign_in(OPERATORS, "olga", str(n), origin=BASE).status_code for n in range(11)]
    assert answers[-1] == 429


def test_th_38_th_95_a_policy_of_the_file_cannot_take_the_pages_place(make_site: MakeSite):
    site = make_site()
    add_operator(site.context.state)
    (site.context.home.policies_file).write_text('[policies."~operators"]\nallow = "everyone"\n')
    assert site.browser().get("/admin").status_code in {303, 500}
