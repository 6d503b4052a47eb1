import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.answer import Annotation
from search.quoting import after, before, hit_inside

_NOTE = "A note on the harbour, by the harbour master"


def _hit(text, start, end, limit):
    return hit_inside([Annotation("book", 1, "a1", text, None)], 0, start, end, limit)


def test_a_match_inside_a_longer_text_is_told_by_whole_words_around_it():
    start = _NOTE.rindex("harbour")
    hit = _hit(_NOTE, start, start + len("harbour"), 10)
    assert (hit.before, hit.match, hit.after) == ("by the ", "harbour", " master")
    assert hit.inside
    assert hit.annotations == (0,)


def test_a_match_at_either_end_has_nothing_there():
    assert _hit("harbour wall", 0, 7, 90).before == ""
    assert _hit("the harbour", 4, 11, 90).after == ""


def test_a_part_of_a_word_keeps_the_rest_of_it():
    hit = _hit("vive l'homme!", 7, 12, 90)
    assert (hit.before, hit.match, hit.after) == ("vive l'", "homme", "!")


def test_no_word_is_cut_and_one_that_is_too_long_is_left_out():
    assert before(["long ", "very "], 6) == "long "
    assert after([" much", " toolongforthis"], 8) == " much"
    assert before(["Donaudampfschifffahrt "], 10) == ""


def test_a_script_without_spaces_is_cut_between_characters():
    assert before(["東京都庁"], 2) == "都庁"
    assert after(["東京都庁"], 3) == "東京都"
    assert after(["東京ABC駅"], 4) == "東京"
    assert before(["が" * 5], 3) == "が" * 3


def test_marks_stay_with_their_letters():
    assert after(["ก็ก็ก็"], 3) == "ก็"


def test_no_context_is_a_length_too():
    hit = _hit(_NOTE, 2, 6, 0)
    assert (hit.before, hit.match, hit.after) == ("", "note", "")


@given(st.text("ab 東京。é'-", max_size=40), st.integers(0, 40), st.integers(0, 40), st.integers(0, 20))
def test_cs2_43_the_three_strings_joined_stand_in_the_text_and_keep_to_the_limit(text, start, length, limit):
    start = min(start, len(text))
    end = min(start + length, len(text))
    hit = _hit(text, start, end, limit)
    assert text[:start].endswith(hit.before.rstrip()) or text[:start].endswith(hit.before)
    assert hit.before + hit.match + hit.after in text
    assert max(len(hit.before), len(hit.after)) <= limit


@pytest.mark.parametrize("limit", range(0, 24))
def test_a_longer_limit_never_tells_less(limit):
    text = "one two 東京都庁 three four"
    at = text.index("都")
    short, long = _hit(text, at, at + 1, limit), _hit(text, at, at + 1, limit + 1)
    assert long.before.endswith(short.before)
    assert long.after.startswith(short.after)
