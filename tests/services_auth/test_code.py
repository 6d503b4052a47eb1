"""The form for an access code: one button, few guesses, and an end (TH-16, TH-18)."""

import pytest

from auth.codes import Codes
from auth.throttle import PER_NETWORK
from lectern.clock import seconds
from tests.services_auth.conftest import Site, hidden
from tests.services_auth.test_header import with_policy


@pytest.fixture
def coded(make_site) -> Site:
    return with_policy(make_site(), "codes")


def make(site: Site, roles=("member",), **options):
    return (
        Codes(site.context.state, site.clock).add(seconds(site.clock()) + 600, roles, label="seminar", **options).code
    )


def test_a_code_opens_what_its_roles_open_until_it_ends(coded: Site):
    browser = coded.browser()
    assert "Access code" in browser.access("members").text
    assert browser.submit("members", action="code", code=make(coded).lower()).status_code == 200
    token = browser.token(2, "members")
    assert browser.probe("members-1", token)["status"] == 200
    coded.clock.move(600)
    assert browser.probe("members-1", token)["status"] == 401


def test_a_code_with_other_roles_opens_nothing(coded: Site):
    browser = coded.browser()
    browser.submit("members", action="code", code=make(coded, roles=()))
    assert browser.probe("members-1")["status"] == 403


def test_th_17_wrong_ended_used_up_and_removed_codes_are_told_alike(coded: Site):
    code = make(coded, uses=1)
    coded.browser().submit("members", action="code", code=code)

    def answer(typed: str) -> tuple[int, str]:
        browser = coded.browser()
        found = browser.submit("members", action="code", code=typed)
        assert browser.cookie is None
        assert typed not in found.text
        stamp = hidden(found, "stamp")
        return found.status_code, found.text.replace(stamp, "").split('nonce="')[0].split("<main")[1]

    used_up = answer(code)
    Codes(coded.context.state).remove("seminar")
    removed = answer(code)
    assert used_up == removed == answer("0000-0000-0000-0000-0000")
    assert used_up[0] == 403
    assert "This code is not right" in used_up[1]


def test_th_16_guesses_of_a_network_are_few_and_the_right_code_does_not_help_then(coded: Site):
    code = make(coded)
    guesser = coded.browser(address="198.51.100.9")
    stamp = hidden(guesser.access("members"), "stamp")
    path, data = "/auth/access/members?origin=https://viewer.example.net", {"stamp": stamp, "action": "code"}
    for _ in range(PER_NETWORK):
        assert guesser.post(path, data={**data, "code": "wrong"}).status_code == 403
    refused = guesser.post(path, data={**data, "code": code})
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 0
    assert guesser.cookie is None
    neighbour = coded.browser(address="198.51.100.200")
    assert neighbour.submit("members", action="code", code=code).status_code == 429
    assert coded.browser(address="203.0.113.1").submit("members", action="code", code=code).status_code == 200


def test_right_codes_of_a_crowded_reading_room_are_no_guesses(coded: Site):
    code = make(coded)
    for _ in range(PER_NETWORK + 5):
        assert coded.browser().submit("members", action="code", code=code).status_code == 200


def test_a_code_that_is_removed_while_it_is_used_opens_nothing(coded: Site, monkeypatch):
    code = make(coded)
    sign_in = coded.context.sessions.sign_in

    def removed_first(*arguments):
        Codes(coded.context.state).remove("seminar")
        return sign_in(*arguments)

    monkeypatch.setattr(coded.context.sessions, "sign_in", removed_first)
    browser = coded.browser()
    assert browser.submit("members", action="code", code=code).status_code == 403
    assert coded.context.state.counts()["sessions"] == 0


def test_th_94_codes_open_no_policy_that_does_not_name_them(make_site):
    site = with_policy(make_site(), "local")
    browser = site.browser()
    assert "Access code" not in browser.access("members").text
    assert browser.submit("members", action="code", code=make(site)).status_code == 400
