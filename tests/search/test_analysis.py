import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lectern.errors import PackError
from search.analysis import DEFAULT, fold, profile_of, strip_outer, tokens


@pytest.mark.parametrize(
    ("printed", "folded"),
    [
        ("Eduard", "eduard"),
        ("ſeyn", "seyn"),
        ("Straße", "strasse"),
        ("ﬁnden", "finden"),
        ("Électricité", "electricite"),
        ("E\u0301lan", "elan"),
        ("Λόγος", "λογοσ"),
        ("λόγοσ", "λογοσ"),
        ("ἀρχῇ", "αρχη"),
        ("ΑΡΧΗΙ", "αρχηι"),
        ("שָׁלוֹם", "שלומ"),
        ("كِتَاب", "كتاب"),
        ("Ёлка", "елка"),
        ("が", "が"),
        ("हिन्दी", "हिन्दी"),
        ("한국", "한국"),
        ("l’homme", "l'homme"),
        ("well‐known", "well-known"),
        ("wort⸗teil", "wort-teil"),
        ("in\u00advisible", "invisible"),
        ("zero\u200bwidth", "zerowidth"),
    ],
)
def test_spellings_that_a_reader_takes_for_the_same_fold_alike(printed, folded):
    assert fold(printed) == folded


def test_marks_go_before_case_folding_so_that_iota_subscript_is_not_a_letter():
    assert fold("ᾠδή") == fold("ὠδή") == "ωδη"


@given(st.text())
def test_folding_twice_changes_nothing(text):
    assert fold(fold(text)) == fold(text)


@given(st.text())
def test_composed_and_decomposed_text_fold_alike(text):
    assert fold(unicodedata.normalize("NFC", text)) == fold(unicodedata.normalize("NFD", text))


@pytest.mark.parametrize(
    ("printed", "stripped"),
    [
        ("Eduard;,.", "Eduard"),
        ("„Berliner", "Berliner"),
        ("(France)", "France"),
        ("—", ""),
        ("$5.", "5"),
        ("¿Qué?", "Qué"),
    ],
)
def test_outer_punctuation_is_stripped(printed, stripped):
    assert strip_outer(printed) == stripped


def test_punctuation_alone_is_no_token():
    assert tokens("—") == ()
    assert tokens("•••") == ()


def test_a_plain_word_is_one_token_without_parts():
    (token,) = tokens("Galicia,")
    assert (token.surface, token.printed, token.parts, token.closed) == ("galicia", "Galicia", (), "")


@pytest.mark.parametrize(
    ("printed", "surface", "parts", "closed"),
    [
        ("l’homme,", "l'homme", ("l", "homme"), "lhomme"),
        ("Well-known", "well-known", ("well", "known"), "wellknown"),
        ("mother-in-law", "mother-in-law", ("mother", "in", "law"), "motherinlaw"),
        ("1,000", "1,000", ("1", "000"), ""),
        ("and/or", "and/or", ("and", "or"), ""),
    ],
)
def test_a_compound_is_found_whole_and_by_its_parts(printed, surface, parts, closed):
    (token,) = tokens(printed)
    assert (token.surface, token.parts, token.closed) == (surface, parts, closed)


def test_a_soft_hyphen_inside_a_word_parts_nothing():
    (token,) = tokens("gov\u00adernment")
    assert (token.surface, token.parts) == ("government", ())


def test_scripts_without_spaces_give_a_token_a_grapheme_cluster_with_its_place():
    found = tokens("東京ABC、タワー")
    assert [(t.surface, t.start, t.end) for t in found] == [
        ("東", 0, 1),
        ("京", 1, 2),
        ("abc", 2, 6),
        ("タ", 6, 7),
        ("ワ", 7, 8),
        ("ー", 8, 9),
    ]


def test_a_cluster_keeps_its_combining_signs():
    assert [t.printed for t in tokens("กี่")] == ["กี่"]


def test_a_pack_of_another_analysis_is_refused():
    assert profile_of(DEFAULT.header()) == DEFAULT
    with pytest.raises(PackError, match="reindex"):
        profile_of({"profile": DEFAULT.name, "profile_version": DEFAULT.version + 1})
    with pytest.raises(PackError):
        profile_of({"profile": "other", "profile_version": DEFAULT.version})
