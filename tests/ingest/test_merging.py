"""Two sources of text on one canvas."""

from ingest.merging import add_page
from lectern.words import Box, Page, Word
from tests.ingest.files import page_of, texts


def guessed(*words: str) -> list[Word]:
    return [Word(word, Box(0, 0, 9, 9), estimated=True) for word in words]


def test_texts_that_differ_follow_one_another():
    page = add_page(page_of(["one", "two"]), page_of(["three"]))
    assert (texts(page), page.warnings) == (["one", "two", "three"], [])


def test_of_two_that_say_the_same_the_finer_is_kept():
    for first, second in ((page_of(guessed("one", "two")), page_of(["one", "two"])),
                          (page_of(["one", "two"]), page_of(guessed("one", "two")))):  # fmt: skip
        page = add_page(first, second)
        assert [(word.text, word.estimated) for word in page.words()] == [("one", False), ("two", False)]
        assert page.warnings[0].startswith("text-repeated")


def test_a_heading_that_a_text_holds_too_is_no_repetition():
    assert texts(add_page(page_of(["one"]), page_of(["one", "two", "three"]))) == ["one", "one", "two", "three"]


def test_boxes_that_cannot_be_compared_are_lost_and_told_of():
    other = page_of(["two"])
    other.width = other.height = 100
    page = add_page(page_of(["one"]), other)
    assert [word.box is None for word in page.words()] == [False, True]
    assert page.warnings[0].startswith("mixed-units")


def test_each_text_keeps_its_language():
    german, english = page_of(["eins"]), page_of(["one"])
    german.language, english.language = "de", "en"
    page = add_page(german, english)
    assert (page.language, [word.language for word in page.words()]) == (None, ["de", "en"])


def test_an_empty_page_adds_nothing():
    assert texts(add_page(page_of(["one"]), Page())) == ["one"]
    assert texts(add_page(Page(), page_of(["one"]))) == ["one"]
