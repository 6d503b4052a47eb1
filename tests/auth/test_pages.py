"""The decision on single pages of an object, and how its pages are parted (R2, TH-85, TH-92)."""

from datetime import UTC, datetime, timedelta

import pytest

from auth.decision import STRANGER, Reader, decide
from auth.pages import Stretch, decide_page, door_of, is_free_text, stretches
from auth.policy import OPEN, Policy, closed_policy
from auth.rules import Rules

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
MEMBERS = Policy("members", patterns=frozenset({"login"}), roles=frozenset({"member"}))
STAFF = Policy("staff", patterns=frozenset({"login"}), roles=frozenset({"staff"}))
HIDDEN = Policy("hidden", patterns=frozenset({"login"}), manifest="hidden")
FREE = Policy("free", patterns=frozenset({"login"}), search="open")
ANN = Reader("ann", frozenset({"member"}), session=True)


def test_each_page_is_judged_by_its_own_policy():
    rules = Rules(OPEN, ((2, 3, MEMBERS), (4, 4, STAFF)))
    for n, policy in ((None, OPEN), (1, OPEN), (2, MEMBERS), (3, MEMBERS), (4, STAFF), (5, OPEN)):
        for who in (STRANGER, ANN):
            assert decide_page(rules, n, who, None, NOW) == decide(policy, who, None, NOW)


def test_th_85_a_hidden_object_hides_its_open_pages_from_those_who_may_not_know_of_it():
    rules = Rules(HIDDEN, ((1, 1, OPEN),))
    assert decide_page(rules, 1, STRANGER, None, NOW).manifest == "hidden"
    assert not decide_page(rules, 1, STRANGER, None, NOW).allowed
    shown = decide_page(rules, 1, ANN, None, NOW)
    assert shown.allowed
    assert not shown.public


def test_th_74_what_is_open_in_an_object_is_so_until_the_day_that_hides_the_object():
    day = NOW + timedelta(days=1)
    soon = Policy("soon", patterns=frozenset({"login"}), manifest="hidden", since=day)
    verdict = decide_page(Rules(soon, ((1, 1, OPEN),)), 1, STRANGER, None, NOW)
    assert verdict.public
    assert verdict.valid_until == day


def test_th_85_a_page_that_is_hidden_has_no_text_whatever_its_policy_says_of_texts():
    silent = Policy("silent", patterns=frozenset({"login"}), manifest="hidden", search="open")
    rules = Rules(OPEN, ((2, 2, silent),))
    assert decide_page(rules, 2, STRANGER, None, NOW).search == "none"
    assert decide_page(rules, 2, ANN, None, NOW).search == "full"
    assert not _is_free(rules, 2)


def _is_free(rules: Rules, n: int | None) -> bool:
    return is_free_text(decide_page(rules, n, STRANGER, None, NOW))


def test_a_text_is_everybody_s_where_the_policy_of_its_page_says_so():
    rules = Rules(MEMBERS, ((1, 1, FREE), (2, 2, OPEN)))
    assert [_is_free(rules, n) for n in (None, 1, 2, 3)] == [False, True, True, False]
    assert not _is_free(Rules(HIDDEN, ((1, 1, FREE),)), 1)


def test_a_page_is_opened_by_its_own_policy_and_an_open_one_by_that_of_its_object():
    rules = Rules(HIDDEN, ((1, 1, OPEN), (2, 2, STAFF)))
    assert [door_of(rules, n, NOW).name for n in (None, 1, 2, 3)] == ["hidden", "hidden", "staff", "hidden"]


def test_th_95_a_page_under_a_policy_that_is_not_there_is_closed():
    verdict = decide_page(Rules(OPEN, ((2, 2, closed_policy("typo")),)), 2, ANN, None, NOW)
    assert (verdict.allowed, verdict.tier, verdict.search, verdict.manifest) == (False, None, "none", "hidden")


@pytest.mark.parametrize(
    ("ranges", "pages", "expected"),
    [
        ((), 3, [(1, 3, "open")]),
        ((), 0, []),
        ([(2, 2)], 3, [(1, 1, "open"), (2, 2, "staff"), (3, 3, "open")]),
        ([(1, 3)], 3, [(1, 3, "staff")]),
        ([(1, 2), (4, 9)], 6, [(1, 2, "staff"), (3, 3, "open"), (4, 6, "staff")]),
        ([(7, 9)], 3, [(1, 3, "open")]),
    ],
)
def test_pages_are_parted_where_the_policy_changes(ranges, pages, expected):
    rules = Rules(OPEN, tuple((first, last, STAFF) for first, last in ranges))
    found = stretches(rules, pages)
    assert [(each.first, each.last, each.policy.name) for each in found] == expected
    assert all(each.policy is rules.of(n) for each in found for n in range(each.first, each.last + 1))
    assert all(isinstance(each, Stretch) for each in found)
