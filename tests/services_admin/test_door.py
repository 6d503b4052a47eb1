"""Who is let in to the operator's page, who is not, and what everybody is told (TH-107)."""

import json

import pytest

from auth.identity import Identity
from lectern.settings import Settings
from services.credentials import COOKIE
from services.operators import OPERATORS
from tests.services_admin.conftest import ROLE, add_operator
from tests.services_auth.conftest import BASE, VIEWER, Browser, MakeSite, Site, hidden

PAGES = ("", "/objects", "/objects/open", "/objects/none", "/ingest", "/policies?resource=open", "/sessions", "/check")
SIGN_IN = f"{BASE}/auth/access/~operators?origin=https%3A%2F%2Fbooks.example.org"


def signed_in(site: Site, *roles: str, user: str = "eve", provider: str = "sso") -> Browser:
    """Return a browser with a session as another way in would have opened it."""
    browser = site.browser()
    cookie = site.context.sessions.sign_in(Identity(user, roles, provider), BASE)
    browser.client.set_cookie(COOKIE, cookie, domain="books.example.org", secure=True)
    return browser


def lines(site: Site) -> list[dict[str, str]]:
    """Return the lines of the audit log."""
    file = site.context.home.path / "audit.jsonl"
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


@pytest.mark.parametrize("path", PAGES)
def test_th_107_whoever_lacks_the_role_is_led_to_the_form_and_told_nothing_else(site: Site, path: str):
    reader = site.browser()
    reader.sign_in()
    answers = [site.browser().get(f"/admin{path}"), reader.get(f"/admin{path}")]
    for answer in answers:
        assert (answer.status_code, answer.location, answer.text) == (303, SIGN_IN, "")


@pytest.mark.parametrize("path", PAGES)
def test_an_operator_sees_every_page_and_a_missing_object_is_not_there(operator: Browser, path: str):
    assert operator.get(f"/admin{path}").status_code == (404 if path == "/objects/none" else 200)


def test_signing_in_on_the_form_leads_to_the_page_and_a_wrong_role_does_not(site: Site):
    wrong = site.browser().sign_in(OPERATORS, "ann", origin=BASE)
    assert wrong.status_code == 200
    assert wrong.location is None
    right = site.browser().sign_in(OPERATORS, "olga", origin=BASE)
    assert (right.status_code, right.location) == (303, f"{BASE}/admin")


def test_a_role_from_a_provider_of_the_settings_counts_and_one_of_an_access_code_does_not(make_site: MakeSite):
    provider = {"issuer": "http://127.0.0.1:9", "client_id": "lectern", "client_secret": "x" * 32}
    site = make_site(providers={"sso": provider})
    assert signed_in(site, ROLE).get("/admin").status_code == 200
    assert signed_in(site, ROLE, provider="gone").get("/admin").status_code == 303
    assert signed_in(site, ROLE, provider="codes", user="a code").get("/admin").status_code == 303


def test_without_the_setting_there_is_no_page_and_no_form(make_site: MakeSite):
    site = make_site(admin_role="")
    assert signed_in(site, "", provider="local").get("/admin").status_code == 404
    assert site.browser().access(OPERATORS, BASE).status_code == 404


def test_another_role_of_the_settings_opens_it_and_the_usual_one_does_not(make_site: MakeSite):
    site = make_site(admin_role="keeper")
    add_operator(site.context.state)
    assert site.browser().sign_in(OPERATORS, "olga", origin=BASE).location is None
    assert signed_in(site, "keeper", provider="local").get("/admin").status_code == 200


@pytest.mark.parametrize("role", ["two words", '"]\nallow = "everyone', "ä"])
def test_a_role_that_is_none_is_refused_in_the_settings(role: str):
    with pytest.raises(ValueError, match="must be a role"):
        Settings(admin_role=role)


def test_no_viewer_of_another_origin_is_let_into_an_operators_session(site: Site, operator: Browser):
    assert operator.access(OPERATORS, VIEWER).status_code == 404
    assert site.context.sessions.open(user="olga")[0].viewers == (BASE,)


def test_th_29_the_page_closes_some_hours_after_signing_in_and_a_new_sign_in_opens_it(
    make_site: MakeSite, site: Site, operator: Browser
):
    for _ in range(13):
        site.clock.move(1100)
        last = operator.get("/admin")
    assert last.status_code == 200
    site.clock.move(200)
    assert operator.get("/admin").location == SIGN_IN
    assert "password" in operator.access(OPERATORS, BASE).text
    assert operator.sign_in(OPERATORS, "olga", origin=BASE).location == f"{BASE}/admin"
    assert operator.get("/admin").status_code == 200


def test_what_a_page_asks_by_itself_keeps_no_session_alive(site: Site, operator: Browser):
    for _ in range(4):
        site.clock.move(290)
        assert operator.get("/admin/ingest/now").status_code == 200
    site.clock.move(60)
    assert operator.get("/admin/ingest/now").status_code == 403
    assert operator.get("/admin").location == SIGN_IN


def test_a_role_that_is_taken_away_closes_the_page_at_once(site: Site, operator: Browser):
    site.context.accounts.change_roles("olga", [])
    assert operator.get("/admin").location == SIGN_IN


def test_th_97_with_the_store_down_nobody_is_let_in(site: Site, operator: Browser, monkeypatch: pytest.MonkeyPatch):
    site.context.state.close()
    site.context.home.state_file.write_bytes(b"no database at all" * 100)
    assert operator.get("/admin").status_code == 503
    assert site.browser().get("/admin").status_code == 503


def test_a_refusal_is_in_the_audit_log_with_the_reason_and_no_name(make_site: MakeSite):
    site = make_site(audit_file="audit.jsonl")
    signed_in(site, "member", user="ann", provider="local").get("/admin/objects")
    site.browser().get("/admin/objects")
    told = lines(site)
    assert [(line["event"], line["outcome"], line["reason"]) for line in told] == [
        ("operator", "refused", "role missing")
    ]
    assert "ann" not in str(told)


def test_th_24_th_72_no_answer_is_kept_or_framed_and_nothing_of_elsewhere_is_loaded(site: Site, operator: Browser):
    asked = [operator.get(f"/admin{path}") for path in PAGES] + [site.browser().get("/admin")]
    asked += [operator.post("/admin/sessions/end"), operator.get("/admin/ingest/now")]
    for answer in asked:
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Frame-Options"] == "DENY"
        policy = answer.headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in policy
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "http" not in policy


def test_the_form_says_who_is_signed_in_and_may_not(site: Site):
    reader = site.browser()
    reader.sign_in()
    assert "ann" in reader.get(reader.get("/admin").location.removeprefix(BASE)).text


def test_th_15_a_sign_in_for_the_page_opens_a_new_session(site: Site):
    reader = site.browser()
    reader.sign_in()
    before = reader.cookie
    reader.sign_in(OPERATORS, "olga", origin=BASE)
    assert reader.cookie != before
    stamp = hidden(reader.get("/admin/sessions"), "stamp")
    assert stamp
