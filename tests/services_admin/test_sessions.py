"""Ending sessions: what it does, for whom, and every form that ends none (TH-13, TH-28, TH-107)."""

import re

import pytest

from auth.identity import Identity
from services.operators import OPERATORS
from tests.services_admin.conftest import add_operator
from tests.services_admin.test_door import lines
from tests.services_auth.conftest import BASE, Browser, MakeSite, Site, hidden

END = "/admin/sessions/end"


def handle_of(browser: Browser, user: str) -> str:
    """Return what the page calls the first session of a user."""
    row = re.search(rf'<tr data-user="{user}">.*?</tr>', browser.get("/admin/sessions").text, re.S)
    assert row
    found = re.search(r'name="handle" value="([0-9a-f]+)"', row[0])
    assert found
    return found[1]


def stamped(browser: Browser, **fields: str) -> dict[str, str]:
    """Return a form of the page, filled in."""
    return {"stamp": hidden(browser.get("/admin/sessions"), "stamp"), **fields}


def test_one_session_ends_and_the_others_of_its_user_go_on(site: Site, operator: Browser):
    first, second = site.browser(), site.browser()
    first.sign_in()
    site.clock.move(5)
    second.sign_in()
    answer = operator.post(END, data=stamped(operator, handle=handle_of(operator, "ann")))
    assert (answer.status_code, answer.location) == (303, f"{BASE}/admin/sessions?ended=1")
    assert "1 session ended" in operator.get("/admin/sessions?ended=1").text
    assert site.context.sessions.find(first.cookie) is None
    assert site.context.sessions.find(second.cookie) is not None


def test_all_sessions_of_a_user_end_at_that_provider_only(site: Site, operator: Browser):
    for _ in range(2):
        site.browser().sign_in()
    elsewhere = site.context.sessions.sign_in(Identity("ann", (), "sso"), BASE)
    answer = operator.post(END, data=stamped(operator, user="ann", provider="local", of="ann"))
    assert answer.location == f"{BASE}/admin/sessions?ended=2&user=ann"
    assert site.context.sessions.find(elsewhere) is not None


def test_ending_is_told_to_the_audit_log_of_the_operator_and_of_the_reader(make_site: MakeSite):
    site = make_site(audit_file="audit.jsonl")
    add_operator(site.context.state)
    operator = site.browser()
    operator.sign_in(OPERATORS, "olga", origin=BASE)
    site.browser().sign_in()
    operator.post(END, data=stamped(operator, user="ann", provider="local"))
    done, ended = lines(site)[-2:]
    assert (done["event"], ended["event"]) == ("operator", "session")
    assert done["about"] == ended["about"] == "1 session ended"
    assert done["who"] != ended["who"]
    assert done["request"] == ended["request"]


def test_an_operator_may_end_his_own_session(operator: Browser):
    operator.post(END, data=stamped(operator, handle=handle_of(operator, "olga")))
    assert operator.get("/admin").status_code == 303


def test_a_session_that_has_gone_meanwhile_is_none_that_was_ended(operator: Browser):
    assert operator.post(END, data=stamped(operator, handle="0" * 32)).location.endswith("ended=0")


@pytest.mark.parametrize("fields", [{}, {"user": "ann"}, {"provider": "local"}, {"handle": ""}])
def test_a_form_that_names_nobody_ends_nothing(site: Site, operator: Browser, fields: dict[str, str]):
    site.browser().sign_in()
    assert operator.post(END, data=stamped(operator, **fields)).status_code == 400
    assert site.context.sessions.count_open() == 2


def test_the_page_shows_no_secret(site: Site, operator: Browser):
    reader = site.browser()
    reader.sign_in()
    row = site.context.sessions.find(reader.cookie)
    text = operator.get("/admin/sessions").text
    assert row
    assert reader.cookie
    assert reader.cookie not in text
    assert row.digest not in text


def test_sessions_come_a_hundred_to_a_page_oldest_first_and_of_one_user_alone(site: Site, operator: Browser):
    for number in range(101):
        site.context.sessions.sign_in(Identity(f"r{number:03}", (), "sso"), BASE)
        site.clock.move(1)
    first, second = operator.get("/admin/sessions").text, operator.get("/admin/sessions?page=2").text
    assert "102 sessions" in first
    assert first.count("<tr data-user") == 100
    assert second.count("<tr data-user") == 2
    assert "Page 2 of 2" in second
    assert operator.get("/admin/sessions?user=r007").text.count("<tr data-user") == 1


def test_numbers_that_are_none_are_the_first_page(operator: Browser):
    for page in ("0", "-3", "x", "9" * 30, "٣"):
        assert operator.get("/admin/sessions", query_string={"page": page, "ended": page}).status_code == 200
