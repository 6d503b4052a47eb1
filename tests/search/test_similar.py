"""Words spelt nearly alike are those that comparing with every term finds."""

import random

import pytest

from search.similar import similar
from search.syntax import Pattern, Shape
from tests.search.books import book, open_book
from tests.search.plainreader import edits


@pytest.mark.parametrize("letters", ["ab", "abcde", "aéжש日"])
def test_the_nearest_words_are_those_of_all_terms_compared(tmp_path, letters: str):
    draw = random.Random(letters)
    words = {"".join(draw.choices(letters, k=draw.randint(1, 7))) for _ in range(600)}
    terms = open_book(tmp_path, book([" ".join(sorted(words))])).terms
    every_one = list(terms.all_with_prefix(""))
    for word in [*draw.sample(every_one, 25), *("".join(draw.choices(letters, k=n)) for n in range(1, 9))]:
        for distance in (1, 2):
            found = similar(word, distance, terms)
            near = {term for term in every_one if edits(word, term) <= distance}
            assert found <= near
            assert {term for term in near if _without_swaps(word, term) <= distance} <= found


def test_two_neighbours_swapped_are_one_edit_where_the_word_is_cut_too(tmp_path):
    handle = open_book(tmp_path, book(["maison masion amison maisno mason"]))
    found = handle.expand(Pattern(Shape.FUZZY, "maison", 1))
    assert found == {"maison", "masion", "amison", "maisno", "mason"}


def test_a_piece_is_found_inside_terms_and_not_over_two_of_them(tmp_path):
    terms = open_book(tmp_path, book(["abcd cdef efab xcdx"])).terms
    assert list(terms.all_with("cd")) == ["abcd", "cdef", "xcdx"]
    assert list(terms.all_with("cd", last=True)) == ["abcd"]
    assert list(terms.all_with("dc")) == []  # where one term ends and the next begins
    assert list(terms.all_with("ab")) == ["abcd", "efab"]


def _without_swaps(a: str, b: str) -> int:
    """Return the letters more, less or other between two words."""
    last = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        row = [i]
        for j, y in enumerate(b, 1):
            row.append(min(last[j] + 1, row[-1] + 1, last[j - 1] + (x != y)))
        last = row
    return last[-1]
