"""What the catalogue says of the shelf and its ingest in a few numbers, in both kinds of store."""

from lectern import catalogue_figures
from lectern.catalogue import CanvasRow, Catalogue, LedgerEntry, ObjectRow
from lectern.catalogue_figures import Waiting
from lectern.catalogue_pending import Key
from lectern.urls import canvas_path
from tests.clock import SetClock


def _publish(catalogue: Catalogue, name: str, *entries: LedgerEntry) -> None:
    canvas = CanvasRow(1, canvas_path(name, 1), 20, 30)
    catalogue.publish(ObjectRow(name, name, "A book", pages=2, words=30), [canvas], entries)


def test_an_empty_shelf_has_numbers_too(catalogue: Catalogue, clock: SetClock):
    found = catalogue.figures()
    assert (found.objects, found.pages, found.words, found.modified) == (0, 0, 0, 0)
    assert (found.ledger, found.pending, found.underway) == ({}, {}, Waiting(0, 0))


def test_objects_and_failures_are_summed_up_by_trap(catalogue: Catalogue, clock: SetClock):
    broken, small = LedgerEntry("failure", "not-ocr", "No OCR.", "2"), LedgerEntry("warning", "rotated", "Turned.", "1")
    _publish(catalogue, "one", broken, small, LedgerEntry("info", "annotations-beside", "Some."))
    clock.move(60)
    _publish(catalogue, "two", broken)
    found = catalogue.figures()
    assert (found.objects, found.pages, found.words) == (2, 4, 60)
    assert found.modified == int(clock().timestamp())
    assert found.ledger == {("failure", "not-ocr"): 2, ("warning", "rotated"): 1}


def test_of_a_long_ledger_the_newest_entries_are_looked_at(catalogue: Catalogue, monkeypatch):
    monkeypatch.setattr(catalogue_figures, "NEWEST", 3)
    for number in range(5):
        _publish(catalogue, f"book-{number}", LedgerEntry("failure", f"trap-{number}", "Broken.", "1"))
    assert {trap for _, trap in catalogue.figures().ledger} == {"trap-2", "trap-3", "trap-4"}


def test_what_is_being_written_and_what_waits_for_the_cluster_is_told_with_its_age(
    catalogue: Catalogue, clock: SetClock
):
    began = catalogue.leases.now()
    with catalogue.leases.hold("one", "here"):
        found = catalogue.figures()
        assert found.underway.number == 1
        assert began <= found.underway.since <= found.at
    assert catalogue.figures().underway.number == 0
    now = int(clock().timestamp())
    catalogue.pending.begin(Key("one", 1), now - 50)
    catalogue.pending.begin(Key("two", 1), now - 20)
    assert catalogue.figures().pending == {"coming": Waiting(2, now - 50)}
