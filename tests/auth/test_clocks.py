"""Machines whose clocks differ by some seconds: what one counted or gave out, the other neither forgets nor refuses."""

from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path

import pytest

from auth.budget import Budget
from auth.capability import LONGEST_LIFE, make_capability, read_capability
from auth.steps import Steps
from auth.throttle import PER_ACCOUNT, Throttle
from lectern.clock import APART
from lectern.home import Home
from lectern.ids import ImageId
from lectern.state import State
from tests.clock import SetClock

WHERE = ip_address("192.0.2.7")


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    home = Home(tmp_path / "home")
    home.prepare()
    state = State(home)
    yield state
    state.close()


@pytest.fixture
def clocks() -> list[SetClock]:
    """Return the clocks of two machines, the second of which is late."""
    clocks = [SetClock(), SetClock()]
    clocks[1].move(-APART)
    return clocks


def test_th_16_guesses_count_together(state: State, clocks: list[SetClock]):
    ahead, late = (Throttle(state, clock) for clock in clocks)
    for n in range(PER_ACCOUNT):
        assert not (late if n % 2 else ahead).begin_sign_in("ann", WHERE).wait
    assert ahead.begin_sign_in("ann", WHERE).wait
    assert late.begin_sign_in("ann", WHERE).wait


def test_a_budget_is_not_had_twice_at_midnight(state: State, clocks: list[SetClock]):
    for clock in clocks:
        clock.move(12 * 3600)  # the first one is at midnight, the other is not
    ahead, late = (Budget(state, b"k" * 32, 4, clock) for clock in clocks)
    asked = [(late if n % 2 else ahead).spend(WHERE, "book") for n in range(8)]
    assert [wait == 0 for wait in asked] == [True] * 4 + [False] * 4
    for clock in clocks:
        clock.move(24 * 3600)
    assert ahead.spend(WHERE, "book") == 0


def test_a_step_finished_on_one_waits_on_the_other(state: State, clocks: list[SetClock]):
    ahead, late = (Steps(state, clock) for clock in clocks)
    ahead.begin(WHERE, "a browser", "https://viewer.example.org")
    late.begin(WHERE, "another", "https://viewer.example.org")
    assert late.waits(WHERE, "a browser", "https://viewer.example.org")
    assert not late.failed(WHERE, "a browser", "https://viewer.example.org")


def test_th_70_a_capability_of_the_longest_life_is_good_on_both(clocks: list[SetClock]):
    ahead, late = (int(clock().timestamp()) for clock in clocks)
    image = ImageId("book", 1)
    capability = make_capability([b"k" * 32], image, "ab" * 32, ahead + LONGEST_LIFE)
    assert read_capability([b"k" * 32], capability, image, late) == "ab" * 32
