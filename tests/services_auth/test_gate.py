"""The gate: whose request it is, from where, and what is said when nobody can know (TH-97)."""

from datetime import timedelta

import pytest
from flask import Request

from auth.capability import make_capability
from auth.decision import STRANGER, Reason, Verdict
from lectern.clock import seconds
from lectern.errors import StoreUnavailable
from lectern.ids import CAPABILITY_LENGTH, ImageId
from lectern.keys import CAPABILITY_KEY
from lectern.state import State
from lectern.state_sessions import SessionRow, SessionStore
from services.asker import Shown
from services.caching import cache_headers, public_headers, tier_cache_headers
from services.credentials import COOKIE, parse_address
from services.gate import Gate
from tests.services_auth.conftest import Browser, MakeSite, Site


@pytest.fixture
def gate(site: Site) -> Gate:
    return Gate(site.context)


@pytest.fixture
def cookie(browser: Browser) -> str:
    browser.sign_in()
    assert browser.cookie
    return browser.cookie


def verdict_of(site: Site, request: Request, name: str, token_version: int | None = None) -> Verdict:
    asker = Gate(site.context).asker(request, token_version)
    return asker.verdict(asker.rules(site.row(name)))


def stranger_of(site: Site, name: str) -> Verdict:
    asker = Gate(site.context).asker(site.request())
    return asker.stranger(asker.rules(site.row(name)))


def test_a_cookie_opens_what_its_user_may_see(site: Site, gate: Gate, cookie: str):
    request = site.request(Cookie=f"{COOKIE}={cookie}")
    assert gate.asker(request).reader.user == "ann"
    assert verdict_of(site, request, "members").allowed
    assert verdict_of(site, request, "staff").reason is Reason.ROLE_MISSING
    assert not verdict_of(site, site.request(), "members").allowed


def test_th_95_an_object_under_a_policy_that_there_is_not_is_closed(site: Site, gate: Gate, cookie: str):
    verdict = verdict_of(site, site.request(Cookie=f"{COOKIE}={cookie}"), "typo")
    assert (verdict.reason, verdict.search, verdict.manifest, verdict.tier) == (Reason.CLOSED, "none", "hidden", None)


def test_th_27_one_of_two_cookies_is_not_picked_by_luck(site: Site, gate: Gate, cookie: str, capfd):
    for header in (f"{COOKIE}={cookie}; {COOKIE}={cookie}", f"{COOKIE}=x; a=b; {COOKIE}={cookie}"):
        request = site.request(Cookie=header)
        assert gate.asker(request).reader == STRANGER
        assert not verdict_of(site, request, "members").allowed
    assert "duplicate" in "".join(capfd.readouterr())


@pytest.mark.parametrize("header", ["", "x" * 9000, "\x01", '"quoted"', "a=b"])
def test_an_odd_cookie_is_a_stranger(site: Site, gate: Gate, header: str):
    assert gate.asker(site.request(Cookie=f"{COOKIE}={header}")).reader == STRANGER


def test_th_31_a_token_counts_for_descriptions_only(site: Site, gate: Gate, browser: Browser):
    browser.sign_in()
    token = browser.token(1, "members")
    request = site.request(Authorization=f"Bearer {token}")
    assert verdict_of(site, request, "members", 1).allowed
    assert not verdict_of(site, request, "members", 2).allowed
    assert not verdict_of(site, request, "members").allowed
    assert not verdict_of(site, site.request(Cookie=f"{COOKIE}={token}"), "members").allowed


def test_th_31_a_cookie_is_no_bearer(site: Site, gate: Gate, cookie: str):
    request = site.request(Authorization=f"Bearer {cookie}")
    assert not verdict_of(site, request, "members", 1).allowed


@pytest.mark.parametrize("header", ["Bearer", "Bearer ", "Bearer a b", "Basic eDp5", "Token x", "Bearer " + "x" * 9999])
def test_an_authorization_that_is_no_bearer_is_nothing(site: Site, gate: Gate, header: str):
    verdict = verdict_of(site, site.request(Authorization=header), "members", 1)
    assert verdict.reason is Reason.SIGN_IN


def test_a_cookie_is_enough_where_a_token_would_be(site: Site, gate: Gate, cookie: str):
    request = site.request(Cookie=f"{COOKIE}={cookie}", Authorization="Bearer undefined")
    assert verdict_of(site, request, "members", 1).allowed


@pytest.mark.parametrize(
    ("proxies", "peer", "forwarded", "seen"),
    [
        (0, "192.0.2.7", None, "192.0.2.7"),
        (0, "192.0.2.7", "10.1.2.3", "192.0.2.7"),
        (1, "172.17.0.1", "10.1.2.3", "10.1.2.3"),
        (1, "172.17.0.1", "10.1.2.3, 192.0.2.7", "192.0.2.7"),
        (1, "172.17.0.1", "10.1.2.3, 192.0.2.7:5123", "192.0.2.7"),
        (1, "172.17.0.1", "[2001:db8::1]:5123", "2001:db8::1"),
        (2, "172.17.0.1", "10.1.2.3, 192.0.2.7, 172.17.0.2", "192.0.2.7"),
        (2, "172.17.0.1", "192.0.2.7", None),
        (1, "172.17.0.1", None, None),
        (1, "172.17.0.1", "", None),
        (1, "172.17.0.1", "10.1.2.3,", None),
        (1, "172.17.0.1", "unknown", None),
        (0, "", None, None),
    ],
)
def test_th_53_the_address_is_what_the_stated_proxies_saw(make_site: MakeSite, proxies, peer, forwarded, seen):
    site = make_site(trusted_proxies=proxies)
    headers = {} if forwarded is None else {"X_Forwarded_For": forwarded}
    found = Gate(site.context).address(site.request(address=peer, **headers))
    assert (str(found) if found else None) == seen


@pytest.mark.parametrize("name", ["X_Forwarded_For", "X_Real_IP", "Forwarded", "Client_IP", "True_Client_IP"])
def test_th_53_by_default_no_header_changes_the_address(site: Site, gate: Gate, name: str):
    request = site.request(**{name: "10.1.2.3"})
    assert not verdict_of(site, request, "room").allowed


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("::ffff:10.1.2.3", "10.1.2.3"),
        ("fe80::1%eth0", "fe80::1"),
        ("2001:DB8::1", "2001:db8::1"),
        ("010.1.2.3", None),
        ("167838211", None),
        ("0x0a.1.2.3", None),
        ("10.1.2", None),
        ("10.1.2.3:99999999", None),
        ("", None),
        (" ", None),
    ],
)
def test_th_54_forms_of_addresses(text: str, address: str | None):
    found = parse_address(text)
    assert (str(found) if found else None) == address


def test_th_97_what_is_open_never_looks_at_the_store(site: Site, gate: Gate, cookie: str, monkeypatch):
    def fail(*_: object, **_options: object) -> None:
        raise AssertionError("the store was asked")

    for kept, name in ((SessionStore, "get"), (SessionStore, "token"), (State, "check")):
        monkeypatch.setattr(kept, name, fail)
    request = site.request(Cookie=f"{COOKIE}={cookie}", Authorization="Bearer x")
    for name in ("open", "lifted"):
        assert verdict_of(site, request, name).allowed
        assert verdict_of(site, request, name, 1).allowed
    inside = site.request(address="10.1.2.3", Cookie=f"{COOKIE}={cookie}")
    assert verdict_of(site, inside, "room").allowed


@pytest.mark.parametrize("with_cookie", [True, False])
def test_th_97_with_the_store_down_what_is_restricted_is_unavailable(site: Site, gate: Gate, cookie: str, with_cookie):
    site.context.state.close()
    site.context.home.state_file.unlink()
    site.context.home.state_file.write_bytes(b"no database" * 500)
    request = site.request(Cookie=f"{COOKIE}={cookie}") if with_cookie else site.request()
    for version in (None, 1):
        assert verdict_of(site, request, "open", version).allowed
        with pytest.raises(StoreUnavailable):
            verdict_of(site, request, "members", version)


def test_what_one_request_is_told_is_of_one_instant_and_one_look_at_who_asks(
    site: Site, gate: Gate, cookie: str, monkeypatch: pytest.MonkeyPatch
):
    looked: list[str] = []
    get = SessionStore.get

    def look(store: SessionStore, digest: str, **how: bool) -> SessionRow | None:
        looked.append(digest)
        return get(store, digest, **how)

    monkeypatch.setattr(SessionStore, "get", look)
    asker = gate.asker(site.request(Cookie=f"{COOKIE}={cookie}"))
    before = {name: asker.verdict(asker.rules(site.row(name))) for name in ("members", "staff", "terms", "embargo")}
    assert len(looked) == 1
    site.clock.move(10**8)
    assert {name: asker.verdict(asker.rules(site.row(name))) for name in before} == before
    assert len(looked) == 1


def test_th_70_with_a_capability_in_its_url_neither_cookie_nor_token_counts(site: Site, gate: Gate, browser: Browser):
    browser.sign_in()
    token = browser.token(1, "members")
    shown = Shown(ImageId("members", 1), "x" * CAPABILITY_LENGTH)
    request = site.request(Cookie=f"{COOKIE}={browser.cookie}", Authorization=f"Bearer {token}")
    asker = gate.asker(request, 1, shown)
    rules = asker.rules(site.row("members"))
    assert not asker.verdict(rules).allowed
    assert asker.owed_to(rules) is None
    assert asker.without_capability().verdict(rules).allowed


def test_th_71_tiles_are_counted_for_one_session_by_cookie_or_capability(site: Site, gate: Gate, cookie: str):
    image, session = ImageId("members", 1), site.context.sessions.find(cookie)
    assert session is not None
    ends = seconds(site.clock()) + 60
    good = make_capability(site.context.home.keys(CAPABILITY_KEY), image, session.digest, ends)
    assert gate.asker(site.request(Cookie=f"{COOKIE}={cookie}")).payer == session.digest
    for headers in ({}, {"Cookie": f"{COOKIE}=another"}):
        assert gate.asker(site.request(**headers), None, Shown(image, good)).payer == session.digest
    assert gate.asker(site.request(), None, Shown(image, "nonsense")).payer == "nonsense"
    assert gate.asker(site.request()).payer is None


def test_th_72_to_74_only_what_everybody_gets_is_public(site: Site, gate: Gate):
    assert cache_headers(stranger_of(site, "open"), site.clock(), max_age=60) == {"Cache-Control": "public, max-age=60"}
    for name in ("members", "terms", "room", "secret", "typo", "embargo"):
        headers = cache_headers(stranger_of(site, name), site.clock(), max_age=60)
        assert headers == {"Cache-Control": "private, no-store", "Vary": "Cookie, Authorization"}


def test_th_73_who_is_signed_in_gets_the_same_headers_for_what_is_open(site: Site, gate: Gate, cookie: str):
    asker = gate.asker(site.request(Cookie=f"{COOKIE}={cookie}"))
    headers = cache_headers(asker.stranger(asker.rules(site.row("open"))), asker.now, max_age=60)
    assert headers == {"Cache-Control": "public, max-age=60"}


def test_th_74_no_cache_keeps_a_thing_past_the_date_that_closes_it(site: Site):
    now = site.clock()
    verdict = Verdict(True, "full", "full", "full", Reason.DATE, "", now + timedelta(seconds=90), public=True)
    assert public_headers(verdict.valid_until, now, max_age=3600) == {"Cache-Control": "public, max-age=90"}
    assert public_headers(verdict.valid_until, now, max_age=60) == {"Cache-Control": "public, max-age=60"}


def test_the_reduced_version_is_everybody_s_and_the_full_one_is_not(site: Site):
    stranger, now = stranger_of(site, "members"), site.clock()
    policy = site.context.policies.current().get("members")
    assert tier_cache_headers(policy, stranger, "degraded", now, max_age=60)["Cache-Control"].startswith("public")
    for tier in (None, "other"):
        assert tier_cache_headers(policy, stranger, tier, now, max_age=60)["Cache-Control"] == "private, no-store"
