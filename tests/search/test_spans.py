"""Hits as numbers are the evaluator's hits: the same places, pages, halves and annotations, for words of every kind."""

import random
from pathlib import Path

import pytest

from lectern.words import Join
from search.evaluator import Known, evaluate
from search.library import PackHandle
from search.query import parse
from search.rows import spans_of
from search.spans import Spans
from search.syntax import patterns, terms
from tests.search.books import book, open_book

_WORDS = ("ab", "abcd", "cd", "ef", "ab", "cd", "a", "b", "well-known", "known", "—", "東京", "京")
_QUERIES = (
    *("ab", "cd", "a", "b", "known", "京", '"東京"', "—", "missing"),
    *('"ab cd"', '"cd ab"', '"a b"', '"ab cd ef"', '"known ab"', '"well known"', '"ab missing"', '"missing ab"'),
    *('"ab ab"', '"b cd"', '"ef a"', "a*", "e?", "ab cd", "ab OR cd", "ab -cd", '"ab cd"~3', '"ab cd" OR ab'),
    *('ab OR "ab cd" OR a*', '("ab cd" OR ab) ef', '"ab cd" ab -"cd ab"', "(ab OR cd) (a OR b) -ef", 'a b OR "a b"'),
    *("ab OR a?", '"a b" OR "ab ab"', "abcd", '"ab cd" -a', '"abcd" OR cd', '"known — ab"', '"ab cd ab cd"'),
)


def _random_book(folder: Path, seed: int) -> PackHandle:
    """Return pages of lines, of which some end in half a word whose other half begins the next line or page."""
    draw = random.Random(seed)
    pages, joins, count, carried = [], [], 0, ""
    for _ in range(6):
        lines = []
        for _ in range(draw.randrange(5)):
            words = [carried] if carried else []
            carried = ""
            words += draw.choices(_WORDS, k=draw.randrange(1, 6))
            if draw.random() < 0.4:
                first, carried = draw.choice((("a", "b"), ("c", "d"), ("ab", "cd")))
                words.append(f"{first}-")
                joins.append(Join(count + len(words) - 1, count + len(words), first + carried, draw.random() < 0.5))
            count += len(words)
            lines.append(" ".join(words))
        pages.append(lines)
    if carried:
        pages.append([carried])
    return open_book(folder, book(*pages, joins=joins))


@pytest.mark.parametrize("seed", range(12))
def test_words_in_a_row_are_found_as_the_evaluator_finds_them(tmp_path, seed):
    handle = _random_book(tmp_path, seed)
    for text in _QUERIES:
        tree = parse(text, handle.profile)
        expansions = {pattern: handle.expand(pattern) for pattern in patterns(tree)}
        postings = handle.index.spans(terms(tree).union(*expansions.values()))
        known = Known(postings, expansions, handle.tokens)
        quick, plain = spans_of(tree, known), Spans(evaluate(tree, known), handle.tokens)
        count = len(plain)
        assert len(quick) == count, text
        assert list(quick.hits(0, count)) == list(plain.hits(0, count)), text
        assert quick.runs("book") == plain.runs("book"), text
        for start in (0, count // 3):
            for stop in (count, 2 * count // 3):
                if start <= stop:
                    assert quick.annotations(start, stop) == plain.annotations(start, stop), (text, start, stop)
