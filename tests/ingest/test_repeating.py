"""A transcription that is on the page already is known as such, however it is hyphenated and punctuated."""

import pytest

from ingest.repeating import Repeats

_PAGE = ["The", "Har-", "bour", "wall,", "was", "opened", "—", "by", "the", "Mayor.", "a"]


def repeats(text: str) -> bool:
    return Repeats({1: _PAGE, 2: []}.__getitem__).on(1, text)


@pytest.mark.parametrize(
    "text",
    [
        "the harbour wall",
        "The Har-\nbour wall was opened",
        "opened by the mayor",
        "MAYOR",
        "the mayor\nthe harbour",
        "a",
        "|",
        "Wall was\nopened by",
    ],
)
def test_words_in_a_row_on_the_page_are_a_repetition(text: str):
    assert repeats(text)


@pytest.mark.parametrize(
    "text", ["the harbour walls", "harbour was", "arbour wall", "the may", "mayor the wall", "w", "the harbour\nof old"]
)
def test_other_words_and_parts_of_words_are_none(text: str):
    assert not repeats(text)


def test_nothing_is_repeated_on_an_empty_page():
    assert not Repeats({2: []}.__getitem__).on(2, "anything")


def test_a_page_that_says_one_thing_ten_thousand_times_takes_no_longer():
    words = ["aa"] * 10_000
    found = Repeats({1: words}.__getitem__)
    assert found.on(1, "aa " * 5_000)
    assert not any(found.on(1, "aa " * n + "b") for n in range(100))
