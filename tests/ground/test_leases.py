"""Leases: one writer of an object over all machines, and a dead one's objects are free again."""

import threading

import pytest

from lectern.catalogue import Catalogue, LedgerEntry, ObjectRow
from lectern.errors import BeingWritten
from lectern.home import Home
from lectern.leases import LIFE_SECONDS
from tests.clock import SetClock
from tests.postgresql.server import ON_SQLITE

ROW = ObjectRow("faust", "faust", "Faust")


@pytest.fixture
def later() -> SetClock:
    """Return the clock of another machine, on which time goes on while the first one's stands still."""
    return SetClock()


@pytest.fixture
def other(home, later, stores):
    catalogue = Catalogue(Home(home.path, stores), later)
    yield catalogue
    catalogue.close()


def test_what_one_machine_holds_no_other_gets_until_it_is_released(catalogue, other):
    with (
        catalogue.leases.hold("faust", "here"),
        pytest.raises(BeingWritten, match="Another machine"),
        other.leases.hold("faust", "there"),
    ):
        raise AssertionError("two hold it")
    with other.leases.hold("faust", "there"), catalogue.leases.hold("other", "here"):
        pass


def test_an_object_is_released_when_its_ingest_fails(catalogue, other):
    with pytest.raises(KeyError), catalogue.leases.hold("faust", "here"):
        raise KeyError
    with other.leases.hold("faust", "there"):
        pass


def test_what_a_dead_process_held_behind_the_same_lock_is_taken_at_once(catalogue, other):
    with catalogue.leases.hold("faust", "here"), other.leases.hold("faust", "here"):
        pass


def test_what_is_held_stays_held_while_its_holder_lives(home, stores):
    home = Home(home.path, stores)
    living, other = Catalogue(home), Catalogue(home)
    living.leases.life = 0.4
    with living.leases.hold("faust", "here"):
        for _ in range(5):
            threading.Event().wait(0.2)
            with pytest.raises(BeingWritten), other.leases.hold("faust", "there"):
                raise AssertionError("two hold it")
    living.close()
    other.close()


@ON_SQLITE  # PostgreSQL's clock cannot be moved
def test_what_a_machine_held_that_is_not_heard_of_any_more_is_free(catalogue, other, later):
    with catalogue.leases.hold("faust", "here"):
        later.move(LIFE_SECONDS - 1)
        with pytest.raises(BeingWritten), other.leases.hold("faust", "there"):
            raise AssertionError("two hold it")
        later.move(2)
        with other.leases.hold("faust", "there"):
            pass


def test_who_was_taken_for_dead_changes_nothing_any_more(catalogue, other):
    catalogue.publish(ROW, [], [LedgerEntry("info", "trap", "as it was")])
    with catalogue.leases.hold("faust", "here") as lost:
        with other.leases.hold("faust", "here"):
            epoch = catalogue.epoch()
            for change in (
                lambda: catalogue.publish(ROW, [], [LedgerEntry("info", "trap", "doubled")]),
                lambda: catalogue.note("faust", [LedgerEntry("info", "trap", "doubled")]),
                lambda: catalogue.remove("faust"),
            ):
                with pytest.raises(BeingWritten, match="has taken over"):
                    change()
            assert catalogue.epoch() == epoch
            assert [entry.message for _, entry in catalogue.ledger("faust")] == ["as it was"]
            other.publish(ROW, [])
        with pytest.raises(BeingWritten):
            catalogue.publish(ROW, [])  # nor when the other is done
        with pytest.raises(BeingWritten):
            lost.require()


@ON_SQLITE
def test_who_was_out_for_long_goes_on_where_nobody_has_taken_over(catalogue, other, later, clock):
    with catalogue.leases.hold("faust", "here") as held:
        clock.move(10 * LIFE_SECONDS)
        held.require()
        catalogue.publish(ROW, [])


@ON_SQLITE
def test_what_was_made_from_the_same_since_a_time_is_known(catalogue, clock):
    began = catalogue.leases.now()
    clock.move(1)
    with catalogue.leases.hold("faust", "here"):
        catalogue.publish(ROW, [])
    catalogue.leases.note_done("faust", "files")
    assert catalogue.leases.done_since("faust", "files", began)
    assert not catalogue.leases.done_since("faust", "other files", began)
    assert not catalogue.leases.done_since("faust", "files", began + 2)
    catalogue.remove("faust")
    assert not catalogue.leases.done_since("faust", "files", began)
