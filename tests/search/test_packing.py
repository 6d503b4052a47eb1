import resource
import threading
from array import array
from contextlib import suppress
from pathlib import Path

import pytest

from lectern.errors import PackError
from lectern.home import Home
from lectern.keys import INDEX_KEY
from lectern.pack import PackFile
from lectern.words import Join
from search.findings import Subject
from search.library import Library, PackHandle, files_to_spare, whoosh
from search.packing import read_text, write_pack
from search.searching import Page, find
from search.tokenizing import Kind
from search.whoosh_engine import WhooshIndex, build_index
from tests.search.books import book, open_book, row

_TEXT = book(["one gov-", "ernment two"], ["three"], joins=[Join(1, 2, "government", True)])


def _total(handle, q):
    return find([Subject("book", handle)], q, Page()).total_hits


def test_a_pack_gives_back_the_text_it_was_built_from(tmp_path):
    write_pack(Home(tmp_path), "book", 1, _TEXT)
    again = read_text(PackFile(Home(tmp_path).pack_file("book", 1)))
    assert again.joins == _TEXT.joins
    assert [[w.text for w in p.words()] for p in again.pages] == [["one", "gov-", "ernment", "two"], ["three"]]
    assert [w.box for p in again.pages for w in p.words()] == [w.box for p in _TEXT.pages for w in p.words()]


def test_the_summary_counts_pages_and_words(tmp_path):
    summary = write_pack(Home(tmp_path), "book", 1, _TEXT)
    assert (summary.pages, summary.words, summary.path.name) == (2, 5, "book.1.pack")


def test_a_pack_holds_no_id_and_no_url(tmp_path):
    path = write_pack(Home(tmp_path), "secretname", 1, _TEXT).path
    assert b"secretname" not in path.read_bytes()
    assert b"http" not in path.read_bytes()


def test_no_pickle_names_a_class_of_ours(tmp_path):
    pack = PackFile(write_pack(Home(tmp_path), "book", 1, _TEXT).path)
    section = pack.trusted_index(Home(tmp_path).key(INDEX_KEY))
    handle = PackHandle(pack, whoosh(Home(tmp_path).key(INDEX_KEY)))
    assert section is not None
    assert handle.index.spans(["one"])["one"]


@pytest.mark.parametrize("where", [0, 20, -1])
def test_a_torn_pack_is_refused_with_the_remedy(tmp_path, where):
    path = write_pack(Home(tmp_path), "book", 1, _TEXT).path
    data = path.read_bytes()
    path.write_bytes(data[:where])
    with pytest.raises(PackError, match="reindex"):
        PackFile(path)


def test_a_pack_with_an_empty_directory_is_refused_with_the_remedy(tmp_path):
    import struct
    import zlib

    path = tmp_path / "book.1.pack"
    path.write_bytes(b"LECTERN\x01" + struct.pack("<II", 2, zlib.crc32(b"{}")) + b"{}")
    with pytest.raises(PackError, match="reindex"):
        PackFile(path)


def test_a_missing_pack_is_refused_with_the_remedy(tmp_path):
    with pytest.raises(PackError, match="reindex"):
        Library(Home(tmp_path), 5).open(row())


def test_an_index_that_was_tampered_with_is_never_opened_and_is_made_anew(tmp_path):
    home = Home(tmp_path)
    path = write_pack(home, "book", 1, _TEXT).path
    pack = PackFile(path)
    place = path.read_bytes().index(bytes(pack.section("index")))
    length = len(pack.section("index"))
    data = bytearray(path.read_bytes())
    data[place : place + length] = bytes(length)
    path.write_bytes(data)
    assert PackFile(path).trusted_index(home.key(INDEX_KEY)) is None
    assert _total(Library(home, 5).open(row()), "government") == 1


def test_an_index_of_another_home_is_not_trusted(tmp_path):
    path = write_pack(Home(tmp_path / "a"), "book", 1, _TEXT).path
    Home(tmp_path / "b").prepare()
    assert PackFile(path).trusted_index(Home(tmp_path / "b").key(INDEX_KEY)) is None


def test_a_failed_write_leaves_nothing_behind(tmp_path, monkeypatch):
    home = Home(tmp_path)
    write_pack(home, "book", 1, _TEXT)
    monkeypatch.setattr("os.fsync", lambda descriptor: (_ for _ in ()).throw(OSError("full")))
    with pytest.raises(OSError, match="full"):
        write_pack(home, "book", 2, _TEXT)
    assert [p.name for p in (home.path / "index").rglob("*") if p.is_file()] == ["book.1.pack"]


def test_a_new_generation_is_seen_as_soon_as_the_row_names_it(tmp_path):
    home, library = Home(tmp_path), Library(Home(tmp_path), 5)
    write_pack(home, "book", 1, _TEXT)
    old = library.open(row(1))
    write_pack(home, "book", 2, book(["other"]))
    assert _total(library.open(row(2)), "other") == 1
    assert _total(old, "one") == 1, "whoever holds the old generation goes on with it"
    assert len(library) == 1


def test_the_least_used_pack_is_closed_first(tmp_path):
    home, library = Home(tmp_path), Library(Home(tmp_path), 2)
    for name in ("a", "b", "c"):
        write_pack(home, name, 1, _TEXT)
    first = library.open(row(1, "a"))
    library.open(row(1, "b"))
    assert library.open(row(1, "a")) is first
    library.open(row(1, "c"))
    assert library.open(row(1, "a")) is first
    assert len(library) == 2


def test_open_packs_are_bounded_by_their_bytes_too(tmp_path):
    home = Home(tmp_path)
    size = write_pack(home, "a", 1, _TEXT).path.stat().st_size
    library = Library(home, 10, 2 * size + size // 2)
    for name in ("a", "b", "c"):
        write_pack(home, name, 1, _TEXT)
        library.open(row(1, name))
    assert len(library) == 2
    write_pack(home, "c", 2, _TEXT)
    library.open(row(2, "c"))
    assert len(library) == 2
    assert len(Library(home, 10, 1)._open) == 0
    tight = Library(home, 10, 1)
    assert tight.open(row(1, "a")) is tight.open(row(1, "a")), "the one that is asked stays"


def test_open_packs_leave_files_for_everything_else(tmp_path, monkeypatch):
    home = Home(tmp_path)
    for soft, most in ((1024, 768), (300, 150), (resource.RLIM_INFINITY, 1_000_000)):
        monkeypatch.setattr("resource.getrlimit", lambda _what, soft=soft: (soft, soft))
        assert files_to_spare() == most
    monkeypatch.setattr("resource.getrlimit", lambda _what: (4, 4))
    library = Library(home, 10)
    for name in ("a", "b", "c"):
        write_pack(home, name, 1, _TEXT)
        library.open(row(1, name))
    assert len(library) == 2


def test_an_older_generation_that_is_still_asked_for_does_not_push_the_newer_out(tmp_path):
    home, library = Home(tmp_path), Library(Home(tmp_path), 5)
    for generation in (1, 2):
        write_pack(home, "book", generation, book([f"number {generation}"]))
    newer = library.open(row(2))
    assert _total(library.open(row(1)), "1") == 1
    assert library.open(row(2)) is newer
    assert len(library) == 1


def test_threads_share_a_pack_and_never_mix_their_hits(tmp_path):
    words = " ".join(f"w{i % 50}" for i in range(2000))
    handle = open_book(tmp_path, book(*[[words]] * 5))
    wrong: list[str] = []

    def ask(term: str) -> None:
        for _ in range(60):
            if _total(handle, term) != 200:
                wrong.append(term)

    threads = [threading.Thread(target=ask, args=(f"w{i}",)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_building_leaves_no_file_in_the_temporary_folder(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    build_index({kind: {} for kind in Kind} | {Kind.SURFACE: {"a": array("I", [0])}})
    assert list(tmp_path.iterdir()) == []


def test_positions_of_every_size_come_back(tmp_path):
    positions = array("I", [0, 46, 65535, 65536, 4_000_000])
    section = b"".join(build_index({kind: {} for kind in Kind} | {Kind.LAST: {"a": array("I", positions)}}))
    (found,) = WhooshIndex(memoryview(section)).spans(["a"])["a"]
    assert (found.kind, list(found.positions)) == (Kind.LAST, list(positions))


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="only Linux tells which files are open")
def test_pages_that_were_shown_hold_no_pack_open_that_is_left(tmp_path):
    home, library = Home(tmp_path), Library(Home(tmp_path), 2)
    for generation in (1, 2, 3):
        write_pack(home, "book", generation, _TEXT)
        shown = library.open(row(generation)).leaf(0)
        assert library.open(row(generation)).leaf(0) is shown
        del shown
    for name in ("a", "b"):
        write_pack(home, name, 1, _TEXT)
        library.open(row(1, name)).leaf(0)
    assert _open_packs(tmp_path) == ["a.1.pack", "b.1.pack"]


def _open_packs(folder: Path) -> list[str]:
    found = []
    for file in Path("/proc/self/fd").iterdir():
        with suppress(OSError):  # that of the listing itself has gone
            found.append(file.readlink())
    return sorted(path.name for path in found if path.is_relative_to(folder) and path.suffix == ".pack")
