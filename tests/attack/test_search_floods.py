"""Queries made to take long: what they ask for is bounded before anything is looked for (TH-83)."""

import pytest

from search.analysis import DEFAULT
from search.query import parse
from search.syntax import And, Exact, Near, Nothing, Or, Pattern, Sequence, loose

_PAIRS = [a + b for a in "abcdefghijklmnopqrstuvwxyz" for b in "abcdefghij"]
_FLOODS = {
    "leading wildcards": " OR ".join(f"*{pair}" for pair in _PAIRS[:140]),
    "wildcards": " ".join(f"*{letter}*" for letter in "abcdefghijklmnopqrstuvwxyz"),
    "one-letter prefixes": " OR ".join(f"{letter}*" for letter in "abcdefghijklmnopqrstuvwxyz"),
    "misspellings": " ".join(f"{pair}c~2" for pair in _PAIRS[:140]),
    "nearness": " OR ".join(f'"the of"~{n}' for n in range(1, 55)),
    "one word, again and again": " OR ".join(f"(the -x{pair})" for pair in _PAIRS[:70]),
    "one word, again and again, without brackets": " OR ".join(f"the -x{pair}" for pair in _PAIRS[:80]),
    "exact words": " ".join(f"=The{pair}" for pair in _PAIRS[:120]),
    "brackets": "(" * 200 + "the" + ")" * 200,
}


@pytest.mark.parametrize("flood", _FLOODS.values(), ids=_FLOODS)
def test_th_83_a_flood_of_operators_is_read_as_plain_words(flood: str):
    assert len(flood) <= 1100
    tree = parse(flood, DEFAULT)
    assert isinstance(tree, And | Sequence)
    if isinstance(tree, And):
        assert not tree.without
        assert not any(isinstance(child, And | Or | Near | Pattern | Exact | Nothing) for child in tree.children)


def test_th_83_a_word_longer_than_words_are_is_not_looked_for_misspelt():
    long = "abcdefghij" * 99
    assert isinstance(parse(f"{long}~2", DEFAULT), Sequence)
    assert isinstance(parse(f"{long[:40]}~2", DEFAULT), Pattern)


def test_as_many_operators_as_a_reader_has_a_use_for_are_read():
    words = " OR ".join(f"{pair}*" for pair in _PAIRS[:20])
    tree = parse(f"({words}) -(harbour OR ={_PAIRS[0]})", DEFAULT)
    assert isinstance(tree, And)
    assert loose(tree) == 20
    assert len(parse(" OR ".join(_PAIRS[:60]), DEFAULT).children) == 60  # type: ignore[union-attr]
