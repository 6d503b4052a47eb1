"""Words that share a box, and what languages are called."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.languages import bcp47
from ingest.shares import clean, share_of, split_words
from lectern.words import Box

LINE = Box(100, 10, 110, 20)


def lefts(text: str, box: Box = LINE) -> list[int]:
    return [round(word.box.x) for word in split_words(text, box) if word.box]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ab cde fghi", [100, 130, 170]),
        ("  ab cde fghi ", [100, 130, 170]),
        ("ab   cdefgh", [100, 150]),  # blanks have width
        ("whole", [100]),
        ("", []),
        ("aa aa aa", [100, 141, 182]),  # the same word thrice
        ("אב גדה וזחט", [190, 150, 100]),
        ("12 אב", [166, 100]),  # digits have no direction, the first letter decides
    ],
)
def test_shares_follow_the_characters_in_reading_direction(text: str, expected: list[int]):
    assert lefts(text) == expected


def test_a_single_word_keeps_its_box_and_is_not_estimated():
    (word,) = split_words(" word ", LINE, confidence=0.5)
    assert (word.text, word.box, word.estimated, word.confidence) == ("word", LINE, False, 0.5)


def test_several_words_are_marked_and_keep_their_properties():
    words = split_words("a b", LINE, language="fr")
    assert [(word.estimated, word.language) for word in words] == [(True, "fr")] * 2
    assert [(word.box, word.estimated) for word in split_words("a b", None)] == [(None, False)] * 2


def test_upright_text_is_shared_downwards():
    tall = Box(10, 100, 20, 300)
    assert share_of(tall, 0.5, 1, leftwards=False) == Box(10, 250, 20, 150)


def test_control_characters_vanish():
    assert clean(" a\x00\x0bb\x7f ") == "ab"


@given(st.text(max_size=40), st.floats(1, 5000), st.floats(1, 5000))
def test_shares_stay_inside_their_box_and_no_letter_is_lost(text: str, width: float, height: float):
    box = Box(7, 9, width, height)
    words = split_words(text, box)
    assert "".join(word.text for word in words) == "".join(clean(text).split())
    for word in words:
        assert word.box is not None
        assert word.box.x >= box.x - 1e-6
        assert word.box.right <= box.right + 1e-6
        assert word.box.bottom <= box.bottom + 1e-6


@pytest.mark.parametrize(
    ("said", "tag"),
    [("deu", "de"), ("ger", "de"), ("German", "de"), ("en-US", "en-US"), ("en_US", "en-US"), ("frk", "de-Latf"),
     ("deu_frak", "de-Latf"), ("hbo", "hbo"), ("eng+fra", "en"), ("unknown", None), ("und", None), ("", None),
     (None, None), ("not a language", None), ("chi_tra", "zh-Hant"), ("deu-frak", "de-Latf"),
     ("dan-frak", "da-Latf"), ("de-1996", "de-1996"), ("zh-Hans-CN", "zh-Hans-CN"), ("de-q-1", None)],
)  # fmt: skip
def test_language_names_become_tags(said: str | None, tag: str | None):
    assert bcp47(said) == tag
