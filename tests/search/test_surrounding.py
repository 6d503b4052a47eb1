"""The quick way to the words around a match says what the general one says, or leaves the text to it."""

import random

import pytest

from search.analysis import is_spaceless
from search.quoting import after, before
from search.surrounding import Words, words_after, words_before

PLAIN = ["le", "château,", "d’été", "„Wort“", "a", "incomprehensibilities", "שלום", "слово", "two words", "—", ""]
OTHER = ["東京都", "ภาษาไทย", "。", "ｗｉｄｅ"]


def _before(page: Words, first: int, limit: int) -> str:
    texts, offset, halves = page.texts, page.offset, page.halves
    return before((texts[i] if i + offset in halves else f"{texts[i]} " for i in range(first - 1, -1, -1)), limit)


def _after(page: Words, last: int, limit: int) -> str:
    texts, offset, halves = page.texts, page.offset, page.halves
    pieces = (texts[i] if i - 1 + offset in halves else f" {texts[i]}" for i in range(last + 1, len(texts)))
    return after(pieces, limit)


@pytest.mark.parametrize("seed", range(300))
def test_words_around_are_those_of_the_general_way(seed: int):
    draw = random.Random(seed)
    words = [*PLAIN, *OTHER[: seed % 3]]
    texts = draw.choices(words, k=draw.randint(1, 40))
    offset = draw.randrange(1000)
    page = Words(texts, offset, frozenset(offset + i for i in range(len(texts)) if draw.random() < 0.1))
    for place in range(len(texts)):
        limit = draw.choice((0, 1, 7, 30, 90, 1000))
        assert words_before(page, place, limit) in {None, _before(page, place, limit)}
        assert words_after(page, place, limit) in {None, _after(page, place, limit)}


def test_text_with_blanks_between_its_words_is_never_left_to_the_general_way():
    page = Words(PLAIN, 10, frozenset({12}))
    assert all(words_before(page, place, 90) is not None for place in range(len(PLAIN)))
    assert all(words_after(page, place, 90) is not None for place in range(len(PLAIN)))


@pytest.mark.parametrize("other", OTHER)
def test_text_without_blanks_is(other: str):
    assert words_before(Words(["a", other, "b"], 0, frozenset()), 2, 90) is None
    assert words_after(Words(["a", other, "b"], 0, frozenset()), 0, 90) is None


def test_every_character_of_a_script_without_spaces_is_left_to_the_general_way():
    characters = (chr(code) for code in range(0x110000) if not 0xD800 <= code < 0xE000)
    for other in filter(is_spaceless, characters):
        assert words_before(Words([other, "b"], 0, frozenset()), 1, 90) is None, hex(ord(other))
