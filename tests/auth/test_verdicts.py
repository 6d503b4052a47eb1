"""Remembered answers: a yes only, for five seconds, and never too many."""

from datetime import timedelta

from auth.verdicts import KEPT_SECONDS, Verdicts
from auth.verify import Answer
from tests.clock import SetClock

YES = Answer(204, "full")


def test_th_61_only_a_yes_is_kept():
    verdicts, clock = Verdicts(), SetClock()
    for status in (401, 403, 429, 503):
        assert verdicts.put(status, Answer(status), clock(), None) is None
        assert verdicts.get(status, clock()) is None
    verdicts.put("key", YES, clock(), None)
    kept = verdicts.get("key", clock())
    assert kept is not None
    assert kept.answer == YES
    assert verdicts.get("other key", clock()) is None


def test_th_61_a_yes_ends_after_five_seconds():
    verdicts, clock = Verdicts(), SetClock()
    verdicts.put("key", YES, clock(), None)
    clock.move(KEPT_SECONDS - 1)
    kept = verdicts.get("key", clock())
    assert kept is not None
    assert kept.seconds(clock()) == 1
    clock.move(1)
    assert verdicts.get("key", clock()) is None


def test_th_74_a_yes_ends_with_the_policy_s_next_date():
    verdicts, clock = Verdicts(), SetClock()
    verdicts.put("key", YES, clock(), clock() + timedelta(seconds=2))
    clock.move(2)
    assert verdicts.get("key", clock()) is None


def test_th_100_a_clock_set_back_ends_a_yes():
    verdicts, clock = Verdicts(), SetClock()
    verdicts.put("key", YES, clock(), None)
    clock.move(-1)
    assert verdicts.get("key", clock()) is None


def test_th_105_the_oldest_make_room():
    verdicts, clock = Verdicts(most=3), SetClock()
    for key in range(10):
        verdicts.put(key, YES, clock(), None)
    assert len(verdicts) == 3
    assert [key for key in range(10) if verdicts.get(key, clock())] == [7, 8, 9]
