"""What is suggested, and that its counts are what a search for it finds (CS1-60)."""

import random
from pathlib import Path

import pytest

from search.analysis import chosen
from search.findings import Subject
from search.library import PackHandle
from search.searching import hits_of
from search.searching import suggest as suggest_in
from tests.search.books import book, open_book
from tests.search.test_random_queries import book_of_every_kind


def suggest(handle: PackHandle, text: str, minimum: int = 1, readable=None) -> list[tuple[str, int]]:
    found = suggest_in([Subject("book", handle, readable)], text, minimum).terms
    return [(term.printed, term.count) for term in found]


@pytest.fixture(scope="module")
def cat(tmp_path_factory: pytest.TempPathFactory) -> PackHandle:
    """Return a Japanese book: a line to a word, a character to a word, words over line ends, Latin letters between."""
    text = book(
        ["吾輩は猫である。名前はまだ無い。", "東京都に東京がある。東", "京とABC東京"],
        ["東 京 の 猫"],
    )
    return open_book(Path(tmp_path_factory.mktemp("home")), text)


def test_words_without_spaces_are_suggested_as_a_dictionary_parts_them(cat):
    assert suggest(cat, "吾") == [("吾輩", 1)]
    assert suggest(cat, "名") == [("名前", 1)]
    assert [word for word, _ in suggest(cat, "東")] == ["東京"]
    assert suggest(cat, "abc") == [("ABC", 1)]
    assert suggest(cat, "輩") == []


def test_cs1_60_their_counts_are_of_the_run_of_characters_that_a_search_finds(cat):
    assert suggest(cat, "東") == [("東京", 5)]  # once inside 東京都, once over a line's end, once a character a word
    assert len(hits_of(cat, "東京")) == 5
    assert suggest(cat, "猫", readable=lambda page: page == 1) == [("猫", 1)]
    assert suggest(cat, "猫", minimum=2) == [("猫", 2)]
    assert suggest(cat, "猫", minimum=3) == []


@pytest.mark.parametrize(
    ("line", "prefix", "word"),
    [
        ("สวัสดีชาวโลกภาษาไทย", "สวั", "สวัสดี"),
        ("ភាសាខ្មែរសរសេរជាប់គ្នា", "ស", "សរសេរ"),
        ("ພາສາລາວຂຽນຕິດກັນ", "ພາ", "ພາສາ"),
        ("မြန်မာဘာသာစကား", "စ", "စကား"),
        ("我們在北京大學學習中文。", "北", "北京"),
    ],
)
def test_thai_khmer_lao_burmese_and_chinese_words_are_suggested_and_found(tmp_path, line, prefix, word):
    handle = open_book(tmp_path, book([line]))
    assert (word, 1) in suggest(handle, prefix)
    assert [handle.page(1).texts for _ in hits_of(handle, word)] == [[line]]


def test_segmented_words_are_never_in_the_index(cat):
    assert "東京" not in cat.terms
    assert cat.index.spans(["東京"]) == {"東京": []}
    assert list(cat.terms.all_with_prefix("東")) == ["東"]


@pytest.mark.parametrize(
    ("folds", "stems"), [((), ()), (("ij", "uv"), ()), ((), ("en",)), (("ij", "uv"), ("de", "en"))]
)
@pytest.mark.parametrize("readable", [None, lambda page: page % 3 != 1])
def test_cs1_60_every_count_is_what_a_search_for_the_suggested_word_finds(tmp_path, folds, stems, readable):
    text = book_of_every_kind(random.Random(60))
    handle = open_book(tmp_path, text, profile=chosen({}, folds, stems))
    seen = set()
    for start in {handle.profile.fold(word.text.strip("(—"))[:2] for page in text.pages for word in page.words()}:
        for printed, count in suggest(handle, start, readable=readable):
            assert count == len(hits_of(handle, printed, readable)), printed
            seen.add(printed)
    assert len(seen) > 30
