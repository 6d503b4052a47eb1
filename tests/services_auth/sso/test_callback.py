"""Going to a provider and coming back: once, in the same browser, in time, with the right words (TH-39 to TH-49)."""

import re
from typing import Any

import pytest
from structlog.testing import capture_logs

from auth.throttle import PER_NETWORK
from lectern.digests import digest
from lectern.state_logins import LIFE, MOST_PER_BROWSER
from services.auth.callback import Callback
from services.credentials import COOKIE
from tests.hostile_provider import NONCE, signed
from tests.services_auth.conftest import BASE, Browser
from tests.services_auth.sso.conftest import MakeSso, Sso
from tests.services_auth.test_flows import break_store


def refused(response, status: int) -> None:
    """Assert that nobody was let in, in fixed words, in a window that can close."""
    assert response.status_code == status, response.text
    assert COOKIE not in response.headers.get("Set-Cookie", "")
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert response.headers["X-Frame-Options"] == "DENY"
    assert "window.close()" in response.text
    assert "Traceback" not in response.text


def test_a_reader_signs_in_at_a_provider_and_gets_a_token(sso: Sso, browser: Browser):
    response = sso.sign_in(browser)
    assert response.status_code == 200
    assert "You are signed in" in response.text
    assert "accessToken" in browser.message(2, "elsewhere")
    session = sso.site.context.sessions.find(browser.cookie)
    assert session is not None
    assert (session.user, session.roles, session.provider, session.name, session.sid) == (
        "ann",
        ("member",),
        "sso",
        "Ann Reader",
        "there",
    )


def test_a_policy_with_an_outside_provider_shows_its_button_alone(sso: Sso, browser: Browser):
    page = browser.access("elsewhere").text
    assert "Harbour ID" in page
    assert 'type="password"' not in page
    assert page.count("<form") == 1
    assert "Harbour ID" not in browser.access("members").text


def test_th_47_a_reader_without_the_role_is_signed_in_and_not_let_in(sso: Sso, browser: Browser):
    response = sso.sign_in(browser, groups=["nobody"])
    assert response.status_code == 200
    assert "Ann Reader" in response.text
    assert "accessToken" not in browser.message(2, "elsewhere")


def test_whom_the_provider_s_account_did_not_help_is_asked_there_for_another(sso: Sso, browser: Browser):
    assert "prompt" not in sso.pending(browser)
    sso.sign_in(browser, groups=["guests"])
    assert sso.pending(browser)["prompt"] == "login"


def test_th_36_readers_of_one_provider_are_nobody_to_the_policies_of_another(sso: Sso, browser: Browser):
    sso.sign_in(browser)
    assert "accessToken" not in browser.message(2, "other")
    assert "accessToken" not in browser.message(2, "members")


@pytest.mark.parametrize("state", [None, "", "x", "x" * 64, "x" * 5000])
def test_th_39_a_missing_or_wrong_state_is_refused(sso: Sso, browser: Browser, state: str | None):
    refused(sso.come_back(browser, sso.pending(browser), state=state), 400)


def test_th_39_a_doubled_state_is_refused(sso: Sso, browser: Browser):
    sent = sso.pending(browser)
    refused(browser.get(f"/auth/callback/sso?state={sent['state']}&state={sent['state']}&code=c"), 400)


def test_th_13_39_another_browser_is_refused_and_spoils_nothing(sso: Sso, browser: Browser):
    sent = sso.pending(browser)
    for other in (sso.site.browser(), sso.site.browser()):
        other.access("elsewhere")
        refused(sso.come_back(other, sent), 400)
        assert other.cookie is None
    assert sso.come_back(browser, sent).status_code == 200


def test_th_39_a_callback_is_good_once(sso: Sso, browser: Browser):
    sent = sso.pending(browser)
    assert sso.come_back(browser, sent).status_code == 200
    cookie = browser.cookie
    refused(sso.come_back(browser, sent), 400)
    assert browser.cookie == cookie


@pytest.mark.parametrize(("seconds", "status"), [(LIFE - 1, 200), (LIFE, 400)])
def test_th_39_a_sign_in_has_ten_minutes(sso: Sso, browser: Browser, seconds: int, status: int):
    sent = sso.pending(browser)
    sso.site.clock.move(seconds)
    assert sso.come_back(browser, sent).status_code == status


def test_th_39_a_sign_in_that_failed_is_over(sso: Sso, browser: Browser):
    sent = sso.pending(browser)
    refused(sso.come_back(browser, sent, {"nonce": "another"}), 403)
    refused(sso.come_back(browser, sent), 400)
    sent = sso.pending(browser)
    refused(sso.come_back(browser, sent, error="access_denied"), 403)
    refused(sso.come_back(browser, sent), 400)


def test_a_reader_who_says_no_there_is_no_wrong_credential_in_the_audit_log(sso: Sso, browser: Browser):
    with capture_logs() as logs:
        refused(sso.come_back(browser, sso.pending(browser), error="access_denied"), 403)
        refused(sso.come_back(browser, sso.pending(browser), {"nonce": "another"}), 403)
    told = [line["reason"] for line in logs if line["event"] == "audit"]
    assert told == ["provider says no", "wrong credentials"]


def test_th_38_a_browser_has_five_sign_ins_under_way_at_most(sso: Sso, browser: Browser):
    started = []
    for _ in range(MOST_PER_BROWSER + 2):
        started.append(sso.pending(browser))
        sso.site.clock.move(1)
    assert sso.site.context.state.counts()["logins"] == MOST_PER_BROWSER
    refused(sso.come_back(browser, started[0]), 400)
    assert sso.come_back(browser, started[2]).status_code == 200


def test_th_37_looking_at_the_page_makes_no_row(sso: Sso, browser: Browser):
    browser.access("elsewhere")
    browser.get("/auth/callback/sso?state=x&code=c")
    assert sso.site.context.state.counts()["logins"] == 0


@pytest.mark.parametrize("claims", [{"nonce": None}, {"nonce": NONCE}, {"aud": "other"}, {"sub": None}])
def test_th_41_42_what_the_id_token_lacks_lets_nobody_in(sso: Sso, browser: Browser, claims):
    refused(sso.come_back(browser, sso.pending(browser), claims), 403)
    assert browser.cookie is None


def test_th_41_an_id_token_of_another_sign_in_is_refused(sso: Sso, browser: Browser):
    first, second = sso.pending(browser), sso.pending(browser)
    refused(sso.come_back(browser, second, {"nonce": first["nonce"]}), 403)


def test_th_44_one_provider_cannot_answer_for_another(sso: Sso, browser: Browser):
    sent = sso.pending(browser, policy="other", name="other")
    refused(sso.come_back(browser, sent), 403)
    assert sso.provider.asked["/token"] == sso.other.asked["/token"] == 0


@pytest.mark.parametrize("iss", ["https://evil.example", ""])
def test_th_44_a_callback_that_names_another_issuer_is_refused(sso: Sso, browser: Browser, iss: str):
    refused(sso.come_back(browser, sso.pending(browser), iss=iss), 403)
    assert sso.provider.asked["/token"] == 0


def test_th_44_a_callback_without_the_announced_issuer_is_refused(sso: Sso, browser: Browser):
    sso.provider.metadata["authorization_response_iss_parameter_supported"] = True
    refused(sso.come_back(browser, sso.pending(browser)), 403)
    assert sso.come_back(browser, sso.pending(browser), iss=sso.provider.issuer).status_code == 200


@pytest.mark.parametrize(
    "name", ["next", "return", "redirect", "redirect_uri", "url", "RelayState", "origin", "policy"]
)
def test_th_12_no_parameter_decides_where_anything_leads(sso: Sso, browser: Browser, name: str):
    sent = sso.pending(browser)
    assert sent["redirect_uri"] == f"{BASE}/auth/callback/sso"
    query: dict[str, Any] = {name: "//evil.example"}
    response = sso.come_back(browser, sent, **query)
    assert response.status_code == 200
    assert "evil.example" not in response.text
    assert "Location" not in response.headers


def test_th_12_a_provider_that_the_policy_does_not_name_is_not_gone_to(sso: Sso, browser: Browser):
    for name in ("other", "local", "", "nobody"):
        assert sso.leave(browser, name=name).status_code == 400
    assert browser.get("/auth/callback/nobody?state=x&code=y").status_code == 404


def test_th_14_nothing_but_our_own_form_leads_to_the_provider(sso: Sso, browser: Browser):
    for response in (
        browser.get("/auth/access/elsewhere", query_string={"origin": "https://v.example", "action": "sso"}),
        browser.post("/auth/access/elsewhere?origin=https://v.example", data={"action": "sso", "provider": "sso"}),
    ):
        assert response.status_code in (200, 403)
    assert sso.site.context.state.counts()["logins"] == 0


def test_th_15_coming_back_gives_a_new_session_and_ends_the_old(sso: Sso, browser: Browser):
    browser.accept()
    old = browser.cookie
    sso.sign_in(browser)
    assert browser.cookie not in (None, old)
    assert sso.site.context.sessions.find(old) is None


def test_th_16_callbacks_that_fail_are_counted(sso: Sso, browser: Browser):
    for _ in range(PER_NETWORK):
        refused(sso.come_back(browser, sso.pending(browser), error="access_denied"), 403)
    response = sso.come_back(browser, sso.pending(browser))
    refused(response, 429)
    assert int(response.headers["Retry-After"]) > 0


def test_th_16_39_pictures_on_a_hostile_page_spend_nobodys_callbacks(sso: Sso, browser: Browser):
    sent, stranger, other = sso.pending(browser), sso.site.browser(), sso.site.browser()
    other.access("elsewhere")
    before = sso.site.context.state.counts()["failures"]
    for number in range(PER_NETWORK + 5):
        refused(stranger.get(f"/auth/callback/sso?state=x{number}"), 400)
        refused(other.get("/auth/callback/sso", query_string={"state": sent["state"], "code": "c"}), 400)
        refused(browser.get("/auth/callback/sso?state=x&code=c"), 400)
    assert sso.site.context.state.counts()["failures"] == before
    assert sso.come_back(browser, sent).status_code == 200


def test_th_45_a_provider_that_is_down_is_told_as_such_and_sessions_go_on(sso: Sso, browser: Browser):
    sso.sign_in(browser)
    other = sso.site.browser()
    sent = sso.pending(other)
    sso.provider.answers["/token"] = lambda: (503, {}, b"")
    response = sso.come_back(other, sent)
    refused(response, 503)
    assert response.headers["Retry-After"]
    assert re.search(r'<a href="[^"]*/auth/access/elsewhere\?origin=', response.text)
    assert "accessToken" in browser.message(2, "elsewhere")
    assert browser.probe("open-1")["status"] == 200


def test_th_45_before_a_reader_is_sent_off_too(sso: Sso, browser: Browser):
    sso.provider.answers["/.well-known/openid-configuration"] = lambda: (500, {}, b"")
    response = sso.leave(browser)
    assert response.status_code == 503
    assert response.headers["Retry-After"]
    sso.provider.answers.clear()
    sso.site.clock.move(10)
    assert sso.sign_in(browser).status_code == 200


def test_th_48_an_error_is_told_in_our_words(sso: Sso, browser: Browser):
    evil = "<script>alert(1)</script>\r\nX: y"
    with capture_logs() as logs:
        response = sso.come_back(browser, sso.pending(browser), error=evil, error_description=evil, error_uri=evil)
    refused(response, 403)
    assert "alert(1)" not in response.text
    assert not any("\r" in str(value) or "\n" in str(value) for line in logs for value in line.values())
    assert any("alert(1)" in str(line.get("error")) for line in logs)


def test_th_49_103_no_code_state_or_token_is_logged(sso: Sso, browser: Browser):
    with capture_logs() as logs:
        sent = sso.pending(browser)
        sso.come_back(browser, sent)
        other = sso.site.browser()
        refused(sso.come_back(other, sso.pending(other), {"aud": "other"}, code="c" * 40), 403)
    text = str(logs)
    assert sent["state"] not in text
    assert sent["nonce"] not in text
    assert "c" * 40 not in text
    assert str(sso.provider.id_token)[:40] not in text


def test_th_49_no_token_of_the_provider_is_kept(sso: Sso, browser: Browser):
    sso.sign_in(browser)
    session = sso.site.context.sessions.find(browser.cookie)
    assert session is not None
    assert session.id_token == ""


def test_th_97_a_callback_with_the_store_down_is_a_503(sso: Sso, browser: Browser):
    sent = sso.pending(browser)
    break_store(sso.site)
    assert sso.come_back(browser, sent).status_code == 503


def test_r5_head_changes_nothing(sso: Sso, browser: Browser):
    sent = sso.pending(browser)
    response = browser.client.open(
        "/auth/callback/sso", method="HEAD", base_url=BASE, query_string={"state": sent["state"], "code": "c"}
    )
    assert response.status_code == 405
    assert sso.come_back(browser, sent).status_code == 200


def test_a_policy_that_names_the_provider_no_more_lets_nobody_in(sso: Sso, browser: Browser):
    sent = sso.pending(browser)
    policies = sso.site.context.home.policies_file
    policies.write_text(policies.read_text().replace('provider = "sso"', 'provider = "other"'))
    sso.site.context.__dict__.pop("policies")
    refused(sso.come_back(browser, sent), 403)


def test_th_20_no_page_of_ours_sends_coop(make_sso: MakeSso):
    sso = make_sso(second_window=True)
    browser = sso.site.browser()
    page = browser.access("elsewhere")
    assert 'target="_blank"' in page.text
    answers = [page, sso.leave(browser), sso.sign_in(browser), browser.get("/auth/callback/sso")]
    assert not any("Cross-Origin-Opener-Policy" in answer.headers for answer in answers)


def outcome(browser: Browser, policy: str = "elsewhere", origin: str = "https://viewer.example.net") -> str:
    return str(browser.get(f"/auth/status/{policy}", query_string={"origin": origin}).get_json()["outcome"])


def test_th_20_the_page_that_waits_learns_how_it_went(make_sso: MakeSso):
    sso = make_sso(second_window=True)
    browser = sso.site.browser()
    browser.access("elsewhere")
    assert outcome(browser) == "none"
    sent = sso.pending(browser)
    assert outcome(browser) == "waiting"
    assert outcome(sso.site.browser()) == "none"
    assert outcome(browser, origin="https://another.example") == "none"
    assert outcome(browser, policy="other") == "none"
    sso.come_back(browser, sent, {"nonce": "another"})
    assert outcome(browser) == "failed"
    sent = sso.pending(browser)
    assert outcome(browser) == "waiting"
    sso.come_back(browser, sent)
    assert outcome(browser) == "done"
    assert "You are let in" in browser.access("elsewhere").text
    sso.site.clock.move(LIFE)
    assert outcome(browser) == "none"


def test_th_20_while_the_provider_is_asked_the_page_that_waits_goes_on_waiting(
    make_sso: MakeSso, monkeypatch: pytest.MonkeyPatch
):
    sso = make_sso(second_window=True)
    browser = sso.site.browser()
    sent = sso.pending(browser)
    identify, meanwhile = Callback._identify, list[str]()

    def asked(self: Callback, peer: Any, login: Any) -> Any:
        logins = sso.site.context.logins
        meanwhile.append(logins.outcome(digest(self._door.stamps.browser()), login.policy, login.origin, login.begun))
        return identify(self, peer, login)

    monkeypatch.setattr(Callback, "_identify", asked)
    sso.come_back(browser, sent)
    assert meanwhile == ["waiting"]
    assert outcome(browser) == "done"


def test_the_secret_can_come_from_a_file(make_sso: MakeSso, tmp_path):
    (tmp_path / "secret").write_text("from a file\n")
    sso = make_sso(client_secret="", client_secret_file=tmp_path / "secret")
    assert sso.sign_in(sso.site.browser()).status_code == 200


def test_pages_speak_the_reader_s_language(sso: Sso):
    browser = sso.site.browser(headers={"Accept-Language": "de-AT, de;q=0.9, en;q=0.5"})
    assert "Anmelden mit Harbour ID" in browser.access("elsewhere").text
    assert "Diese Anmeldung ist vorbei" in browser.get("/auth/callback/sso?state=x").text


def test_th_50_an_id_token_is_not_obeyed_and_a_logout_token_lets_nobody_in(sso: Sso, browser: Browser):
    sent = sso.pending(browser)
    sso.provider.id_token = signed(sso.provider.farewell(nonce=sent["nonce"]))
    response = browser.get("/auth/callback/sso", query_string={"state": sent["state"], "code": "c"})
    refused(response, 403)
