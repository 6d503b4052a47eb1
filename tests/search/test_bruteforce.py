"""A thousand queries of every kind, against a plain reading of the same words."""

import random
import re
from pathlib import Path

import pytest

from search.near import stretches
from search.searching import hits_of
from tests.search.books import book, open_book
from tests.search.plainreader import edits

_WORDS = ["ab", "abc", "abd", "abcd", "bac", "cab", "dab", "bad", "add", "cad", "deed", "dead", "bead", "bade"]
_PAGES, _LENGTH = 12, 30


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory):
    draw = random.Random(5)
    pages = [[draw.choice(_WORDS) for _ in range(_LENGTH)] for _ in range(_PAGES)]
    handle = open_book(Path(tmp_path_factory.mktemp("home")), book(*[[" ".join(page)] for page in pages]))
    return handle, [word for page in pages for word in page]


def _where(all_words: list[str], fits) -> set[tuple[int, int]]:
    return {(i, i) for i, word in enumerate(all_words) if fits(word)}


def _phrase(all_words: list[str], words: list[str]) -> set[tuple[int, int]]:
    """Return where words stand in a row; two of them may be printed as one."""
    ways = [words]
    if len(words) == 2:
        ways.append(["".join(words)])
    return {(i, i + len(way) - 1) for way in ways for i in range(len(all_words)) if all_words[i : i + len(way)] == way}


def _pages(spans: set[tuple[int, int]]) -> set[int]:
    return {page for a, b in spans for page in range(a // _LENGTH, b // _LENGTH + 1)}


def _on(spans: set[tuple[int, int]], pages: set[int]) -> set[tuple[int, int]]:
    return {span for span in spans if _pages({span}) & pages}


def _leaf(draw: random.Random, words: list[str]) -> tuple[str, set[tuple[int, int]]]:
    kind, word = draw.randrange(5), draw.choice(_WORDS)
    if kind == 0:
        return word, _where(words, lambda w: w == word)
    if kind == 1:
        other = draw.choice(_WORDS)
        return f'"{word} {other}"', _phrase(words, [word, other])
    if kind == 2:
        return f"{word[:2]}*", _where(words, lambda w: w.startswith(word[:2]))
    if kind == 3:
        pattern = word[0] + "?" + word[2:] if len(word) > 2 else "a*b"
        fits = re.compile(pattern.replace("?", ".").replace("*", ".*"))
        return pattern, _where(words, lambda w: fits.fullmatch(w) is not None)
    word = draw.choice([w for w in _WORDS if len(w) > 2])
    most = draw.choice((1, 2))
    return f"{word}~{most}", _where(words, lambda w: edits(w, word) <= most)


def _query(draw: random.Random, words: list[str], depth: int) -> tuple[str, set[tuple[int, int]]]:
    if depth == 0 or draw.random() < 0.3:
        return _leaf(draw, words)
    (left, found), (right, other) = _query(draw, words, depth - 1), _query(draw, words, depth - 1)
    operator = draw.randrange(3)
    if operator == 0:
        return f"({left} OR {right})", found | other
    common = _pages(found) & _pages(other)
    if operator == 1:
        return f"({left} {right})", _on(found | other, common)
    return f"({left} -{right})", _on(found, _pages(found) - _pages(other))


def test_a_thousand_queries_of_every_kind_agree_with_plain_reading(shelf):
    handle, words = shelf
    draw = random.Random(11)
    for _ in range(1000):
        text, expected = _query(draw, words, 2)
        assert {(h.first, h.last) for h in hits_of(handle, text)} == expected, text


def test_near_words_agree_with_plain_reading(shelf):
    handle, words = shelf
    draw = random.Random(12)
    for _ in range(200):
        first, second = draw.sample(_WORDS, 2)
        distance = draw.randrange(6)
        spans = {
            (min(i, j), max(i, j))
            for i, a in enumerate(words)
            for j, b in enumerate(words)
            if (a, b) == (first, second) and abs(i - j) <= distance + 1
        }
        smallest = {s for s in spans if not any(t != s and s[0] <= t[0] and t[1] <= s[1] for t in spans)}
        found = {(h.first, h.last) for h in hits_of(handle, f'"{first} {second}"~{distance}')}
        assert found == smallest, (first, second, distance)


def test_a_stretch_needs_every_word_and_one_token_is_not_two_words():
    both = {(1, 1): (3, 3)}
    assert stretches([both, both], 5) == []
    assert stretches([{(1, 1): (3, 3)}, {(4, 4): (3, 3)}], 2) == [(1, 4)]
    assert stretches([{(1, 1): (3, 3)}, {(4, 4): (3, 3)}], 1) == []


def test_th_83_ten_thousand_queries_of_anything_never_leave_their_scope(shelf):
    handle, _ = shelf
    draw = random.Random(13)
    pieces = [
        *_WORDS,
        " ",
        " ",
        '"',
        "(",
        ")",
        "-",
        "*",
        "?",
        "~",
        "~2",
        " OR ",
        "access:",
        "\x00",
        "é",
        "東",
        "''",
        "\\",
    ]
    for _ in range(10_000):
        text = "".join(draw.choices(pieces, k=draw.randrange(1, 12)))
        for hit in hits_of(handle, text, lambda page: page == 3):
            assert 3 * _LENGTH <= hit.first <= hit.last < 4 * _LENGTH, text


def test_words_that_share_tokens_are_put_on_different_ones():
    one, two, both = {(1, 1): (3, 3)}, {(1, 1): (3, 3), (4, 4): (3, 3)}, {(1, 1): (3, 3), (3, 3): (3, 3)}
    assert stretches([two, two], 5) == [(1, 4)]
    assert stretches([one, two, both], 2) == [(1, 4)]
    assert stretches([one, both], 5) == [(1, 3)]
    assert stretches([{(0, 1): (3, 3)}, {(1, 2): (3, 3), (2, 2): (3, 3)}], 0) == [(0, 2)]


def test_many_words_that_are_all_the_same_take_no_longer(shelf):
    handle, _ = shelf
    assert hits_of(handle, f'"{"ab " * 200}"~999') == []
