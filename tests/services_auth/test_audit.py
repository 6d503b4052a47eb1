"""The audit log of a whole visit: every grant and refusal is there, and no secret is in any log (TH-103)."""

import json
from pathlib import Path

import pytest

from auth.accounts import Accounts
from auth.audit import who_of
from lectern.keys import AUDIT_KEY
from services.auth.stamps import FORM_COOKIE
from tests.services_auth.conftest import BASE, SECRET, VIEWER, Browser, MakeSite, Site, hidden

TILE = "0,0,512,512/256,/0/default.jpg"


@pytest.fixture
def told(make_site: MakeSite) -> tuple[Site, Path]:
    """Return a site whose audit log has a file of its own, and that file."""
    site = make_site(audit_file="audit.jsonl")
    return site, site.context.home.path / "audit.jsonl"


def lines(file: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in file.read_text().splitlines()]


def verify(browser: Browser, uri: str, secret: str = SECRET) -> int:
    return browser.get("/auth/verify", headers={"X-Original-URI": uri, "X-Lectern-Secret": secret}).status_code


def visit(site: Site) -> set[str]:
    """Go through all that the log should know of; returns every secret value that was used."""
    browser = site.browser()
    stamp = hidden(browser.access("members"), "stamp")
    browser.sign_in(name="nobody", password="wrong-password")
    browser.sign_in(password="wrong-password")
    browser.sign_in(name="bob", password="hidden")
    browser.sign_in()
    first = browser.cookie
    tokens = {browser.token(version, "members") for version in (1, 2)}
    browser.message(1, "staff")
    browser.message(2, "members", "https://other.example.com", message_id="message-id-of-a-viewer")
    browser.accept()
    second = browser.cookie
    for token in tokens:
        browser.probe("members-1", token)
        browser.probe("staff-1", token)
    assert verify(browser, f"/iiif/2/members-1/{TILE}?token=secret-in-a-query") == 204
    assert verify(browser, f"/iiif/2/staff-1/{TILE}") == 403
    assert verify(browser, f"/iiif/2/members-1/../x/{TILE}") == 403
    assert verify(browser, f"/iiif/2/members-1/{TILE}", "not-the-secret") == 403
    browser.get("/auth/access/members?origin=https://evil.tld\\@x&code=a-code-in-a-query&state=a-state")
    browser.post(f"/auth/access/terms?origin={VIEWER}", data={"stamp": "forged-stamp", "action": "accept"})
    browser.post("/auth/logout", data={"stamp": "forged-stamp"})
    form = browser.client.get_cookie(FORM_COOKIE, domain="books.example.org")
    browser.get(
        "/auth/logout", headers={"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document", "Sec-Fetch-User": "?1"}
    )
    assert first
    assert second
    assert form
    keys = {file.read_bytes().hex() for file in (site.context.home.path / "keys").iterdir()}
    named = {"wrong-password", '"secret"', '"hidden"', "nobody", '"ann"', '"bob"', "message-id-of-a-viewer"}
    sent = {"not-the-secret", "secret-in-a-query", "a-code-in-a-query", "a-state", "forged-stamp", SECRET, stamp}
    return {first, second, form.value, *tokens, *keys, *named, *sent}


def test_th_103_every_grant_and_refusal_of_a_visit_has_a_line(told: tuple[Site, Path]):
    site, file = told
    visit(site)
    key = site.context.home.key(AUDIT_KEY)
    ann, bob, nobody = (who_of(key, "local", name) for name in ("ann", "bob", "nobody"))
    found = [(line["event"], line["outcome"], line.get("reason"), line.get("who")) for line in lines(file)]
    assert found == [
        ("sign-in", "refused", "wrong credentials", nobody),
        ("sign-in", "refused", "wrong credentials", ann),
        ("sign-in", "refused", "role missing", bob),
        ("sign-in", "granted", "role", ann),
        ("token", "granted", None, ann),
        ("token", "granted", None, ann),
        ("token", "refused", "invalidAspect", ann),
        ("token", "refused", "invalidOrigin", ann),
        ("terms", "granted", None, None),
        ("verify", "refused", "role missing", None),
        ("verify", "refused", "not understood", None),
        ("verify", "refused", "caller without the secret", None),
        ("viewer", "refused", "origin", None),
        ("sign-in", "refused", "form of elsewhere", None),
        ("logout", "refused", "form of elsewhere", None),
        ("logout", "granted", None, ann),
    ]
    for line in lines(file):
        assert line["request"]
        assert line["network"] == ("unknown" if line["event"] == "verify" else "private IPv4")  # no proxy said it
        if line["event"] in ("token", "sign-in", "terms"):
            assert line["policy"]
            assert line["origin"] in (VIEWER, "https://other.example.com")


@pytest.mark.usefixtures("json_logs")
def test_th_103_no_log_has_a_secret_that_was_used(told: tuple[Site, Path], capfd: pytest.CaptureFixture[str]):
    site, file = told
    secrets = visit(site)
    everything = "".join(capfd.readouterr()) + file.read_text()
    assert "sign-in" in everything
    assert '"request"' in everything
    assert [secret for secret in secrets if secret in everything] == []


def test_th_103_a_token_for_nobody_in_particular_names_nobody(told: tuple[Site, Path]):
    """Nobody is looked for where everybody is let in, and one who accepted terms has no name."""
    site, file = told
    stranger = site.browser()
    stranger.message(2, "members")
    stranger.accept()
    stranger.message(2, "terms")
    assert [line.get("who") for line in lines(file) if line["event"] == "token"] == [None, None]


def test_th_16_th_103_too_many_attempts_are_told_once_each(told: tuple[Site, Path]):
    site, file = told
    browser = site.browser()
    for _ in range(12):
        browser.sign_in(password="wrong")
    reasons = [line["reason"] for line in lines(file)]
    assert reasons == ["wrong credentials"] * 10 + ["too many attempts"] * 2


@pytest.mark.usefixtures("json_logs")
def test_th_103_a_request_with_line_breaks_makes_no_line_of_its_own(told: tuple[Site, Path], capfd):
    site, file = told
    browser = site.browser()
    browser.get('/auth/access/x%0d%0a{"event":"sign-in"}?origin=https://a.b%0d%0aSet-Cookie:x=1')
    browser.sign_in(name='ann\r\n{"event": "forged"}')
    browser.client.open("/auth/access/x%0A", base_url=BASE)
    assert len(lines(file)) == 3
    for text in capfd.readouterr().err.splitlines():
        assert json.loads(text)["event"] in ("request", "audit")


def test_policies_that_are_read_again_and_that_break_are_told(told: tuple[Site, Path], monkeypatch):
    site, file = told
    policies = site.context.policies
    policies.current()
    monkeypatch.setattr("auth.policy_book._LOOK_EVERY_SECONDS", -1)
    for text in ("[policies.x]\npatterns = ['login']\n", "[policies.x]\nserach = 1\n", None):
        if text is None:
            site.context.home.policies_file.unlink()
        else:
            site.context.home.policies_file.write_text(text)
        for _ in range(2):  # what is written where it lies is read when it has come to rest
            policies.current()
    assert [(line["event"], line["outcome"], line.get("reason")) for line in lines(file)] == [
        ("policies", "granted", None),
        ("policies", "refused", "broken file"),
        ("policies", "refused", "no such thing"),
    ]


def test_th_36_103_a_password_that_is_changed_while_it_is_looked_at_opens_nothing_and_nothing_else_is_logged(
    told: tuple[Site, Path], monkeypatch: pytest.MonkeyPatch
):
    site, file = told
    sessions = site.context.sessions
    sign_in, neighbour = sessions.sign_in, site.browser()
    neighbour.sign_in(name="bob", password="hidden")

    def changed_first(*arguments):
        Accounts(site.context.state).change_password("ann", "another password")
        return sign_in(*arguments)

    monkeypatch.setattr(sessions, "sign_in", changed_first)
    before = len(lines(file))
    browser = site.browser()
    answer = browser.sign_in()
    assert answer.status_code == 403
    assert browser.cookie is None
    assert [(line["event"], line["outcome"], line["reason"]) for line in lines(file)[before:]] == [
        ("sign-in", "refused", "wrong credentials")
    ]
    assert sessions.reader(neighbour.cookie).session
