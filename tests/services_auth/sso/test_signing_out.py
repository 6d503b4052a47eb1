"""Signing out there ends what is here (TH-50), and signing out here leads there (TH-51)."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from auth.identity import Identity
from auth.oidc.peer import Peer
from tests.hostile_provider import signed
from tests.services_auth.conftest import BASE, Browser, hidden
from tests.services_auth.sso.conftest import MakeSso, Sso
from tests.services_auth.test_flows import break_store
from tests.tokens import by_token


def tell(sso: Sso, token: Any, name: str = "sso", **options: Any):
    """Return the answer to a logout token that the provider sends, without any cookie."""
    return sso.site.browser().post(f"/auth/backchannel/{name}", data={"logout_token": token}, **options)


@pytest.mark.parametrize(
    ("said", "gone"),
    [
        ({"sid": "one"}, ["one"]),
        ({"sub": None, "sid": "one"}, ["one"]),
        ({}, ["one", "two"]),
        ({"sub": "bob"}, ["three"]),
        ({"sub": "bob", "sid": "one"}, []),
        ({"sub": "nobody"}, []),
        ({"sub": None, "sid": "nothing"}, []),
    ],
    ids=str,
)
def test_th_50_the_sessions_that_the_provider_means_end(sso: Sso, said: dict[str, Any], gone: list[str]):
    browsers = {name: sso.site.browser() for name in ("one", "two", "three")}
    tokens = {}
    for sid, browser in browsers.items():
        sso.sign_in(browser, sid=sid, sub="bob" if sid == "three" else "ann")
        tokens[sid] = browser.token(2, "elsewhere")
    local = sso.site.browser()
    local.sign_in()
    answer = tell(sso, signed(sso.provider.farewell(**said)))
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    alive = {sid for sid, browser in browsers.items() if "accessToken" in browser.message(2, "elsewhere")}
    assert alive == set(browsers) - set(gone)
    sessions = sso.site.context.sessions
    held = {sid for sid, token in tokens.items() if by_token(sessions, token, "elsewhere", 2).session}
    assert held == alive
    assert "accessToken" in local.message(2, "members")


def test_th_50_a_word_is_obeyed_once(sso: Sso, browser: Browser):
    sso.sign_in(browser)
    token = signed(sso.provider.farewell())
    assert tell(sso, token).status_code == 200
    assert browser.message(2, "elsewhere").get("accessToken") is None
    sso.site.clock.move(1)
    sso.sign_in(browser)
    assert tell(sso, token).status_code == 200
    assert "accessToken" in browser.message(2, "elsewhere")


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ({"sid": "there"}, 403),
        ({"sub": None, "sid": "there"}, 403),
        ({}, 403),
        ({"sub": "bob"}, 200),
        ({"sub": None, "sid": "elsewhere"}, 200),
        ({"sub": "bob", "sid": "there"}, 200),
    ],
    ids=str,
)
def test_th_50_a_session_that_ends_there_while_a_reader_comes_back_never_opens(
    sso: Sso, browser: Browser, said: dict[str, Any], status: int
):
    sso.sign_in(browser, sub="somebody", sid="before", groups=["nobody"])
    sent, identify = sso.pending(browser), Peer.identify
    sso.site.clock.move(1)

    def ended_meanwhile(peer: Peer, **options: Any) -> Identity:
        who = identify(peer, **options)
        assert tell(sso, signed(sso.provider.farewell(**said))).status_code == 200
        return who

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Peer, "identify", ended_meanwhile)
        assert sso.come_back(browser, sent).status_code == status
    found = sso.site.context.sessions.find(browser.cookie)
    assert found is not None
    assert found.user == ("ann" if status == 200 else "somebody")
    sso.site.clock.move(1)
    assert sso.sign_in(sso.site.browser()).status_code == 200  # who signs in there anew is let in here


def test_th_50_what_was_obeyed_is_forgotten_when_it_can_come_no_more(sso: Sso):
    tell(sso, signed(sso.provider.farewell()))
    sso.site.clock.move(3600)
    tell(sso, signed(sso.provider.farewell(jti="2")))
    assert sso.site.context.state.counts()["seen_logout_tokens"] == 2  # the token, and whom it was about


def test_th_50_hostile_logout_tokens_are_400_and_end_nothing(sso: Sso, browser: Browser):
    sso.sign_in(browser)
    good = signed(sso.provider.farewell())
    hostile = [
        "",
        "x",
        good[:-4],
        signed(sso.provider.claims()),
        signed(sso.provider.farewell(nonce="n")),
        signed(sso.provider.farewell(iss=sso.other.issuer)),
        signed(sso.provider.farewell(aud="other")),
        signed(sso.provider.farewell(events={})),
        "x" * 20_000,
    ]
    for token in hostile:
        answer = tell(sso, token)
        assert (answer.status_code, answer.headers["Cache-Control"]) == (400, "no-store"), token[:60]
    assert tell(sso, [good, good]).status_code == 400
    assert sso.site.browser().post("/auth/backchannel/sso", query_string={"logout_token": good}).status_code == 400
    assert "accessToken" in browser.message(2, "elsewhere")


def test_th_50_only_post_and_only_the_provider_itself(sso: Sso, browser: Browser):
    sso.sign_in(browser)
    token = signed(sso.provider.farewell())
    assert browser.get("/auth/backchannel/sso", query_string={"logout_token": token}).status_code == 405
    assert tell(sso, token, name="other").status_code in (400, 503)
    assert tell(sso, token, name="nobody").status_code == 404
    assert "accessToken" in browser.message(2, "elsewhere")


def test_th_105_a_form_that_is_too_long_is_not_read(sso: Sso):
    assert tell(sso, "x" * 100_000).status_code == 413


def test_th_97_nothing_is_said_to_be_obeyed_with_the_store_down(sso: Sso):
    token = signed(sso.provider.farewell())
    break_store(sso.site)
    assert tell(sso, token).status_code == 503


def test_th_51_signing_out_here_leads_to_the_provider_and_back(make_sso: MakeSso):
    sso = make_sso(logout=True)
    browser = sso.site.browser()
    sso.sign_in(browser)
    id_token = sso.provider.id_token
    answer = browser.post("/auth/logout", data={"stamp": hidden(browser.get("/auth/logout"), "stamp")})
    assert answer.status_code == 303
    place, _, query = answer.headers["Location"].partition("?")
    sent = {name: values[0] for name, values in parse_qs(query).items()}
    assert place == f"{sso.provider.issuer}/end"
    assert sent["id_token_hint"] == id_token
    assert sent["post_logout_redirect_uri"] == f"{BASE}/auth/logout/done/sso"
    assert sent["client_id"] == "lectern"
    assert browser.cookie is None
    assert answer.headers["Clear-Site-Data"] == '"cache"'
    assert "accessToken" not in browser.message(2, "elsewhere")
    back = urlsplit(sent["post_logout_redirect_uri"]).path
    assert "window.close()" in browser.get(back, query_string={"state": sent["state"]}).text
    for wrong in ({}, {"state": "x"}, {"state": [sent["state"]] * 2}):
        assert browser.get(back, query_string=wrong).status_code == 400
    assert sso.site.browser().get(back, query_string={"state": sent["state"]}).status_code == 400
    assert browser.get("/auth/logout/done/other", query_string={"state": sent["state"]}).status_code == 400


def test_th_51_a_window_that_a_click_opened_leads_there_at_once(make_sso: MakeSso):
    sso = make_sso(logout=True)
    browser = sso.site.browser()
    sso.sign_in(browser)
    click = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document", "Sec-Fetch-User": "?1"}
    assert browser.get("/auth/logout", headers=click).status_code == 303
    assert browser.get("/auth/logout", headers=click).status_code == 200


@pytest.mark.parametrize("changed", [{"logout": False}, {"logout": True}])
def test_th_51_a_provider_that_is_down_or_has_no_such_page_keeps_nobody(make_sso: MakeSso, changed: dict[str, Any]):
    sso = make_sso(**changed)
    browser = sso.site.browser()
    sso.provider.metadata.pop("end_session_endpoint")
    sso.sign_in(browser)
    sso.site.clock.move(60)
    answer = browser.post("/auth/logout", data={"stamp": hidden(browser.get("/auth/logout"), "stamp")})
    assert answer.status_code == 200
    assert "signed out" in answer.text
    assert browser.cookie is None


def test_th_51_with_the_provider_down_a_reader_is_signed_out_here(make_sso: MakeSso):
    sso = make_sso(logout=True)
    browser = sso.site.browser()
    sso.sign_in(browser)
    sso.site.clock.move(1100)
    browser.message(2, "elsewhere")
    sso.site.clock.move(1100)
    browser.message(2, "elsewhere")
    sso.site.clock.move(1100)
    browser.message(2, "elsewhere")
    sso.site.clock.move(1000)
    sso.provider.answers["/.well-known/openid-configuration"] = lambda: (503, {}, b"")
    answer = browser.post("/auth/logout", data={"stamp": hidden(browser.get("/auth/logout"), "stamp")})
    assert answer.status_code == 200
    assert browser.cookie is None
