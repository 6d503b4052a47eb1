"""Access steps that wait for their token: one a client and viewer, for fifteen minutes (TH-22)."""

from ipaddress import ip_address

import pytest

from auth.steps import Steps
from auth.throttle import WINDOW
from lectern.state import State

WHO = (ip_address("192.0.2.7"), "a browser", "https://viewer.example.org")
OTHER = (ip_address("192.0.2.7"), "a browser", "https://other.example.org")


@pytest.fixture
def steps(state: State, clock) -> Steps:
    return Steps(state, clock)


def test_a_step_waits_until_the_token_is_given(steps: Steps):
    steps.begin(*WHO)
    assert steps.waits(*WHO)
    assert not steps.waits(*OTHER)
    steps.end(*OTHER)
    assert steps.waits(*WHO)
    steps.end(*WHO)
    assert not steps.waits(*WHO)


@pytest.mark.parametrize(("after", "waits", "failed"), [(0, True, False), (3, True, True), (WINDOW, False, False)])
def test_th_22_a_viewer_has_some_seconds_to_ask_and_a_quarter_of_an_hour(steps: Steps, clock, after, waits, failed):
    steps.begin(*WHO)
    clock.move(after)
    assert (steps.waits(*WHO), steps.failed(*WHO)) == (waits, failed)


def test_a_step_that_is_made_again_counts_from_then_on(steps: Steps, clock, state: State):
    steps.begin(*WHO)
    clock.move(WINDOW - 1)
    steps.begin(*WHO)
    clock.move(WINDOW - 1)
    assert steps.waits(*WHO)
    assert state.counts()["steps"] == 1


def test_th_37_steps_are_few(steps: Steps, clock, state: State, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("lectern.state_steps.MOST_KEPT", 5)
    for number in range(8):
        steps.begin(WHO[0], f"browser {number}", WHO[2])
        clock.move(1)
    assert state.counts()["steps"] == 5
    assert not steps.waits(WHO[0], "browser 0", WHO[2])
    assert steps.waits(WHO[0], "browser 7", WHO[2])


def test_th_37_a_client_with_many_names_pushes_out_its_own_steps(steps: Steps, state: State, monkeypatch):
    monkeypatch.setattr("lectern.state_steps.MOST_OF_A_NETWORK", 5)
    elsewhere = (ip_address("198.51.100.1"), *WHO[1:])
    steps.begin(*elsewhere)
    for number in range(30):
        steps.begin(ip_address(f"192.0.2.{number}"), f"browser {number}", WHO[2])
        assert steps.waits(ip_address(f"192.0.2.{number}"), f"browser {number}", WHO[2])
    assert state.counts()["steps"] == 6
    assert steps.waits(*elsewhere)


def test_th_100_a_step_of_a_time_to_come_goes_with_the_next(steps: Steps, clock, state: State):
    steps.begin(*OTHER)
    clock.move(-60)
    assert not steps.waits(*OTHER)
    steps.begin(*WHO)
    assert state.counts()["steps"] == 1
