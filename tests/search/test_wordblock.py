import pytest
from hypothesis import given
from hypothesis import strategies as st

from lectern.wordblock import PageWords, encode_page
from lectern.words import Block, Box, Hyphen, Line, Page, Word

_boxes = st.none() | st.builds(Box, *[st.integers(0, 200_000)] * 2, *[st.integers(1, 200_000)] * 2)
_words = st.builds(
    Word,
    st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=8),
    _boxes,
    st.none() | st.integers(0, 200).map(lambda n: n / 200),
    st.lists(st.text("abc", min_size=1, max_size=3), max_size=2).map(tuple),
    st.none() | st.sampled_from(["de", "grc"]),
    st.none() | st.builds(Hyphen, st.sampled_from([1, 2]), st.none() | st.just("whole")),
    estimated=st.booleans(),
)
_times = st.none() | st.tuples(st.integers(0, 9) | st.just(0.5), st.just(12.25)).map(lambda t: (float(t[0]), t[1]))
_lines = st.builds(Line, st.lists(_words, max_size=5), _boxes, st.sampled_from([None, "ltr", "rtl", "ttb"]), _times)
_pages = st.builds(Page, st.lists(st.builds(Block, st.lists(_lines, max_size=4)), max_size=3))


@given(_pages)
def test_a_page_comes_back_as_it_was(page):
    again = PageWords(encode_page(page)).page()
    assert list(again.words()) == list(page.words())
    assert [(line.box, line.direction, line.time) for line in again.lines()] == [
        (line.box, line.direction, line.time) for line in page.lines()
    ]
    assert [len(block.lines) for block in again.blocks] == [len(block.lines) for block in page.blocks]


def _page(*words: Word) -> PageWords:
    return PageWords(encode_page(Page([Block([Line(list(words), Box(0, 0, 100, 20))])])))


def test_a_word_without_a_box_has_none():
    words = _page(Word("a"), Word("b", Box(1, 2, 3, 4)))
    assert (words.box(0), words.box(1)) == (None, (1, 2, 3, 4))


def test_boxes_beyond_sixteen_bits_are_kept():
    assert _page(Word("a", Box(70_000, 1, 5, 5))).box(0) == (70_000, 1, 5, 5)


def test_confidence_zero_is_not_missing():
    words = _page(Word("a", confidence=0.0), Word("b"), Word("c", confidence=0.935))
    assert [words.confidence(i) for i in range(3)] == [0.0, None, pytest.approx(0.935, abs=0.0026)]
    assert _page(Word("a")).confidence(0) is None


def test_lines_have_text_box_and_words():
    (line,) = _page(Word("one"), Word("two")).lines
    assert (line.text, line.box, line.first, line.last) == ("one two", (0, 0, 100, 20), 0, 1)


def test_an_empty_page_has_no_words_and_no_lines():
    words = PageWords(encode_page(Page()))
    assert (len(words), words.texts, words.lines) == (0, [], [])


def test_a_line_break_inside_a_word_does_not_split_it():
    assert _page(Word("a\nb"), Word("c")).texts == ["a b", "c"]


def test_a_page_takes_about_two_kilobytes():
    words = [Word(f"word{i * 7919 % 997}", Box(i % 10 * 110, i // 10 * 30, 95, 22)) for i in range(350)]
    lines = [Line(words[i : i + 10]) for i in range(0, 350, 10)]
    assert len(encode_page(Page([Block(lines)]))) < 3000


@given(_pages)
def test_every_word_knows_the_time_of_its_line(page):
    block = PageWords(encode_page(page))
    assert [block.time(i) for i in range(len(block))] == [line.time for line in page.lines() for _ in line.words]
