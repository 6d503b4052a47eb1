"""What an object may choose: letters that count as the same, and stems."""

from pathlib import Path

import pytest

from lectern.errors import PackError
from lectern.words import Join
from search import stems
from search.analysis import DEFAULT, chosen, profile_of
from search.library import PackHandle
from search.query import parse
from search.searching import hits_of
from search.stems import LANGUAGES, stem
from search.syntax import terms
from tests.search.books import book, open_book


def _places(handle: PackHandle, query: str) -> list[int]:
    return [hit.first for hit in hits_of(handle, query)]


def test_u_and_v_and_i_and_j_are_the_same_where_an_object_chose_so(tmp_path: Path):
    text = book(["Vniuersitas iuris vnd jus"])
    plain = open_book(tmp_path / "plain", text)
    both = open_book(tmp_path / "both", text, profile=chosen({}, ["uv", "ij"]))
    asked = {"universitas": [0], "IURIS": [1], "juris": [1], "und": [2], "univ*": [0], "=vnd": [2], "=und": []}
    assert {query: _places(both, query) for query in asked} == asked
    assert [_places(plain, query) for query in ("universitas", "und", "juris")] == [[], [], []]


def test_a_word_is_found_by_its_stem_and_only_whole_words_by_patterns(tmp_path: Path):
    text = book(["Houses housing the house of hous", "a house-", "boat"], joins=[Join(7, 8, "houseboats", True)])
    handle = open_book(tmp_path, text, profile=chosen({}, None, ["en"]))
    assert _places(handle, "house") == [0, 1, 3, 5, 7]  # hous is its own stem; of a hyphenated word its half
    assert _places(handle, '"the houses"') == [2]
    assert _places(handle, "houseboat") == [7]
    assert _places(handle, "=house") == [3, 7]
    assert _places(handle, "hous*") == [0, 1, 3, 5, 7]
    assert _places(handle, "hous?ng") == [1]
    assert _places(handle, "ho?s") == [5]
    assert "~en:hous" not in handle.terms


def test_stems_are_taken_of_the_word_with_its_marks_and_without(tmp_path: Path):
    handle = open_book(tmp_path, book(["il a chanté", "синий синего"]), profile=chosen({}, None, ["fr", "ru"]))
    assert _places(handle, "chanter") == _places(handle, "chante") == [2]
    assert _places(handle, "синему") == [3, 4]


def test_parts_of_compounds_have_stems_too(tmp_path: Path):
    handle = open_book(tmp_path, book(["l’hommes well-knowns"]), profile=chosen({}, None, ["fr", "en"]))
    assert _places(handle, "homme") == [0]
    assert _places(handle, "well-known") == [1]
    assert _places(handle, "wellknown") == [1]


def test_without_a_choice_nothing_has_stems():
    assert DEFAULT.stem_terms("houses") == frozenset()
    assert terms(parse("houses", DEFAULT)) == {"houses"}


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_there_is_a_stemmer_for_every_language_that_is_offered(language):
    assert stem("", language) == ""
    assert stem("1850", language) == "1850"
    assert isinstance(stem("abc" * 5, language), str)
    assert stem("a" * 100, language) == "a" * 100


def test_a_pack_says_all_that_folding_a_query_needs_and_is_refused_if_it_is_of_another():
    wanted = chosen({}, ["ij", "uv"], ["de"])
    assert profile_of(wanted.header()) == wanted
    assert chosen(wanted.header()) == wanted
    assert chosen(wanted.header(), [], ["fr"]) == chosen({}, None, ["fr"])
    assert chosen({"profile": "default", "profile_version": 1}) == DEFAULT
    for key, other in (("stemmer", "snowball 1"), ("profile_version", 1), ("fold", ["xy"]), ("stem", ["tlh"])):
        with pytest.raises(PackError, match="reindex"):
            profile_of(wanted.header() | {key: other})
    assert stems.release() in wanted.header().values()
