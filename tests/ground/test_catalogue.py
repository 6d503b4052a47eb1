"""The catalogue: an object is seen whole or not at all, and what ingest found out is kept."""

import sqlite3
import threading
from dataclasses import replace

import pytest

from lectern.catalogue import CanvasRow, Catalogue, LedgerEntry, ObjectRow, RangeRow
from lectern.errors import NotFound, StoreUnavailable
from lectern.urls import canvas_path
from tests.postgresql.server import ON_SQLITE


def canvases(object_id, count, **values):
    return [CanvasRow(n, canvas_path(object_id, n), 1000, 1500, **values) for n in range(1, count + 1)]


def put(catalogue, object_id="faust", pages=2, entries=(), **values):
    row = ObjectRow(object_id, object_id, values.pop("label", object_id), pages=pages, **values)
    return catalogue.publish(row, canvases(object_id, pages), entries)


class TestPublish:
    def test_what_is_said_of_an_object_is_kept_beside_its_row_and_goes_with_it(self, catalogue):
        row = ObjectRow("faust", "faust", "Faust")
        catalogue.publish(row, [], description='{"metadata": []}')
        assert catalogue.description("faust") == '{"metadata": []}'
        catalogue.publish(row, [])
        assert not catalogue.description("faust")

    def test_a_canvas_keeps_the_picture_that_somebody_else_serves(self, catalogue):
        page = CanvasRow(1, "https://elsewhere.example/canvas/1", 10, 20, borrowed='{"type": "Image"}')
        catalogue.publish(ObjectRow("faust", "faust", "Faust", pages=1), [page])
        assert catalogue.canvas("faust", 1) == page

    def test_an_object_reads_back_as_it_was_given(self, catalogue):
        row = ObjectRow(
            "faust",
            "ark:/1/faust",
            "Faust – eine Tragödie",
            generation=4,
            summary="Part one",
            rights="https://example.org/rights",
            languages=("de", "la"),
            viewing_direction="right-to-left",
            collections=("plays",),
            policy="readers",
            pages=1,
            words=7,
        )
        page = CanvasRow(1, canvas_path("faust", 1), 10, 20, "i", "ab/faust/1.tif", "1.xml", 7, "image")
        kept = catalogue.publish(row, [page])
        assert catalogue.get("faust") == kept
        assert (kept.original_id, kept.languages, kept.collections) == ("ark:/1/faust", ("de", "la"), ("plays",))
        assert catalogue.canvases("faust") == [page]
        assert catalogue.canvas("faust", 1) == page

    def test_an_object_may_have_no_canvas(self, catalogue):
        put(catalogue, pages=0)
        assert catalogue.canvases("faust") == []

    def test_a_new_version_replaces_pages_and_keeps_the_day_it_came(self, catalogue, clock):
        first = put(catalogue, pages=3)
        clock.move(3600)
        second = put(catalogue, pages=1, label="Faust II")
        assert (second.created, second.modified) == (first.created, first.created + 3600)
        assert [c.n for c in catalogue.canvases("faust")] == [1]
        assert catalogue.get("faust").label == "Faust II"

    def test_another_object_is_untouched(self, catalogue):
        put(catalogue, "faust")
        before = put(catalogue, "egmont", pages=5)
        put(catalogue, "faust", pages=1)
        assert catalogue.get("egmont") == before
        assert len(catalogue.canvases("egmont")) == 5

    def test_a_version_that_cannot_be_written_leaves_the_old_one_whole(self, catalogue):
        put(catalogue, pages=2, entries=[LedgerEntry("info", "made", "ok")])
        twice = [*canvases("faust", 1), *canvases("faust", 1)]
        with pytest.raises(StoreUnavailable):
            catalogue.publish(ObjectRow("faust", "faust", "broken"), twice)
        assert catalogue.get("faust").label == "faust"
        assert len(catalogue.canvases("faust")) == 2
        assert [entry.trap for _, entry in catalogue.ledger("faust")] == ["made"]

    def test_readers_see_the_old_object_or_the_new_one(self, home, stores, catalogue):
        put(catalogue, pages=1, label="1")
        torn, stop = [], threading.Event()
        reader = Catalogue(replace(home, server=stores))

        def watch():
            while not stop.is_set():
                reader._database.forget()
                row = reader.get("faust")
                if row.label != str(row.pages):
                    torn.append(row)

        watcher = threading.Thread(target=watch)
        watcher.start()
        for n in range(2, 40):
            put(catalogue, pages=n, label=str(n))
        stop.set()
        watcher.join()
        reader.close()
        assert torn == []


class TestRanges:
    ROWS = (RangeRow(1, None, "One", "chapter", (1, 2)), RangeRow(2, 1, "Inside", "section", (2,)))

    def publish(self, catalogue, ranges=ROWS):
        catalogue.publish(ObjectRow("faust", "faust", "f"), canvases("faust", 2), ranges=ranges)

    def test_they_come_and_go_with_their_object(self, catalogue):
        self.publish(catalogue, self.ROWS[::-1])
        assert catalogue.ranges("faust") == list(self.ROWS)
        self.publish(catalogue, self.ROWS[:1])
        assert catalogue.ranges("faust") == list(self.ROWS[:1])
        self.publish(catalogue, ())
        assert catalogue.ranges("faust") == []
        self.publish(catalogue)
        catalogue.remove("faust")
        assert catalogue.ranges("faust") == []

    @ON_SQLITE
    def test_a_home_from_before_there_were_ranges_goes_on_working(self, catalogue, home):
        put(catalogue)
        catalogue.close()
        with sqlite3.connect(home.catalogue_file) as connection:
            connection.execute("DROP TABLE ranges")
            connection.execute("DROP TABLE catalogue_version")
            connection.execute("PRAGMA user_version = 3")
        connection.close()
        assert catalogue.ranges("faust") == []
        self.publish(catalogue)
        assert catalogue.ranges("faust") == list(self.ROWS)


class TestFind:
    def test_what_is_not_there(self, catalogue):
        assert catalogue.find("nothing") is None
        assert catalogue.canvas("nothing", 1) is None
        assert catalogue.canvases("nothing") == []
        with pytest.raises(NotFound, match="lectern status"):
            catalogue.get("nothing")

    def test_ids_are_compared_letter_by_letter(self, catalogue):
        put(catalogue, "Faust")
        assert catalogue.find("faust") is None
        assert catalogue.find("Faust%") is None

    def test_objects_come_by_label(self, catalogue):
        for object_id, label in (("a", "Zeta"), ("b", "Alpha"), ("c", "Alpha")):
            put(catalogue, object_id, label=label)
        assert [row.id for row in catalogue.objects()] == ["b", "c", "a"]

    def test_canvases_come_in_order_of_number(self, catalogue):
        catalogue.publish(ObjectRow("faust", "faust", "f"), list(reversed(canvases("faust", 12))))
        assert [c.n for c in catalogue.canvases("faust")] == list(range(1, 13))


class TestRemove:
    def test_nothing_of_it_is_left(self, catalogue):
        put(catalogue, entries=[LedgerEntry("warning", "no-size", "page 1")])
        removed = catalogue.remove("faust")
        assert removed.id == "faust"
        assert catalogue.find("faust") is None
        assert catalogue.canvases("faust") == []
        assert catalogue.ledger() == []

    def test_removing_what_is_not_there(self, catalogue):
        with pytest.raises(NotFound):
            catalogue.remove("faust")


class TestEpoch:
    def test_it_grows_with_every_change(self, catalogue):
        seen = [catalogue.epoch()]
        for change in (
            lambda: put(catalogue),
            lambda: catalogue.set_policy("faust", "readers"),
            catalogue.next_generation,
            lambda: catalogue.remove("faust"),
        ):
            change()
            seen.append(catalogue.epoch())
        assert seen == sorted(set(seen))

    def test_reading_does_not_change_it(self, catalogue):
        put(catalogue)
        before = catalogue.epoch()
        catalogue.objects()
        catalogue.ledger()
        assert catalogue.epoch() == before

    def test_an_object_that_was_removed_never_gets_an_old_generation_again(self, catalogue):
        generations = []
        for _ in range(3):
            generations.append(catalogue.next_generation())
            put(catalogue, generation=generations[-1])
            catalogue.remove("faust")
        assert generations == sorted(set(generations))

    def test_two_processes_never_get_the_same_generation(self, home, stores, catalogue):
        other = Catalogue(replace(home, server=stores))
        drawn = [store.next_generation() for _ in range(10) for store in (catalogue, other)]
        other.close()
        assert len(set(drawn)) == 20


class TestPolicy:
    def test_it_changes_and_nothing_else_does(self, catalogue):
        before = put(catalogue)
        catalogue.set_policy("faust", "readers")
        after = catalogue.get("faust")
        assert after.policy == "readers"
        assert (after.generation, after.label, after.pages) == (before.generation, before.label, before.pages)

    def test_of_an_object_that_there_is_not(self, catalogue):
        with pytest.raises(NotFound):
            catalogue.set_policy("faust", "readers")


class TestLedger:
    def test_entries_come_in_the_order_written_with_their_time(self, catalogue, clock):
        entries = [LedgerEntry("warning", "b", "second page", "2"), LedgerEntry("info", "a", "the whole")]
        put(catalogue, entries=entries)
        found = [entry for _, entry in catalogue.ledger("faust")]
        assert [(e.level, e.trap, e.message, e.page) for e in found] == [
            ("warning", "b", "second page", "2"),
            ("info", "a", "the whole", None),
        ]
        assert {e.at for e in found} == {clock.now.timestamp()}

    def test_a_new_ingest_replaces_the_old_ledger(self, catalogue):
        put(catalogue, entries=[LedgerEntry("failure", "torn", "page 1")])
        put(catalogue, entries=[])
        assert catalogue.ledger("faust") == []

    def test_an_object_that_could_not_be_made_has_a_ledger_all_the_same(self, catalogue):
        catalogue.note("ghost", [LedgerEntry("failure", "empty", "no page could be read")])
        assert catalogue.find("ghost") is None
        assert [(object_id, entry.trap) for object_id, entry in catalogue.ledger()] == [("ghost", "empty")]

    def test_a_note_leaves_what_is_published(self, catalogue):
        before = put(catalogue)
        catalogue.note("faust", [LedgerEntry("failure", "torn", "page 1")])
        assert catalogue.get("faust") == before
        assert len(catalogue.canvases("faust")) == 2


@ON_SQLITE
def test_a_locked_catalogue_says_so_and_its_readers_go_on(home, catalogue, monkeypatch):
    monkeypatch.setattr("lectern.database_sqlite._BUSY_MILLISECONDS", 100)
    put(catalogue)
    catalogue.close()
    other = sqlite3.connect(home.catalogue_file, isolation_level=None)
    catalogue.objects()
    other.execute("begin immediate")
    with pytest.raises(StoreUnavailable, match=r"catalogue\.db"):
        put(catalogue, "egmont")
    assert [row.id for row in catalogue.objects()] == ["faust"]
    other.execute("rollback")
    other.close()
