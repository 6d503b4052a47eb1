import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.analysis import tokens
from search.folding import as_printed, fold, lowered, strip_outer, with_gershayim


@pytest.mark.parametrize(
    ("printed", "folded"),
    [
        ("Ærø", "aero"),
        ("œuvre", "oeuvre"),
        ("Ĳssel", "ijssel"),
        ("ꝛeich", "reich"),
        ("Ꝛat", "rat"),
        ("ﬀ", "ff"),
        ("ﬅein", "stein"),
        ("Łódź", "lodz"),
        ("aͤuſerlich", "auserlich"),
        ("Wort⸗teil", "wort-teil"),
        ("Staats=Lexikon", "staats-lexikon"),
        ("ISPARTA", "isparta"),
        ("ısparta", "isparta"),
        ("Ⅷ", "viii"),
        ("１８５０", "1850"),
        ("１８５０年", "1850年"),
        ("ｶﾞｷﾞ", "ガギ"),
        ("١٨٥٠", "1850"),
    ],
)
def test_old_letters_ligatures_and_forms_fold_to_what_a_reader_types(printed, folded):
    assert fold(printed) == folded


@pytest.mark.parametrize(
    ("printed", "typed"),
    [
        ("שָׁלוֹם", "שלום"),
        ("שּׁלום", "שלום"),  # presentation forms
        ("שלום", "שלומ"),  # the final form, as a prefix ends
        ("ﭏהים", "אלהים"),
        ("בֵּית־סֵפֶר", "בית-ספר"),
        ("צה״ל", 'צה"ל'),
        ("ג׳ירף", "ג'ירף"),
    ],
)
def test_hebrew_is_found_without_its_points_and_with_any_form_of_its_letters(printed, typed):
    assert fold(printed) == fold(typed)


@pytest.mark.parametrize(
    ("printed", "typed"),
    [
        ("مُحَمَّـــد", "محمد"),
        ("ﻣﺤﻤﺪ", "محمد"),
        ("ﻻ", "لا"),
        ("إسلام", "اسلام"),
        ("ٱلكتاب", "الكتاب"),
        ("على", "علي"),
        ("مدرسة", "مدرسه"),
        ("کتاب", "كتاب"),
        ("می‌خواهم", "میخواهم"),
    ],
)
def test_arabic_and_persian_are_found_without_marks_strokes_and_forms(printed, typed):
    assert fold(printed) == fold(typed)


@given(st.text())
def test_folding_twice_changes_nothing_and_forms_of_unicode_make_no_difference(text):
    assert fold(fold(text)) == fold(text)
    assert fold(unicodedata.normalize("NFC", text)) == fold(unicodedata.normalize("NFD", text))
    assert fold(lowered(text)) == fold(text) or "\u0345" in unicodedata.normalize("NFD", text)


def test_the_mark_of_a_note_is_no_part_of_a_word_but_numbers_are():
    assert [strip_outer(word) for word in ("Wort¹²,", "word²", "3²", "1850", "x³y")] == [
        "Wort",
        "word",
        "3²",
        "1850",
        "x³y",
    ]


@pytest.mark.parametrize("sign", "’‘ʼʻʽ'`´")
def test_an_apostrophe_of_any_shape_parts_a_word(sign):
    (token,) = tokens(f"l{sign}homme")
    assert (token.surface, token.parts, token.closed) == ("l'homme", ("l", "homme"), "lhomme")


def test_printed_letters_differ_by_case_marks_and_age_and_not_by_the_shape_of_signs():
    assert len({as_printed(word) for word in ("Seyn", "seyn", "ſeyn", "séyn")}) == 4
    assert as_printed("l’E\u0301tat") == as_printed("l'État")


def test_a_quotation_mark_inside_a_hebrew_word_is_a_sign_of_that_word():
    assert with_gershayim('צה"ל "שלום"') == 'צה״ל "שלום"'
