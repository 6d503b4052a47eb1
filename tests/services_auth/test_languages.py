"""Every page of the auth service is in the reader's language, and says so."""

import re
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from auth.services import protocol_text
from auth.wording import built_in, load_words
from tests.services_auth.conftest import VIEWER, Browser, MakeSite, Site

GERMAN = {"Accept-Language": "de-AT,de;q=0.9,en;q=0.5"}
FRENCH = {"Accept-Language": "fr"}
HTML = {"Accept": "text/html"}
say = built_in().say


def language(page: TestResponse) -> str:
    match = re.search(r'<html lang="([^"]+)">', page.text)
    assert match, page.text
    assert page.headers["Content-Language"] == match[1]
    assert "Accept-Language" in page.headers["Vary"]
    return match[1]


@pytest.mark.parametrize(
    ("accepted", "expected"),
    [
        ("de-AT,de;q=0.9", "de"),
        ("de-AT, en;q=0.5", "de"),
        ("fr-CA", "fr"),
        ("it, fr;q=0.4", "fr"),
        ("tlh", "en"),
        ("", "en"),
        ("de;q=0, *", "en"),
    ],
)
def test_the_browser_s_language_decides(browser: Browser, accepted: str, expected: str):
    page = browser.get("/auth/access/members", query_string={"origin": VIEWER}, headers={"Accept-Language": accepted})
    assert language(page) == expected
    assert say(expected, "password.password") in page.text


def test_the_operator_s_language_is_for_those_who_want_none_that_there_is(make_site: MakeSite):
    assert language(make_site(language="fr").browser().access("members")) == "fr"
    assert language(make_site(language="fr").browser(headers=GERMAN).access("members")) == "de"
    assert language(make_site(language="tlh").browser().access("members")) == "en"


def test_links_lead_to_the_same_form_in_the_other_languages(site: Site):
    browser = site.browser(headers=GERMAN)
    page = browser.access("members")
    links = re.findall(r'<a href="(\?[^"]+)" lang="(\w+)"', page.text)
    assert {tag for _, tag in links} == {"en", "fr"}
    for link, tag in links:
        other = browser.get("/auth/access/members" + link.replace("&amp;", "&"))
        assert language(other) == tag
        assert VIEWER in other.text


def test_a_language_that_there_is_not_is_no_text_of_the_page(site: Site):
    query = {"origin": VIEWER, "lang": "<b>zz"}
    page = site.browser(headers=FRENCH).get("/auth/access/members", query_string=query)
    assert language(page) == "fr"
    assert "b>zz" not in page.text.replace("&gt;", ">")


def test_signing_in_and_out_speaks_one_language(site: Site):
    browser = site.browser(headers=GERMAN)
    assert say("de", "password.wrong") in browser.sign_in(password="wrong").text
    done = browser.sign_in()
    assert language(done) == "de"
    assert say("de", "access.signed_in") in done.text
    assert say("de", "access.shall") in browser.access("members", "https://other.example").text
    assert say("de", "logout.title") in browser.get("/auth/logout").text
    click = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document", "Sec-Fetch-User": "?1"}
    assert say("de", "logout.done") in browser.get("/auth/logout", headers=click).text


def test_terms_and_the_reading_room_speak_it_too(site: Site):
    browser = site.browser(headers=FRENCH)
    assert say("fr", "access.thanks") in browser.accept().text
    refused = browser.access("kiosk")
    assert language(refused) == "fr"
    assert say("fr", "refused.elsewhere") in refused.text
    assert "192.0.2.7" in refused.text


def test_errors_speak_it_too(site: Site):
    browser = site.browser(headers={**GERMAN, **HTML})
    refused = browser.get("/auth/access/members")
    assert language(refused) == "de"
    assert say("de", "access.bad_origin") in refused.text
    page = browser.get("/auth/nowhere")
    assert page.status_code == 404
    assert language(page) == "de"
    assert say("de", "problems.404_text") in page.text


def test_where_nobody_can_sign_in_the_page_says_so_in_the_language(make_site: MakeSite):
    page = make_site(public_url="http://books.example.org").browser(headers=FRENCH).access("members")
    assert language(page) == "fr"
    assert say("fr", "impossible.title") in page.text


def test_what_a_policy_says_is_in_the_reader_s_language_and_marked_with_its_own(site: Site):
    file = site.context.home.policies_file
    told = '\n[policies.terms.texts.de]\nheader = "Nur zur Forschung"\n[policies.terms.texts.en]\nheader = "Research"\n'
    file.write_text(file.read_text() + told + 'description = "No copies."\n')
    page = site.browser(headers=GERMAN).access("terms").text
    assert '<h1 lang="de">Nur zur Forschung</h1>' in page
    assert '<p class="terms" lang="en">No copies.</p>' in page
    assert '<button type="submit" autofocus>Ich stimme zu</button>' in page
    assert '<h1 lang="en">Research</h1>' in site.browser(headers=FRENCH).access("terms").text


def test_the_operator_s_own_words_are_said(make_site: MakeSite, tmp_path: Path):
    words = tmp_path / "words"
    words.mkdir()
    (words / "it.toml").write_text('language = "Italiano"\n[password]\npassword = "Parola <i>d\'ordine</i>"\n')
    page = make_site().browser(headers={"Accept-Language": "it"}).access("members")
    assert language(page) == "it"
    assert "Parola &lt;i&gt;d&#39;ordine&lt;/i&gt;" in page.text
    assert say("en", "password.name") in page.text


def test_au2_33_viewers_are_told_in_the_operators_own_words_and_languages(make_site: MakeSite, tmp_path: Path):
    (tmp_path / "words").mkdir()
    (tmp_path / "words/en.toml").write_text(
        '[protocol]\nmissing_heading = "Not here yet"\nmissing_note = "Come in first."\nabsent_note = "No such leaf."\n'
    )
    (tmp_path / "words/it.toml").write_text('[protocol]\nmissing_heading = "Non ancora"\n')
    browser = make_site().browser()
    told = browser.message(2, "members")
    assert told["heading"]["en"] == ["Not here yet"]
    assert told["heading"]["it"] == ["Non ancora"]
    assert told["note"]["en"] == ["Come in first."]
    assert "it" not in told["note"]
    assert browser.message(1, "members")["description"] == "Come in first."
    assert browser.get("/auth/probe/nothing-1").get_json()["note"]["en"] == ["No such leaf."]


def test_one_language_of_auth_1_is_the_nearest_that_the_words_have(tmp_path: Path):
    (tmp_path / "de-AT.toml").write_text('[protocol]\nmissing_note = "Grüß Gott, erst anmelden."\n')
    words = load_words(tmp_path)
    assert protocol_text(words, "de-AT", "missing_note") == "Grüß Gott, erst anmelden."
    assert protocol_text(words, "de-CH", "missing_note") == say("de", "protocol.missing_note")


def test_viewers_that_can_be_told_one_language_only_are_told_the_operator_s(make_site: MakeSite):
    browser = make_site(language="de").browser()
    assert browser.message(1, "members")["description"] == say("de", "protocol.missing_note")
    assert "Anmelden bei Harbour Library" in browser.access("members").text
