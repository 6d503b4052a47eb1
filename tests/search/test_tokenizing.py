from lectern.words import Block, Box, Join, Line, Page, Text, Word
from search.analysis import DEFAULT
from search.tokenizing import Kind, tokenize
from tests.search.books import book


def _terms(found, kind):
    return {term: list(positions) for term, positions in found.postings[kind].items()}


def test_positions_run_over_the_whole_object():
    found = tokenize(book(["one two"], ["three one"]), DEFAULT)
    assert _terms(found, Kind.SURFACE) == {"one": [0, 3], "two": [1], "three": [2]}
    assert list(found.page_tokens) == [0, 2, 4]


def test_mere_punctuation_has_no_position_so_that_a_phrase_runs_over_it():
    found = tokenize(book(["one — two"]), DEFAULT)
    assert _terms(found, Kind.SURFACE) == {"one": [0], "two": [1]}
    assert (list(found.run_tokens), list(found.run_words)) == ([0, 1], [0, 2])


def test_empty_pages_are_counted():
    found = tokenize(book([], ["one"], [], []), DEFAULT)
    assert list(found.page_tokens) == [0, 0, 1, 1, 1]
    assert list(found.page_words) == [0, 0, 1, 1, 1]


def test_a_marked_hyphen_makes_one_token_with_the_joined_form_and_both_halves():
    found = tokenize(book(["the gov-", "ernment is"], joins=[Join(1, 2, "government", True)]), DEFAULT)
    assert _terms(found, Kind.SURFACE) == {"the": [0], "government": [1], "is": [2]}
    assert _terms(found, Kind.FIRST) == {"gov": [1]}
    assert _terms(found, Kind.LAST) == {"ernment": [1]}
    assert found.halves == {1: 2}


def test_an_unmarked_hyphen_is_read_both_ways():
    found = tokenize(book(["alpha-", "numeric"], joins=[Join(0, 1, "alphanumeric", False)]), DEFAULT)
    assert _terms(found, Kind.SURFACE) == {"alphanumeric": [0]}
    assert _terms(found, Kind.VARIANT) == {"alpha-numeric": [0]}
    assert _terms(found, Kind.FIRST) == {"alpha": [0]}
    assert _terms(found, Kind.LAST) == {"numeric": [0]}


def test_a_second_half_behind_other_words_keeps_their_positions():
    found = tokenize(book(["gov-"], ["HEAD 5", "ernment is"], joins=[Join(0, 3, "government", True)]), DEFAULT)
    assert _terms(found, Kind.SURFACE) == {"government": [0], "head": [1], "5": [2], "is": [3]}


def test_alternatives_share_the_position_and_are_no_surface_words():
    words = [Word("clown", Box(0, 0, 9, 9), alternatives=("down", "two words")), Word("there")]
    found = tokenize(Text([Page([Block([Line(words)])])]), DEFAULT)
    assert _terms(found, Kind.ALTERNATIVE) == {"down": [0]}
    assert "down" not in _terms(found, Kind.SURFACE)


def test_a_compound_shares_its_position_with_its_parts():
    found = tokenize(book(["l’homme est"]), DEFAULT)
    assert _terms(found, Kind.SURFACE) == {"l'homme": [0], "l": [0], "homme": [0], "est": [1]}
    assert _terms(found, Kind.VARIANT) == {"lhomme": [0]}


def test_the_commonest_printed_form_is_known():
    found = tokenize(book(["Rose rose, Rose l’Homme"]), DEFAULT)
    assert found.printed["rose"].most_common(1) == [("Rose", 2)]
    assert dict(found.printed["homme"]) == {"Homme": 1}


def test_tokens_of_scripts_without_spaces_lie_on_a_part_of_their_word():
    found = tokenize(book(["東京 x"]), DEFAULT)
    assert found.shares == {0: (0, 1), 1: (1, 2)}
    assert (list(found.run_tokens), list(found.run_words)) == ([0, 1], [0, 0])
