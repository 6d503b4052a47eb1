import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.analysis import DEFAULT
from search.query import And, Nothing, Sequence, lone_words, parse, terms


def _parse(text):
    return parse(text, DEFAULT)


def test_words_are_joined_by_and():
    tree = _parse("Quick  fox")
    assert isinstance(tree, And)
    assert [terms(child) for child in tree.children] == [{"quick"}, {"fox"}]


def test_one_word_needs_no_and():
    assert _parse("fox") == Sequence(1, ((0, 1, frozenset({"fox"})),))


@pytest.mark.parametrize("text", ['"quick fox"', "“quick fox”", "„quick fox“", "«quick fox»"])
def test_a_quoted_phrase_is_words_in_a_row_that_may_be_printed_as_one(text):
    tree = _parse(text)
    assert tree == Sequence(
        2, ((0, 1, frozenset({"quick"})), (0, 2, frozenset({"quickfox"})), (1, 2, frozenset({"fox"})))
    )


def test_a_compound_is_looked_for_whole_closed_and_as_words_in_a_row():
    tree = _parse("well-known")
    assert isinstance(tree, Sequence)
    assert dict((edge[:2], edge[2]) for edge in tree.edges)[0, 2] == {"well-known", "wellknown"}
    assert terms(tree) == {"well-known", "wellknown", "well", "known"}


@pytest.mark.parametrize("text", ['quick "brown fox', '"quick brown fox', 'quick brown fox"'])
def test_a_lone_quote_is_dropped_and_the_rest_read_as_words(text):
    tree = _parse(text)
    assert isinstance(tree, And)
    assert terms(tree) == {"quick", "brown", "fox"}


@pytest.mark.parametrize("text", ["", "  ", "—", '""', '"', "?!*"])
def test_a_query_without_a_letter_finds_nothing(text):
    assert _parse(text) == Nothing()


def test_a_word_said_twice_asks_for_no_more():
    assert _parse("fox FOX") == _parse("fox")


def test_a_run_of_a_script_without_spaces_is_a_phrase():
    tree = _parse("東京")
    assert isinstance(tree, Sequence)
    assert tree.length == 2


@given(st.text(max_size=200))
def test_th_83_no_text_is_refused_and_only_folded_terms_come_out(text):
    for term in terms(_parse(text)):
        assert term
        assert '"' not in term
        assert not term.isspace()


def test_words_of_a_phrase_are_not_asked_for_by_themselves():
    assert lone_words('one "of the" "two" “à la” three"') == ["one", "two", "three"]
    assert lone_words(' "" ') == []
