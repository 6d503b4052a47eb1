from concurrent.futures import ProcessPoolExecutor
from ipaddress import ip_address
from pathlib import Path

import pytest

from auth.budget import Budget, payer
from lectern.home import Home
from lectern.state import State
from tests.clock import SetClock

KEY = b"k" * 32
HERE = ip_address("192.0.2.7")
HALF_A_DAY = 43_200


@pytest.fixture
def clock() -> SetClock:
    """Return a clock at noon."""
    return SetClock()


@pytest.fixture
def budget(state: State, clock: SetClock) -> Budget:
    return Budget(state, KEY, 3, clock)


def test_a_budget_lasts_for_its_size_and_then_until_midnight_utc(budget: Budget, clock: SetClock):
    assert [budget.spend(HERE, "book") for _ in range(4)] == [0, 0, 0, HALF_A_DAY]
    clock.move(HALF_A_DAY - 1)
    assert budget.spend(HERE, "book") == 1
    clock.move(1)
    assert [budget.spend(HERE, "book") for _ in range(4)] == [0, 0, 0, 86_400]


def test_every_address_and_every_object_has_a_budget_of_its_own(budget: Budget):
    for where, book in ((HERE, "book"), (ip_address("192.0.2.8"), "book"), (HERE, "other"), (None, "book")):
        assert [bool(budget.spend(where, book)) for _ in range(4)] == [False, False, False, True]


def test_one_network_of_version_six_pays_together(budget: Budget):
    waits = [budget.spend(ip_address(f"2001:db8::{n}"), "book") for n in range(1, 5)]
    assert [bool(wait) for wait in waits] == [False, False, False, True]
    assert budget.spend(ip_address("2001:db8:0:1::1"), "book") == 0
    assert payer(ip_address("2001:db8::ffff")) == "2001:db8::/64"


def _spend(home: Home) -> list[int]:
    own = Budget(State(home), KEY, 50, SetClock())
    return [own.spend(HERE, "book") for _ in range(40)]


def test_workers_cannot_pass_the_limit_together(home: Home):
    with ProcessPoolExecutor(3) as pool:
        waits = [wait for found in pool.map(_spend, [home] * 3) for wait in found]
    assert waits.count(0) == 50
    assert set(waits) == {0, HALF_A_DAY}


def test_the_store_says_neither_who_asked_nor_what(tmp_path: Path):
    state = State(Home(tmp_path))
    Budget(state, KEY, 3, SetClock()).spend(HERE, "book")
    state.close()
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"192.0.2.7" not in kept
    assert b"book" not in kept


def test_what_was_spent_on_other_days_goes(state: State, clock: SetClock):
    budget = Budget(state, KEY, 3, clock)
    for n in range(5):
        budget.spend(HERE, f"book-{n}")
    assert state.counts()["spendings"] == 5
    clock.move(86_400)
    budget.spend(HERE, "another")
    assert state.counts()["spendings"] == 1


def test_th_37_rows_do_not_grow_without_end(state: State, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("lectern.state.MOST_SPENDINGS", 10)
    budget = Budget(state, KEY, 3, SetClock())
    for n in range(30):
        budget.spend(HERE, f"book-{n}")
    assert state.counts()["spendings"] == 10
