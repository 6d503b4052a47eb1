"""One page at a time: what a worker does, and what it says when a file surprises it."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ingest.formats import FORMATS
from ingest.geometry import Canvas
from ingest.leaves import Outcome, Task, read_pages, settle, work
from ingest.matching import Leaf
from ingest.sniff import Kind
from ingest.traps import Unreadable, failure_entry, warning, warning_entry
from lectern.errors import InputError
from lectern.words import Page
from tests.ingest.files import alto, string, text_lines, write_picture


@pytest.fixture
def ocr(tmp_path: Path) -> Path:
    path = tmp_path / "p1.xml"
    path.write_bytes(alto(text_lines(string("word"))))
    return path


def test_a_page_of_text_alone_gets_the_canvas_of_its_ocr(ocr: Path):
    found = work(Task(Leaf(1, "p1", None, ocr), Kind.ALTO))
    assert (found.canvas, found.image, found.failed) == (Canvas(1000, 1400, "ocr-page"), None, False)
    assert found.page is not None
    assert [word.text for word in found.page.words()] == ["word"]


def test_a_size_from_mets_is_used_only_without_picture(ocr: Path, tmp_path: Path):
    assert work(Task(Leaf(1, "p1", None, ocr), Kind.ALTO, mets=(50, 70))).canvas == Canvas(50, 70, "mets")
    picture = tmp_path / "p1.png"
    write_picture(picture, 100, 140)
    found = work(Task(Leaf(1, "p1", picture, ocr), Kind.ALTO, tmp_path / "out" / "p.tif", mets=(50, 70)))
    assert found.canvas == Canvas(100, 140, "image")
    assert (tmp_path / "out" / "p.tif").exists()


def test_a_leaf_of_nothing_readable_has_no_canvas(tmp_path: Path):
    broken = tmp_path / "p1.xml"
    broken.write_bytes(b"rubbish")
    found = work(Task(Leaf(1, "p1", None, broken), Kind.BROKEN))
    assert (found.canvas, found.failed, [entry.trap for entry in found.entries]) == (None, True, ["not-ocr"])


def test_words_from_elsewhere_are_settled_later(tmp_path: Path):
    picture = tmp_path / "p1.png"
    write_picture(picture, 100, 140)
    found = work(Task(Leaf(1, "p1", picture, tmp_path / "volume.hocr", 3), None, tmp_path / "p.tif"))
    assert (found.canvas, found.page) == (Canvas(100, 140, "image"), None)
    settle(found, Page(width=10, height=14))
    assert found.page is not None
    assert (found.page.width, found.page.height) == (100, 140)


def test_warnings_of_a_page_reach_the_ledger_under_its_name():
    found = Outcome(Leaf(1, "p1"), image=(10, 10))
    settle(found, Page(width=10, height=10, warnings=[warning("namespace", "strange: very")]))
    (entry,) = found.entries
    assert (entry.level, entry.trap, entry.message, entry.page) == ("warning", "namespace", "strange: very", "p1")


def test_further_pages_of_a_file_of_one_are_reported(tmp_path: Path):
    path = tmp_path / "p1.xml"
    path.write_bytes(alto(text_lines(string("a"))) + alto(text_lines(string("b"))))
    found = work(Task(Leaf(1, "p1", None, path), Kind.ALTO))
    assert [entry.trap for entry in found.entries] == ["more-pages"]


def test_a_fault_of_a_reader_costs_the_page_and_names_the_file(ocr: Path, monkeypatch: pytest.MonkeyPatch):
    def stumble(_source: Path, _name: str) -> Iterator[Page]:
        yield from ()
        raise KeyError("nobody thought of this")

    monkeypatch.setitem(FORMATS, Kind.ALTO, replace(FORMATS[Kind.ALTO], read=stumble))
    with pytest.raises(Unreadable, match=r"p1\.xml cannot be read: KeyError") as caught:
        list(read_pages(ocr, Kind.ALTO))
    assert caught.value.trap == "reader-fault"


def test_entries_keep_trap_names_and_remedies():
    failure = failure_entry(Unreadable("truncated", "p1.xml is cut.", "Copy it."), "p1")
    assert (failure.trap, failure.message) == ("truncated", "p1.xml is cut. Copy it.")
    assert failure_entry(InputError("no picture"), "p1").trap == "image-broken"
    assert warning_entry("unit: taken as pixel", None).trap == "unit"
