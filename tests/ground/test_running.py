import pytest

from lectern.running import gap, reads_leftwards, running


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ([], ""),
        (["the", "sea"], "the sea"),
        (["l’été", "—", "und"], "l’été — und"),
        (["吾", "輩", "は", "猫。"], "吾輩は猫。"),
        (["第", "12", "巻", "Band", "東京"], "第 12 巻 Band 東京"),
        (["「猫", "。」"], "「猫。」"),
        (["한국", "사람"], "한국 사람"),
        (["שלום", "עולם"], "שלום עולם"),
        (["สวัสดี", "ชาวโลก"], "สวัสดี ชาวโลก"),
    ],
)
def test_words_run_on_with_blanks_but_between_signs_of_chinese_and_japanese(words, text):
    assert running(words) == text


def test_nothing_is_no_sign():
    assert gap("", "東") == gap("東", "") == " "


@pytest.mark.parametrize(
    ("text", "leftwards"), [("abc", False), ("שלום", True), ("«كتاب", True), ("1850", False), ("é א", False)]
)
def test_the_first_letter_with_a_direction_tells_which_way_a_text_runs(text, leftwards):
    assert reads_leftwards(text) is leftwards
