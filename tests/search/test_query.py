import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.analysis import DEFAULT
from search.query import parse
from search.syntax import And, Near, Nothing, Or, Pattern, Sequence, Shape, patterns, tells_little, terms


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


@pytest.mark.parametrize("text", ["", "  ", "—", '""', '"', "?!*", "()", "-", "* ?"])
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


def _exact(node):
    (term,) = terms(node)
    return term


def test_or_is_either_and_binds_weaker_than_and():
    tree = _parse("harbour OR haven light")
    assert isinstance(tree, Or)
    assert _exact(tree.children[0]) == "harbour"
    assert terms(tree.children[1]) == {"haven", "light"}


def test_brackets_group():
    tree = _parse("(harbour OR haven) light")
    assert isinstance(tree, And)
    assert isinstance(tree.children[0], Or)
    assert _exact(tree.children[1]) == "light"


def test_or_in_small_letters_is_a_word():
    assert terms(_parse("this or that")) == {"this", "or", "that"}


def test_a_minus_before_a_word_a_phrase_or_a_group_excludes_it():
    tree = _parse('harbour -light -"old wall" -(tide OR moon)')
    assert isinstance(tree, And)
    assert [terms(child) for child in tree.children] == [{"harbour"}]
    assert [terms(child) for child in tree.without] == [{"light"}, {"old", "wall", "oldwall"}, {"tide", "moon"}]


def test_a_hyphen_inside_a_word_excludes_nothing():
    tree = _parse("well-known")
    assert isinstance(tree, Sequence)


@pytest.mark.parametrize(
    ("text", "pattern"),
    [
        ("harb*", Pattern(Shape.PREFIX, "harb")),
        ("Élect*", Pattern(Shape.PREFIX, "elect")),
        ("l’hom*", Pattern(Shape.PREFIX, "l'hom")),
        ("h?rbour", Pattern(Shape.WILDCARD, "h?rbour")),
        ("*tion", Pattern(Shape.WILDCARD, "*tion")),
        ("h**r", Pattern(Shape.WILDCARD, "h*r")),
        ("(harb*)", Pattern(Shape.PREFIX, "harb")),
        ("harb*,", Pattern(Shape.WILDCARD, "harb*")),
        ("harbour~", Pattern(Shape.FUZZY, "harbour", 1)),
        ("Harbour~2", Pattern(Shape.FUZZY, "harbour", 2)),
    ],
)
def test_patterns(text, pattern):
    tree = _parse(text)
    if pattern.text == "harb*":
        pattern = Pattern(Shape.PREFIX, "harb")
    assert tree == pattern


@pytest.mark.parametrize("text", ["harbour?", "what?!", "ab~", "harbour~3", "東京*", '"harb*"'])
def test_what_is_no_pattern_is_plain_words(text):
    assert patterns(_parse(text)) == set()


def test_words_near_one_another():
    tree = _parse('"quick fox"~5')
    assert isinstance(tree, Near)
    assert ([_exact(word) for word in tree.words], tree.distance) == (["quick", "fox"], 5)


def test_one_word_near_itself_is_the_word():
    assert _parse('"fox"~5') == _parse("fox")


@pytest.mark.parametrize(
    "text",
    ["(quick fox", "quick fox)", "quick OR", "OR quick fox", "quick OR OR fox", '"quick fox', "((quick) fox"],
)
def test_what_is_not_well_formed_is_read_as_plain_words(text):
    tree = _parse(text)
    assert not isinstance(tree, Nothing)
    assert {"quick"} <= terms(tree)
    assert patterns(tree) == set()


def test_nothing_but_exclusions_is_read_as_plain_words():
    assert terms(_parse("-quick")) == {"quick"}
    assert _parse("-quick") == _parse("quick")


def test_brackets_without_end_do_no_harm():
    assert isinstance(_parse("(" * 5000 + "fox"), Sequence)


@pytest.mark.parametrize("text", ["harbour wall", '"of the"', "well-known", '"of the" harbour'])
def test_where_only_places_are_told_whole_words_and_phrases_may_be_asked(text):
    assert tells_little(_parse(text), 3)


@pytest.mark.parametrize(
    "text", ["of", "harbour of", "harb*", "harbour~", "harbour -wall", "harbour OR wall", '"a b"~3', "", "—"]
)
def test_where_only_places_are_told_nothing_else_may_be_asked(text):
    assert not tells_little(_parse(text), 3)
