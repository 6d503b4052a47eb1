"""Lines that do not run from left to right."""

import pytest

from ingest.geometry import Canvas, place_on
from lectern.words import Box, Page
from tests.ingest.files import alto_page, hocr_page, string, text_lines


def test_rotation_in_alto_is_inherited_and_makes_upright_lines_run_downwards():
    block = text_lines('<String CONTENT="ab cd"/>').replace("<TextBlock", '<TextBlock ROTATION="270"')
    upright = block.replace('WIDTH="500" HEIGHT="20"', 'WIDTH="20" HEIGHT="500"')
    page = alto_page(upright)
    assert next(page.lines()).direction == "ttb"
    assert [round(word.box.y) for word in page.words() if word.box] == [0, 300]
    assert next(alto_page(block).lines()).direction is None  # a line that lies contradicts it
    climbing = alto_page(upright.replace("270", "90"))
    assert [round(word.box.y) for word in climbing.words() if word.box] == [300, 0]
    assert alto_page(text_lines(string("a")), page='WIDTH="1" HEIGHT="1" ROTATION="90"').rotation == 90


@pytest.mark.parametrize("baseline", ["120", "10,120 510,118", "10 120 510 118", "x"])
def test_a_baseline_of_any_form_does_no_harm(baseline: str):
    page = alto_page(text_lines(string("a")).replace("<TextLine", f'<TextLine BASELINE="{baseline}"'))
    assert next(page.lines()).box == Box(10, 0, 500, 20)


def hocr_of(title: str, more: str = "", words: str = "ab cd") -> Page:
    return hocr_page(f'<span class="ocr_line" title="{title}" {more}>{words}</span>')


@pytest.mark.parametrize(
    ("title", "more", "direction", "places"),
    [
        ("bbox 0 0 20 500; textangle 270", "", "ttb", [(0, 0), (0, 300)]),
        ("bbox 0 0 20 500; textangle 90", "", None, [(0, 300), (0, 0)]),
        ("bbox 0 0 500 20; textangle 180", "", None, [(300, 0), (0, 0)]),
        ("bbox 0 0 20 500", 'style="writing-mode: vertical-rl"', "ttb", [(0, 0), (0, 300)]),
        ("bbox 0 0 500 20", 'dir="rtl"', "rtl", [(300, 0), (0, 0)]),
        ("bbox 0 0 500 20", 'dir="ltr"', None, [(0, 0), (300, 0)]),
    ],
)
def test_hocr_lines_keep_the_direction_they_state(
    title: str, more: str, direction: str | None, places: list[tuple[int, int]]
):
    page = hocr_of(title, more)
    assert next(page.lines()).direction == direction
    assert [(round(word.box.x), round(word.box.y)) for word in page.words() if word.box] == places


def test_a_direction_is_inherited_or_that_of_all_the_words():
    word = '<span class="ocrx_word" dir="rtl" title="bbox 0 0 9 9">אב</span>'
    assert next(hocr_of("bbox 0 0 90 9", words=word + word).lines()).direction == "rtl"
    page = hocr_page(f'<p class="ocr_par" dir="rtl"><span class="ocr_line" title="bbox 0 0 9 9">{word}</span></p>')
    assert next(page.lines()).direction == "rtl"


def test_an_upright_line_of_chinese_signs_runs_downwards_and_one_of_letters_is_left_open():
    for text, direction in (("光学文字", "ttb"), ("光", None), ("word", None)):
        page = hocr_of("bbox 0 0 20 80", words=text)
        place_on(page, Canvas(1000, 1400, "image"))
        assert next(page.lines()).direction == direction
