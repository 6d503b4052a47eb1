from search.analysis import DEFAULT
from search.library import PackHandle
from search.terms import TermTable, term_sections
from search.tokenizing import tokenize
from tests.search.books import book, open_book


def _table(handle: PackHandle) -> TermTable:
    return handle.terms


def test_terms_are_found_by_the_start_of_their_folded_form(tmp_path):
    handle = open_book(tmp_path, book(["Straße strasse Strand Élan elan elan"]))
    assert [(t.term, t.printed, t.count) for t in _table(handle).starting_with("stra")] == [
        ("strand", "Strand", 1),
        ("strasse", "strasse", 2),
    ]
    assert [(t.printed, t.count) for t in _table(handle).starting_with("elan")] == [("elan", 3)]


def test_nothing_begins_with_nothing(handle):
    assert list(_table(handle).starting_with("")) == []


def test_the_last_terms_of_the_table_are_found(tmp_path):
    handle = open_book(tmp_path, book(["zzzz zzzy ωωω"]))
    assert [t.term for t in _table(handle).starting_with("zzz")] == ["zzzy", "zzzz"]
    assert [t.term for t in _table(handle).starting_with("ωωω")] == ["ωωω"]


def test_a_short_prefix_gives_its_commonest_hundred():
    words = [f"a{i:04d}" for i in range(300)] + ["a0250"] * 2
    sections = term_sections(tokenize(book([" ".join(words)]), DEFAULT))
    assert len(sections["term_counts"]) == 4 * 300
    assert sections["short_prefixes"].count(b",") < 250


def test_a_short_prefix_keeps_the_frequent(tmp_path):
    words = [f"a{i:04d}" for i in range(300)] + ["a0250"] * 2
    found = list(_table(open_book(tmp_path, book([" ".join(words)]))).starting_with("a"))
    assert len(found) == 100
    assert ("a0250", 3) in [(t.term, t.count) for t in found]
