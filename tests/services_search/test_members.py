"""What a reader may know of an object's pages, as ranges; and `lectern search --as` honours it (TH-78)."""

from datetime import UTC, datetime, timedelta

import pytest

from auth.decision import STRANGER, Reader, Verdict
from auth.pages import decide_page
from auth.policy import OPEN, Pattern, Policy
from auth.rules import Rules
from lectern.catalogue import ObjectRow
from services.search.direct import answer
from services.search.members import Pages, member, pages_of
from services.search.scopes import Place
from tests.services_search.conftest import MakeDesk

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
LOGIN: frozenset[Pattern] = frozenset({"login"})
SECRET, BOXES, FREE = (
    Policy("secret", patterns=LOGIN),
    Policy("boxes", patterns=LOGIN, search="boxes"),
    Policy("free", patterns=LOGIN, search="open"),
)
ROW = ObjectRow("book", "book", "A book", 1, pages=9)
ANN = Reader("ann", session=True)


def judged(rules: Rules, scope: Pages | None = None, who: Reader = STRANGER):
    return member(ROW, rules, scope, lambda rules, n: decide_page(rules, n, who, None, NOW))


@pytest.mark.parametrize(
    ("whole", "pages", "search", "readable"),
    [
        (OPEN, (), "full", None),
        (SECRET, (), "none", None),
        (OPEN, ((2, 3, SECRET),), "full", ((0, 0), (3, 8))),
        (OPEN, ((1, 1, SECRET), (2, 2, BOXES), (9, 9, SECRET)), "full", ((2, 7),)),
        (OPEN, ((2, 2, FREE), (3, 3, OPEN)), "full", None),
        (SECRET, ((2, 2, OPEN), (3, 3, FREE), (8, 20, OPEN)), "full", ((1, 2), (7, 8))),
        (SECRET, ((2, 2, BOXES), (5, 5, BOXES)), "boxes", ((1, 1), (4, 4))),
        (BOXES, ((2, 2, SECRET),), "boxes", ((0, 0), (2, 8))),
        (BOXES, ((2, 2, OPEN),), "full", ((1, 1),)),
        (SECRET, ((20, 30, OPEN),), "none", None),
    ],
)
def test_the_pages_of_which_most_may_be_told_are_those_that_are_searched(whole, pages, search, readable):
    found = judged(Rules(whole, pages))
    assert found.search == search
    assert (found.readable and found.readable.ranges) == readable


def test_a_part_of_an_object_is_judged_by_its_own_pages():
    rules = Rules(OPEN, ((2, 2, BOXES), (4, 5, SECRET)))
    for pages, search, readable in (
        ({1}, "boxes", {1}),
        ({3}, "none", {3}),
        ({0, 1, 2, 3}, "full", {0, 2}),
        ({1, 3, 4}, "boxes", {1}),
        ({0, 8}, "full", {0, 8}),
    ):
        found = judged(rules, pages_of(pages))
        assert found.search == search
        assert found.readable is not None
        assert {page for page in range(9) if found.readable(page)} == readable


@pytest.mark.parametrize(
    ("pages", "part", "within"),
    [
        (None, ((0, 0), (2, 2), (5, 8)), None),
        ({0}, ((0, 0), (2, 2), (5, 8)), {0}),
        ({0, 1, 2, 3}, ((0, 0), (2, 2), (5, 8)), {0, 2}),
        ({1}, ((1, 1),), None),
        ({1, 3, 4}, ((1, 1),), None),
        ({0, 2, 5, 6, 7, 8}, ((0, 0), (2, 2), (5, 8)), None),
    ],
)
def test_th_82_what_is_searched_is_the_part_of_all_pages_that_are_judged_like_those_of_the_scope(pages, part, within):
    found = judged(Rules(OPEN, ((2, 2, BOXES), (4, 5, SECRET))), pages and pages_of(pages))
    assert found.part == part
    assert (found.within and {page for page in range(9) if found.within(page)}) == within


def test_a_scope_is_searched_in_its_part_without_a_look_at_policies_of_other_pages():
    asked = []

    def judge(rules: Rules, n: int | None) -> Verdict:
        asked.append(n)
        return decide_page(rules, n, STRANGER, None, NOW)

    found = member(ROW, Rules(SECRET, ((2, 3, OPEN), (5, 5, BOXES), (9, 9, OPEN))), pages_of({1}), judge)
    assert (asked, found.part) == ([2], ((1, 2), (8, 8)))


def test_who_is_let_in_everywhere_reads_an_object_as_a_whole():
    found = judged(Rules(OPEN, ((2, 2, BOXES), (4, 5, SECRET))), who=ANN)
    assert found.readable is None
    assert found.part is None


def test_th_72_74_pages_are_everybody_s_together_or_not_until_the_first_date_that_changes_one():
    soon, later = (Policy("soon", patterns=LOGIN, since=NOW + timedelta(days=days)) for days in (1, 2))
    found = judged(Rules(OPEN, ((2, 2, later), (3, 3, soon), (4, 4, FREE))))
    assert found.everybodys
    assert found.valid_until == NOW + timedelta(days=1)
    assert not judged(Rules(OPEN, ((2, 2, SECRET),))).everybodys
    hidden = Policy("hidden", patterns=LOGIN, manifest="hidden")
    assert not judged(Rules(hidden, ((2, 2, FREE),)), pages_of({1}), who=ANN).everybodys


def test_pages_are_told_one_by_one_or_as_ranges():
    assert pages_of([5, 1, 2, 2, 9]).ranges == ((1, 2), (5, 5), (9, 9))
    assert pages_of([]).ranges == ()
    some = Pages(((1, 2), (5, 8)))
    assert [page for page in range(10) if some(page)] == [1, 2, 5, 6, 7, 8]
    assert some.both(Pages(((0, 1), (7, 9)))).ranges == ((1, 1), (7, 8))


def test_th_78_pages_are_left_out_on_the_command_line_as_a_stranger_and_not_as_the_operator(make_desk: MakeDesk):
    desk = make_desk()
    with desk.context.home.policies_file.open("a") as file:
        file.write('[[objects.open.pages]]\npages = "2"\npolicy = "secret"\n')
    place, given = Place("open"), [("q", "harbour")]
    totals = [answer(desk.context, place, given, 1, reader)["within"]["total"] for reader in ("stranger", None)]
    assert totals == [1, 3]
