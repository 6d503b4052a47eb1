"""The catalogue from above, and sessions one by one, on both kinds of store."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from lectern.catalogue import Catalogue, LedgerEntry, ObjectRow
from lectern.catalogue_survey import Held, Totals
from lectern.database_server import Server
from lectern.home import Home
from lectern.state import State
from lectern.state_sessions import SessionRow, SessionStore


@pytest.fixture
def home(tmp_path: Path, stores: Server | None) -> Home:
    """Return a home whose stores are files, and then on a server."""
    return Home(tmp_path, stores)


@pytest.fixture
def catalogue(home: Home) -> Iterator[Catalogue]:
    """Return a catalogue with two objects, one of which has failures, and one that was never published."""
    catalogue = Catalogue(home)
    failure = LedgerEntry("failure", "torn-file", "It ends too early.", "2")
    warning = LedgerEntry("warning", "no-size", "It has no size.", "1")
    catalogue.publish(ObjectRow("faust", "faust", "Faust_I", policy="staff", pages=2, words=9), [], [warning, failure])
    catalogue.publish(ObjectRow("egmont", "egmont", "Egmont", pages=3, words=5), [], [warning])
    catalogue.note("lost", [failure, LedgerEntry("info", "told", "Nothing.")])
    yield catalogue
    catalogue.close()


def test_sums_are_over_all_objects_and_the_whole_ledger(catalogue: Catalogue):
    assert catalogue.survey.totals() == Totals(objects=2, pages=5, words=14, failures=2, warnings=2, failing=2)
    assert catalogue.survey.under_policies() == {"staff": 1, "open": 1}


def test_an_empty_catalogue_sums_to_nothing(home: Home):
    catalogue = Catalogue(home)
    assert catalogue.survey.totals() == Totals(0, 0, 0, 0, 0, 0)
    assert catalogue.survey.page() == catalogue.survey.lately(5) == []
    catalogue.close()


@pytest.mark.parametrize(
    ("text", "failing", "found"),
    [
        ("", False, ["egmont", "faust", "lost"]),
        ("FAUST_", False, ["faust"]),
        ("gmo", False, ["egmont"]),
        ("%", False, []),
        ("aust-", False, []),
        ("", True, ["faust", "lost"]),
        ("los", True, ["lost"]),
        ("egmont", True, []),
    ],
)
def test_objects_are_listed_by_a_text_and_by_failures(catalogue: Catalogue, text: str, failing: bool, found: list[str]):
    assert [line.id for line in catalogue.survey.page(text, failing=failing)] == found
    assert catalogue.survey.count(text, failing=failing) == len(found)


def test_a_line_counts_the_entries_of_its_object_and_says_whether_it_is_published(catalogue: Catalogue):
    lines = {line.id: (line.published, line.failures, line.warnings) for line in catalogue.survey.page()}
    assert lines == {"faust": (True, 1, 1), "egmont": (True, 0, 1), "lost": (False, 1, 0)}
    assert [line.id for line in catalogue.survey.page(start=1, most=1)] == ["faust"]


def test_what_is_held_is_told_with_the_machine_and_only_as_long(catalogue: Catalogue):
    with catalogue.leases.hold("faust", "here"):
        (found,) = catalogue.survey.held(catalogue.leases.now())
    assert found == Held("faust", found.machine, found.process)
    assert found.process.isdigit()
    assert catalogue.survey.held(catalogue.leases.now()) == []


def test_one_session_ends_by_its_handle_and_no_other(home: Home):
    state = State(home)
    store = SessionStore(state)
    for number in range(3):
        row = SessionRow(f"d{number}", "ann", (), (), (), created=number, seen=number, ends=100)
        store.put(row, idle=50)
    first, second, third = store.open(5, 50)
    before = state.ended
    ended = store.end_one(second.handle)
    assert ended
    assert (ended.user, ended.provider) == ("ann", "local")
    assert state.ended > before
    assert [each.handle for each in store.open(5, 50)] == [first.handle, third.handle]
    assert [each.handle for each in store.open(5, 50, start=1, most=1)] == [third.handle]
    assert store.count_open(5, 50, user="ann") == 2
    assert store.end_one(second.handle) is None
    state.close()
