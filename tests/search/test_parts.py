"""A part of an object has the words of some pages alone, and is made, kept and made anew like any pack (TH-82)."""

import os
import re
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lectern.errors import PackError, StoreUnavailable
from lectern.home import Home
from lectern.keys import INDEX_KEY
from lectern.pack import PackFile, write_sections
from lectern.words import Join
from search import packing, parts
from search.findings import Subject
from search.library import Library, PackHandle
from search.packing import page_words, write_pack
from search.parts import Ranges, open_part, part_path
from search.remarks import Remark, Target
from search.searching import Limits, Page, find, hits_of, suggest
from tests.search.books import book, row

OPEN = ["the harbour wall", "was told by the mayor"]
SECRET = ["zanzibar and zebra lanterns", "HARBOUR quayside zan-", "zibari"]
ENDS: Ranges = ((0, 0), (2, 2), (4, 4))
SECRETS = ("zanzibar", "zebra", "lantern", "quayside", "lighthouse", "ernment", "zibari", "secretly")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path)
    first = [len(page.split()) for page in (*OPEN, *SECRET, "dues and gov-")]
    over_lines, over_pages = sum(first[:4]), sum(first)
    joins = [
        Join(over_lines - 1, over_lines, "zanzibari", True),
        Join(over_pages - 1, over_pages, "government", True),
    ]
    text = book(OPEN, SECRET, ["dues and gov-"], ["ernment of the lighthouse"], ["the end of lights"], joins=joins)
    remarks = [
        Remark("a", "a comment of the harbour", (Target(1),)),
        Remark("b", "secretly said of both", (Target(1), Target(2))),
        Remark("c", "secretly said of one", (Target(2),)),
        Remark("d", "a lamp at the end", (Target(5), Target(3))),
    ]
    write_pack(home, "book", 1, text, remarks=remarks)
    return home


def opened(home: Home, pages: Ranges = ENDS) -> PackHandle:
    return Library(home, 10).open(row(), pages)


def total(handle: PackHandle, query: str | None) -> int:
    return find([Subject("book", handle)], query, Page()).total_hits


def everything_in(pack: PackFile) -> bytes:
    """Return all bytes of a pack, and all that is compressed in it."""
    blocks = b"".join(b"\n".join(map(str.encode, page_words(pack, n).texts)) for n in range(pack.header["pages"]))
    beside = pack.part("beside")
    assert beside is not None
    blocks += b" ".join(page_words(beside, n).spaced().encode() for n in range(beside.header["pages"]))
    packed = (zlib.decompress(pack.section(name)) for name in ("joins", "beside.remarks"))
    return b"".join([pack.path.read_bytes(), blocks, *packed]).lower()


def test_th_82_no_word_of_another_page_is_in_the_bytes_of_a_part(home: Home):
    whole, part = PackFile(home.pack_file("book", 1)), open_part(home, "book", 1, ENDS)
    there, rest = everything_in(whole), everything_in(part)
    for word in SECRETS:
        assert word.encode() in there
        assert word.encode() not in rest, word
    assert b"harbour" in rest


def test_th_82_the_object_s_own_pack_is_not_opened_for_who_searches_a_part(home: Home):
    opened(home)
    home.pack_file("book", 1).unlink()
    assert total(opened(home), "harbour") == 2  # in the text, and in a comment
    assert [term.printed for term in suggest([Subject("book", opened(home))], "l").terms] == ["lamp", "lights"]


def test_th_84_nothing_runs_over_pages_that_a_part_leaves_out(home: Home):
    part = opened(home)
    assert hits_of(part, '"mayor dues"') == hits_of(part, '"mayor dues"~999') == []
    assert hits_of(part, '"gov the"') == hits_of(part, "government") == hits_of(part, "gov*ment") == []
    assert len(hits_of(part, "gov")) == 1
    assert len(hits_of(opened(home, ((0, 0), (2, 4))), "government")) == 1
    assert len(hits_of(opened(home, ((1, 3),)), "zanzibari")) == 1
    assert len(hits_of(opened(home, ((2, 4),)), '"dues government"~9')) == 1


def test_pages_of_a_part_keep_their_numbers_and_annotations_their_keys(home: Home):
    whole, part = Library(home, 10).open(row()), opened(home)
    found, same = (find([Subject("book", each)], "lights", Page()).annotations for each in (whole, part))
    assert [one for one in found if one.n == 5] == same != []


def test_annotations_are_in_a_part_if_all_that_they_are_about_is(home: Home):
    beside = opened(home).beside
    assert beside is not None
    assert [beside.remark(n).key for n in range(len(beside))] == ["a", "d"]
    assert opened(home, ((3, 3),)).beside is None


@pytest.mark.parametrize("pages", [(), ((7, 9),)])
def test_a_part_may_have_no_word_at_all(home: Home, pages: Ranges):
    part = opened(home, pages)
    assert part.pages == 5
    assert total(part, None) == total(part, "harbour") == 0
    assert suggest([Subject("book", part)], "h").terms == []


def test_a_part_is_made_once_and_of_each_generation(home: Home, monkeypatch: pytest.MonkeyPatch):
    made, make = [], parts._make

    def noted(home: Home, object_id: str, generation: int, pages: Ranges, opened: Callable[[], PackFile]) -> None:
        made.append(generation)
        make(home, object_id, generation, pages, opened)

    monkeypatch.setattr(parts, "_make", noted)
    for library in (Library(home, 10), Library(home, 10)):
        assert library.open(row(), ENDS) is library.open(row(), ENDS)
    write_pack(home, "book", 2, book(["another harbour"]))
    assert total(library.open(row(2), ENDS), "another") == 1
    assert made == [1, 2]


def test_a_torn_or_foreign_part_is_made_anew(home: Home, tmp_path: Path):
    path = part_path(home, "book", 1, ENDS)
    opened(home)
    for spoilt in (b"", path.read_bytes()[:-1], b"nothing" * 100):
        path.write_bytes(spoilt)
        assert total(opened(home), "harbour") == 2
    before = path.read_bytes()
    (file,) = home.keyring.files(INDEX_KEY)
    file.path.write_bytes(bytes(range(48)))
    assert total(opened(home), "harbour") == 2
    assert path.read_bytes() != before


def test_a_part_that_a_disk_has_spoilt_is_made_anew_after_it_was_told(home: Home):
    library = Library(home, 10)
    whole, path = library.open(row(), ENDS), part_path(home, "book", 1, ENDS)
    begin = path.read_bytes().index(bytes(whole._pack.section("blocks")))
    with path.open("r+b") as file:
        file.seek(begin + 30)
        file.write(b"\0\0\0\0")
    with pytest.raises(PackError):
        library.verify(row(), ENDS)
    assert len(library) == 0
    library.verify(row(), ENDS)


def test_what_cannot_be_written_is_no_part_and_the_whole_does_not_stand_in(home: Home, monkeypatch: pytest.MonkeyPatch):
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(packing, "write_sections", full)
    with pytest.raises(StoreUnavailable, match="No space left"):
        opened(home)
    assert not part_path(home, "book", 1, ENDS).exists()


def test_of_an_object_that_was_removed_no_part_stays(home: Home, monkeypatch: pytest.MonkeyPatch):
    whole = home.pack_file("book", 1)

    def removed(path: Path, header: Any, sections: Any, key: bytes) -> None:
        write_sections(path, header, sections, key)
        whole.unlink()

    monkeypatch.setattr(packing, "write_sections", removed)
    with pytest.raises(PackError):
        opened(home)
    assert list(home.parts_folder("book").iterdir()) == []


def test_parts_of_one_object_are_bounded_and_those_used_last_stay(home: Home):
    kept = part_path(home, "book", 1, ((0, 0),))
    for last in range(40):
        opened(home, ((0, 0),))
        opened(home, ((0, last),))
        assert kept.exists()
    files = [path.name for path in home.parts_folder("book").iterdir()]
    assert len(files) == 16
    assert all(re.fullmatch(r"1\.[0-9a-f]{32}\.pack", name) for name in files)


def test_what_a_killed_process_left_half_written_goes_when_the_next_part_is_made(home: Home):
    opened(home)
    left, fresh = (part_path(home, "book", 1, ()).with_name(f".1.part.pack.{process}") for process in (98, 99))
    for path in (left, fresh):
        path.write_bytes(b"half")
    os.utime(left, (1, 1))
    opened(home, ((0, 0),))
    assert (left.exists(), fresh.exists()) == (False, True)


def test_patterns_stand_for_words_of_the_part_under_its_own_limit(home: Home):
    answer = find([Subject("book", opened(home))], "l*", Page(), Limits(pattern_words=1))
    assert answer.truncated == ()
