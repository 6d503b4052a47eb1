"""Sign-ins under way: taken once, by the browser that began them, in time (TH-38, TH-39, TH-50)."""

from pathlib import Path

import pytest

from lectern.database_server import Server
from lectern.home import Home
from lectern.state import State
from lectern.state_logins import LIFE, MOST_PER_BROWSER, TOLD, Login, Logins

LOGIN = Login("sso", "members", "https://viewer.example", "nonce", "verifier")


@pytest.fixture
def logins(tmp_path: Path, stores: Server | None):
    state = State(Home(tmp_path, stores))
    yield Logins(state)
    state.close()


def test_th_39_a_sign_in_is_taken_once_and_by_its_browser(logins: Logins):
    logins.begin("state", "browser", LOGIN, 0)
    assert logins.take("state", "another", 1) is None
    assert logins.take("another", "browser", 1) is None
    assert logins.take("state", "browser", 1) == LOGIN
    assert logins.take("state", "browser", 1) is None


def test_th_39_a_sign_in_ends_after_ten_minutes(logins: Logins):
    logins.begin("state", "browser", LOGIN, 0)
    assert logins.take("state", "browser", LIFE) is None
    assert logins.take("state", "browser", LIFE - 1) == LOGIN


def test_th_38_the_newest_five_of_a_browser_stay(logins: Logins):
    for number in range(MOST_PER_BROWSER + 1):
        logins.begin(str(number), "browser", LOGIN, number)
        logins.begin(f"other {number}", f"browser {number}", LOGIN, number)
    assert logins.take("0", "browser", 10) is None
    assert logins.take("1", "browser", 10) == LOGIN
    assert logins.take("other 0", "browser 0", 10) == LOGIN


def test_th_20_what_is_told_of_a_sign_in_is_forgotten_soon(logins: Logins):
    logins.begin("state", "browser", LOGIN, 0)
    logins.take("state", "browser", 1)
    logins.ended("state", let_in=True)
    assert logins.outcome("browser", "members", LOGIN.origin, TOLD) == "done"
    assert logins.outcome("browser", "members", LOGIN.origin, TOLD + 1) == "none"


def test_th_20_nobody_is_told_how_a_sign_in_went_before_it_is_settled(logins: Logins):
    logins.begin("state", "browser", LOGIN, 0)
    logins.take("state", "browser", 1)
    assert logins.outcome("browser", "members", LOGIN.origin, 2) == "waiting"
    assert logins.outcome("browser", "members", LOGIN.origin, TOLD + 1) == "none"
    logins.ended("state", let_in=False)
    assert logins.outcome("browser", "members", LOGIN.origin, 2) == "failed"
