"""What is kept of a page that is done, on the disk and in the pack."""

from dataclasses import replace
from pathlib import Path

import pytest

from ingest.digests import digest_of
from ingest.leaves import Reduced, Task, work
from ingest.matching import Leaf
from ingest.records import PageRecord, empty_block, from_header, key_of, record_of
from ingest.sniff import Kind
from ingest.spool import Published, Spool
from lectern.catalogue import LedgerEntry
from lectern.wordblock import PageWords
from tests.ingest.files import alto, string, text_lines

ENTRY = LedgerEntry("warning", "namespace", "strange", "p1")
RECORD = PageRecord("k1", "p1", 100, 140, "image", "a.tif", 7, "p1.xml", "fol. 1", "fr", 3, (ENTRY,), b"words")


def held(path: Path) -> int:
    spool = Spool(path)
    spool.close(done=False)
    return len(spool)


def test_a_record_comes_back_from_its_header_and_its_words():
    assert from_header(RECORD.header(), RECORD.block) == RECORD
    assert from_header(PageRecord("k", "p").header(), b"") == PageRecord("k", "p")


def test_what_was_never_a_record_is_none_of_ours():
    with pytest.raises(TypeError):
        from_header({"key": "k", "name": "p", "colour": "red"}, b"")


def test_a_record_holds_what_became_of_a_leaf(tmp_path: Path):
    ocr = tmp_path / "p1.xml"
    ocr.write_bytes(alto(text_lines(string("two") + string("words", 60))))
    task = Task(Leaf(1, "p1", None, ocr), Kind.ALTO, language="fr")
    record = record_of(work(task), task, "k")
    assert (record.width, record.height, record.ocr, record.words, record.language) == (1000, 1400, "p1.xml", 2, "fr")
    assert PageWords(record.block).texts == ["two", "words"]
    assert (record.placed, record.readable, record.failed) == (True, True, False)


def test_a_leaf_that_failed_is_known_to_have_failed(tmp_path: Path):
    broken = tmp_path / "p1.xml"
    broken.write_bytes(b"<alto>")
    task = Task(Leaf(1, "p1", None, broken), Kind.ALTO)
    record = record_of(work(task), task, "k")
    assert (record.placed, record.readable, record.failed, record.block) == (False, False, True, b"")


@pytest.mark.parametrize(
    "other",
    [
        Task(Leaf(1, "p2", None, Path("a.xml")), Kind.ALTO),
        Task(Leaf(1, "p1", None, Path("b.xml")), Kind.ALTO),
        Task(Leaf(1, "p1", None, Path("a.xml"), 3), Kind.ALTO),
        Task(Leaf(1, "p1", None, Path("a.xml")), Kind.ALTO, pyramid=Path("x.tif")),
        Task(Leaf(1, "p1", None, Path("a.xml")), Kind.ALTO, reduced=Reduced("small", 0.1)),
        Task(Leaf(1, "p1", None, Path("a.xml")), Kind.ALTO, mets=(1, 2)),
        Task(Leaf(1, "p1", None, Path("a.xml")), Kind.ALTO, given=(1, 2)),
        Task(Leaf(1, "p1", None, Path("a.xml")), Kind.ALTO, language="de"),
    ],
)
def test_a_key_tells_all_that_a_page_is_made_from(other: Task):
    task = Task(Leaf(1, "p1", None, Path("a.xml")), Kind.ALTO)
    assert key_of(task, "d") == key_of(replace(task, leaf=replace(task.leaf, n=7)), "d")  # where it stands is not part
    assert key_of(task, "d") != key_of(task, "e")
    assert key_of(task, "d") != key_of(other, "d")


def test_the_digest_of_a_file_that_is_gone_is_empty(tmp_path: Path):
    assert digest_of(tmp_path / "nothing") == ""
    (tmp_path / "a").write_bytes(b"a")
    assert len(digest_of(tmp_path / "a")) == 64


def test_a_spool_gives_back_what_was_added_also_after_a_restart(tmp_path: Path):
    spool = Spool(tmp_path / "work" / "x.spool")
    spool.add(RECORD)
    spool.add(replace(RECORD, key="k2", block=b"x" * 10_000))
    assert spool.get("k1") == RECORD
    assert spool.get("k3") is None
    spool.close(done=False)
    again = Spool(tmp_path / "work" / "x.spool")
    assert (len(again), again.get("k1")) == (2, RECORD)
    again.add(replace(RECORD, key="k3"))
    blocks = [record.block for key in ("k1", "k2", "k3") if (record := again.get(key))]
    assert [len(block) for block in blocks] == [5, 10_000, 5]
    again.close(done=True)
    assert not (tmp_path / "work" / "x.spool").exists()


@pytest.mark.parametrize("cut", range(1, 60, 7))
def test_a_torn_end_of_a_spool_costs_its_last_record_only(tmp_path: Path, cut: int):
    path = tmp_path / "x.spool"
    spool = Spool(path)
    spool.add(RECORD)
    spool.add(replace(RECORD, key="k2"))
    spool.close(done=False)
    path.write_bytes(path.read_bytes()[:-cut])
    again = Spool(path)
    assert (again.get("k1"), again.get("k2")) == (RECORD, None)
    again.add(replace(RECORD, key="k4"))
    again.close(done=False)
    assert held(path) == 2


def test_a_spool_with_a_flipped_byte_is_used_up_to_it(tmp_path: Path):
    path = tmp_path / "x.spool"
    spool = Spool(path)
    spool.add(RECORD)
    spool.add(replace(RECORD, key="k2"))
    spool.close(done=False)
    data = bytearray(path.read_bytes())
    data[-2] ^= 1
    path.write_bytes(data)
    assert held(path) == 1


def test_an_object_that_is_not_published_has_no_records():
    assert (Published(None).get("k1"), Published(None).keys) == (None, [])


def test_the_block_of_an_empty_page_has_no_words():
    assert len(PageWords(empty_block())) == 0
