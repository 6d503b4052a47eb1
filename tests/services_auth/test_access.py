"""The access service: who is shown which page, and what it takes to change anything."""

import html
import re

import pytest
from werkzeug.test import TestResponse

from auth.hashing import Hashing
from services.auth.stamps import FORM_COOKIE
from services.credentials import COOKIE
from tests.services_auth.conftest import BASE, VIEWER, Browser, MakeSite, Site, hidden


def set_cookies(response) -> dict[str, str]:
    """Return the Set-Cookie lines by cookie name."""
    return {line.partition("=")[0]: line for line in response.headers.getlist("Set-Cookie")}


def test_the_access_page_of_a_login_policy_is_the_form_itself(browser: Browser):
    page = browser.access("members")
    assert page.status_code == 200
    assert '<label for="username">' in page.text
    assert '<label for="password">' in page.text
    assert re.search(r'<button type="submit">\s*Sign in\s*</button>', page.text)
    assert 'lang="en"' in page.text
    assert "action=" not in page.text


def test_th_108_the_page_names_the_institution_and_the_viewer_that_asked(browser: Browser):
    page = browser.access("members")
    assert "Harbour Library" in page.text
    assert VIEWER in page.text
    assert "evil" not in browser.get(f"/auth/access/members?origin={VIEWER}&label=evil&note=evil").text


def test_signing_in_gives_a_session_and_a_page_that_closes_itself(browser: Browser, site: Site):
    page = browser.sign_in()
    assert page.status_code == 200
    assert "window.close()" in page.text
    assert "Close this window" in page.text
    assert browser.cookie
    assert site.context.sessions.reader(browser.cookie).user == "ann"


def test_accepting_the_terms_takes_one_button(browser: Browser, site: Site):
    page = browser.access("terms")
    assert "I accept" in page.text
    assert "password" not in page.text
    assert "window.close()" in browser.accept().text
    assert site.context.sessions.reader(browser.cookie).terms == {site.context.policies.current().get("terms").terms}


@pytest.mark.parametrize("query", ["", "?origin=", "?origin=null", "?origin=*", "?origin=http://viewer.example.net"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_th_11_a_missing_or_bad_origin_is_a_still_400(browser: Browser, query: str, method: str):
    answer = getattr(browser, method)(f"/auth/access/members{query}")
    assert answer.status_code == 400
    assert "This viewer is not admitted here" in answer.text
    still(answer)


def still(answer: TestResponse) -> None:
    """See that a page runs nothing, keeps nothing, leads nowhere and repeats nothing of the request."""
    assert "<script" not in answer.text
    assert "script-src" not in answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "<form" not in answer.text
    assert not set_cookies(answer)
    assert "Location" not in answer.headers
    assert re.findall(r'<a [^>]*href="([^"]*)"', answer.text) == ["#main", "/"]
    assert "example.net" not in answer.text


def test_th_10_a_doubled_origin_is_refused(browser: Browser):
    assert browser.get(f"/auth/access/members?origin={VIEWER}&origin={VIEWER}").status_code == 400


def test_th_04_an_origin_that_is_not_on_the_list_is_refused(make_site: MakeSite):
    browser = make_site(allowed_origins=["https://*.example.net"]).browser()
    assert browser.access("members").status_code == 200
    assert browser.access("members", "https://viewer.example.com").status_code == 400


@pytest.mark.parametrize("name", ["next", "return", "redirect", "url", "RelayState"])
def test_th_12_no_parameter_decides_where_the_browser_goes(browser: Browser, name: str):
    for target in ("//evil.tld", "/\\evil.tld", "https:evil.tld", "%09//evil.tld"):
        for answer in (
            browser.get(f"/auth/access/members?origin={VIEWER}&{name}={target}"),
            browser.get(f"/auth/logout?{name}={target}"),
        ):
            assert answer.status_code == 200
            assert "Location" not in answer.headers
            assert "evil" not in answer.text


@pytest.mark.parametrize("policy", ["open", "typo", "nothing", "a%20b"])
def test_where_there_is_nothing_to_sign_in_to_the_answer_is_404(browser: Browser, policy: str):
    answer = browser.get(f"/auth/access/{policy}?origin={VIEWER}&next=https://evil.example.net")
    assert answer.status_code == 404
    still(answer)
    assert "There is nothing to sign in to here" in answer.text


def test_th_13_a_form_filled_in_elsewhere_changes_nothing(site: Site):
    attacker, victim = site.browser(), site.browser()
    stamp = hidden(attacker.access("terms"), "stamp")
    victim.access("terms")
    forged = {"stamp": stamp, "action": "accept"}
    for browser in (victim, site.browser()):
        answer = browser.post(f"/auth/access/terms?origin={VIEWER}", data=forged)
        assert answer.status_code == 403
        assert browser.cookie is None
    assert site.context.state.counts()["sessions"] == 0


@pytest.mark.parametrize(
    ("stamp_of", "posted_to"),
    [
        (("terms", VIEWER), ("members", VIEWER)),
        (("members", VIEWER), ("members", "https://other.example.com")),
    ],
)
def test_th_13_a_stamp_is_for_one_policy_and_one_viewer(browser: Browser, stamp_of, posted_to):
    stamp = hidden(browser.access(*stamp_of), "stamp")
    policy, origin = posted_to
    data = {"stamp": stamp, "action": "sign-in", "username": "ann", "password": "secret"}
    answer = browser.post(f"/auth/access/{policy}", query_string={"origin": origin}, data=data)
    assert answer.status_code == 403
    assert browser.cookie is None


def test_th_13_a_form_sent_from_another_site_is_refused_whatever_stamp_it_has(browser: Browser):
    stamp = hidden(browser.access("terms"), "stamp")
    for site in ("cross-site", "same-site"):
        answer = browser.post(
            f"/auth/access/terms?origin={VIEWER}",
            data={"stamp": stamp, "action": "accept"},
            headers={"Sec-Fetch-Site": site},
        )
        assert answer.status_code == 403
    assert browser.cookie is None


def test_th_101_a_stamp_is_for_one_purpose_and_dies_with_its_key(browser: Browser, site: Site):
    logout_stamp = hidden(signed_in(browser).get("/auth/logout"), "stamp")
    for purpose in (logout_stamp, "", "x", "W10.aaaa.bbbb"):
        data = {"stamp": purpose, "action": "accept"}
        assert browser.post(f"/auth/access/terms?origin={VIEWER}", data=data).status_code == 403
    stamp = hidden(browser.access("terms"), "stamp")
    (site.context.home.path / "keys" / "forms").unlink()
    data = {"stamp": stamp, "action": "accept"}
    assert browser.post(f"/auth/access/terms?origin={VIEWER}", data=data).status_code == 403


def test_th_101_a_stamp_grows_old(browser: Browser, monkeypatch: pytest.MonkeyPatch):
    stamp = hidden(browser.access("terms"), "stamp")
    monkeypatch.setattr("services.auth.stamps._LIFE", -1)
    answer = browser.post(f"/auth/access/terms?origin={VIEWER}", data={"stamp": stamp, "action": "accept"})
    assert answer.status_code == 403
    assert "too old" in answer.text
    monkeypatch.undo()
    data = {"stamp": hidden(answer, "stamp"), "action": "accept"}
    assert browser.post(f"/auth/access/terms?origin={VIEWER}", data=data).status_code == 200


def test_th_101_a_key_that_is_too_short_is_refused(browser: Browser, site: Site):
    site.context.home.prepare()
    (site.context.home.path / "keys" / "forms").write_bytes(b"short")
    assert browser.access("terms").status_code == 500


def signed_in(browser: Browser) -> Browser:
    browser.sign_in()
    return browser


@pytest.mark.parametrize("headers", [{}, {"Purpose": "prefetch"}, {"Sec-Fetch-Dest": "image"}])
def test_th_14_looking_at_a_page_grants_nothing(browser: Browser, site: Site, headers):
    for method in ("GET", "HEAD"):
        answer = browser.client.open(f"/auth/access/terms?origin={VIEWER}", method=method, headers=headers)
        assert COOKIE not in set_cookies(answer)
    assert site.context.state.counts()["sessions"] == 0


def test_th_15_a_planted_cookie_is_not_taken_over(browser: Browser, site: Site):
    planted = "p" * 43
    browser.client.set_cookie(COOKIE, planted, domain="books.example.org", secure=True)
    browser.sign_in()
    assert browser.cookie != planted
    assert not site.context.sessions.reader(planted).session


def test_th_15_signing_in_again_kills_the_old_cookie(browser: Browser, site: Site):
    browser.accept()
    old = browser.cookie
    browser.sign_in()
    assert browser.cookie != old
    assert not site.context.sessions.reader(old).session
    assert site.context.sessions.reader(browser.cookie).terms == {site.context.policies.current().get("terms").terms}


@pytest.mark.parametrize(("cross_site", "same_site"), [(False, "Lax"), (True, "None")])
def test_th_25_the_flags_of_the_cookie(make_site: MakeSite, cross_site: bool, same_site: str):
    cookies = set_cookies(make_site(cross_site=cross_site).browser().sign_in())
    parts = {part.strip() for part in cookies[COOKIE].split(";")[1:]}
    assert parts == {"Secure", "HttpOnly", "Path=/", f"SameSite={same_site}"}


def test_th_25_the_cookie_that_binds_a_form_opens_nothing(browser: Browser, site: Site):
    line = set_cookies(browser.access("members"))[FORM_COOKIE]
    parts = {part.strip() for part in line.split(";")[1:]}
    assert parts == {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"}
    value = line.split(";")[0].partition("=")[2]
    assert not site.context.sessions.reader(value).session


def test_a_browser_keeps_its_form_cookie_so_that_two_windows_work(browser: Browser):
    first = hidden(browser.access("terms"), "stamp")
    assert FORM_COOKIE not in set_cookies(browser.access("members"))
    answer = browser.post(f"/auth/access/terms?origin={VIEWER}", data={"stamp": first, "action": "accept"})
    assert answer.status_code == 200


def test_th_16_too_many_attempts_are_told_how_long_to_wait(browser: Browser, site: Site):
    for _ in range(10):
        assert browser.sign_in(password="wrong").status_code == 403
    answer = browser.sign_in()
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) == 900
    assert "15 minutes" in answer.text
    assert browser.cookie is None
    site.clock.move(900)
    assert browser.sign_in().status_code == 200


def test_th_16_the_limit_is_shared_by_workers(site: Site, make_site: MakeSite):
    for _ in range(10):
        site.browser().sign_in(password="wrong")
    assert make_site().browser(address="198.51.100.9").sign_in().status_code == 429


def test_th_16_71_while_too_many_passwords_are_looked_at_others_are_asked_to_come_again(make_site: MakeSite):
    site = make_site()
    browser = site.browser()
    site.context.__dict__["hashing"] = hashing = Hashing(1, patience=0.01)
    before = site.context.state.counts()["failures"]
    with hashing.place():
        answer = browser.sign_in()
    assert answer.status_code == 503
    assert answer.headers["Retry-After"]
    assert "Many people are signing in" in answer.text
    assert site.context.state.counts()["failures"] == before
    assert browser.sign_in().status_code == 200


def test_th_17_a_wrong_name_and_a_wrong_password_look_the_same(browser: Browser):
    answers = [browser.sign_in(name=name, password="wrong") for name in ("ann", "nobody")]
    first, second = (re.sub(r'nonce="[^"]*"|value="[^"]*"', "", answer.text) for answer in answers)
    assert first == second
    assert answers[0].status_code == answers[1].status_code == 403
    assert 'role="alert"' in first


def test_what_was_typed_comes_back_escaped_and_without_the_password(browser: Browser):
    answer = browser.sign_in(name='"><script>alert(1)</script>', password="hunter2")
    assert "<script>alert" not in answer.text
    assert "hunter2" not in answer.text


def test_th_24_th_20_no_frame_may_hold_these_pages_and_no_opener_policy_breaks_the_window(browser: Browser):
    closing = browser.sign_in()
    for answer in (
        closing,
        site_pages(browser, "/auth/logout"),
        browser.access("staff"),
        browser.get("/auth/access/x"),
    ):
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert answer.headers["Cache-Control"] == "no-store"
        assert "Cross-Origin-Opener-Policy" not in answer.headers


def site_pages(browser: Browser, path: str):
    return browser.get(path)


def test_th_19_scripts_run_by_a_nonce_that_is_new_each_time(browser: Browser):
    nonces = set()
    for _ in range(2):
        answer = browser.sign_in()
        (nonce,) = re.findall(r'<script nonce="([^"]+)">', answer.text)
        assert f"'nonce-{nonce}'" in answer.headers["Content-Security-Policy"]
        assert "unsafe" not in answer.headers["Content-Security-Policy"]
        nonces.add(nonce)
        browser = Browser(browser.client.application.test_client())  # type: ignore[attr-defined]
    assert len(nonces) == 2


def test_who_may_not_be_let_in_reads_it_and_may_sign_in_as_somebody_else(browser: Browser, site: Site):
    answer = browser.sign_in(name="bob", password="hidden")
    assert "You are signed in as bob" in answer.text
    assert answer.text.count("window.close()") == 1  # only the button's
    assert "Your account does not open this." in answer.text
    assert "not signed in" not in answer.text
    assert 'href="/auth/logout"' in answer.text
    [again] = re.findall(r'<a href="([^"]+)" class="button">Use another account</a>', answer.text)
    assert "bob" in browser.get(html.unescape(again).removeprefix(BASE)).text
    page = browser.access("members")
    assert "bob" in page.text
    assert 'id="password"' in page.text
    browser.sign_in()
    assert site.context.sessions.reader(browser.cookie).user == "ann"


def test_a_second_viewer_needs_a_click_and_the_first_one_none(browser: Browser, site: Site):
    browser.sign_in()
    assert "window.close();\n</script>" in browser.access("members").text
    other = "https://other.example.com"
    page = browser.access("members", other)
    assert "Continue" in page.text
    assert "signed in as <strong>ann</strong>" in page.text
    assert "error" in browser.message(1, "members", other)
    browser.submit("members", other, action="continue")
    assert "accessToken" in browser.message(1, "members", other)


def test_a_viewer_on_our_own_origin_needs_no_second_click(browser: Browser):
    browser.sign_in()
    assert "window.close();\n</script>" in browser.access("members", BASE).text
    assert "accessToken" in browser.message(1, "members", BASE)


def test_continue_is_for_those_who_are_let_in(browser: Browser):
    assert browser.submit("members", action="continue").status_code == 400
    assert browser.submit("members", action="accept").status_code == 400
    assert browser.submit("terms", action="sign-in", username="ann", password="secret").status_code == 400


def test_th_21_at_a_kiosk_the_address_decides_and_nothing_is_kept(site: Site):
    inside, outside = site.browser(address="10.1.2.3"), site.browser()
    assert "window.close();\n</script>" in inside.access("kiosk").text
    assert outside.access("kiosk").status_code == 403
    assert "stamp" not in outside.access("kiosk").text
    assert inside.cookie is None
    assert site.context.state.counts()["sessions"] == 0


def test_on_plain_http_nobody_signs_in_and_the_page_says_why(make_site: MakeSite):
    browser = make_site(public_url="http://books.example.org").browser()
    answer = browser.access("members")
    assert answer.status_code == 403
    assert "LECTERN_PUBLIC_URL" in answer.text
    assert "https" in answer.text
    assert browser.post(f"/auth/access/members?origin={VIEWER}", data={"action": "accept"}).status_code == 403


def test_on_plain_http_at_a_loopback_host_one_can_sign_in(make_site: MakeSite):
    browser = make_site(public_url="http://localhost:8080").browser()
    assert browser.access("members", "http://localhost:8080").status_code == 200
    assert browser.sign_in(origin="http://localhost:8080").status_code == 200


def test_th_105_a_form_that_no_person_filled_in_is_refused(browser: Browser):
    answer = browser.post(f"/auth/access/members?origin={VIEWER}", data={"stamp": "x" * 100_000})
    assert answer.status_code == 413


def test_th_103_the_log_names_neither_user_nor_password(browser: Browser, capfd: pytest.CaptureFixture[str]):
    browser.sign_in(name="ann", password="wrong-one")
    browser.sign_in()
    logged = "".join(capfd.readouterr())
    assert "sign-in" in logged
    for secret in ("wrong-one", "secret", "ann ", browser.cookie or "?"):
        assert secret not in logged


def test_what_the_operator_says_of_a_refusal_is_said_to_whom_signing_in_did_not_help(browser: Browser, site: Site):
    file = site.context.home.policies_file
    own = '[policies.members]\nfailure_description = "Ask at the desk."'
    file.write_text(file.read_text().replace("[policies.members]", own))
    assert "Ask at the desk." in browser.sign_in(name="bob", password="hidden").text


def test_to_accept_terms_is_asked_of_one_signed_in_without_a_word_of_refusal(browser: Browser):
    browser.sign_in()
    page = browser.access("terms")
    assert "You are signed in as <strong>ann</strong>." in page.text
    assert "does not open" not in page.text
