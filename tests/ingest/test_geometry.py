"""From the units of a source to whole canvas pixels."""

from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.geometry import Canvas, canvas_for, place_on
from lectern.words import Block, Box, Line, Page, Word


def page_with(*boxes: Box | None, line: Box | None = None, block: Box | None = None, **size: float) -> Page:
    words = [Word(f"w{n}", box) for n, box in enumerate(boxes)]
    page = Page([Block([Line(words, line)], block)])
    page.width, page.height = size.get("width", 1000), size.get("height", 1000)
    return page


def placed(page: Page, width: int = 1000, height: int = 1000) -> list[Box | None]:
    place_on(page, Canvas(width, height, "image"))
    return [word.box for word in page.words()]


@pytest.mark.parametrize(
    ("unit", "size", "canvas"),
    [
        ("pixel", (1106.0, 1780.0), Canvas(1106, 1780, "ocr-page")),
        ("pixel", (2550.4, 3300.6), Canvas(2550, 3301, "ocr-page")),
        ("mm10", (3170.0, 4890.0), Canvas(3744, 5776, "mm10-300dpi")),
        ("inch1200", (18200.0, 28872.0), Canvas(4550, 7218, "inch1200-300dpi")),
    ],
)
def test_without_picture_the_ocr_page_is_the_canvas(
    unit: Literal["pixel", "mm10", "inch1200"], size: tuple[float, float], canvas: Canvas
):
    assert canvas_for(Page(width=size[0], height=size[1], unit=unit), None, None) == canvas


def test_the_picture_goes_before_mets_and_mets_before_the_ocr_page():
    page = Page(width=10, height=20)
    assert canvas_for(page, (100, 200), (5, 6)) == Canvas(100, 200, "image")
    assert canvas_for(page, None, (4552, 7218)) == Canvas(4552, 7218, "mets")
    assert canvas_for(None, (100, 200), None) == Canvas(100, 200, "image")


def test_a_page_without_any_size_ends_where_its_boxes_end():
    page = page_with(Box(10, 20, 30.5, 40))
    page.width = page.height = None
    assert canvas_for(page, None, None) == Canvas(41, 60, "word-extent")
    page.unit = "inch1200"
    assert canvas_for(page, None, None) == Canvas(11, 15, "word-extent")


def test_a_page_without_size_and_boxes_still_has_a_canvas():
    canvas = canvas_for(Page(), None, None)
    assert (canvas.width > 0, canvas.height > 0, canvas.scale_by) == (True, True, "none")


@pytest.mark.parametrize(
    ("box", "expected"),
    [
        (Box(10, 20, 30, 40), Box(10, 20, 30, 40)),
        (Box(10.4, 20.6, 30.2, 40.9), Box(10, 20, 31, 42)),  # outwards
        (Box(0, 0, 5, 5), Box(0, 0, 5, 5)),  # nought is a place
        (Box(-4, -4, 20, 20), Box(0, 0, 16, 16)),
        (Box(990, 990, 18, 18), Box(990, 990, 10, 10)),
        (Box(500, 500, 0, 12), Box(500, 500, 1, 12)),
        (Box(999.5, 999.5, 0.1, 0.1), Box(999, 999, 1, 1)),
        (Box(1000, 1000, 0, 0), Box(999, 999, 1, 1)),
        (Box(0.1 + 0.2, 0.3, 1, 1), Box(0, 0, 2, 2)),
    ],
)
def test_rounding_and_edges(box: Box, expected: Box):
    assert placed(page_with(box)) == [expected]


def test_each_axis_has_its_scale():
    assert placed(page_with(Box(100, 100, 100, 100), width=1000, height=2000), 500, 500) == [Box(50, 25, 50, 25)]


def test_arithmetic_noise_does_not_grow_a_box():
    page = page_with(Box(3, 3, 7, 7), width=30, height=30)
    assert placed(page, 10, 10) == [Box(1, 1, 3, 3)]
    page = page_with(Box(70, 70, 70, 70), width=700, height=700)
    assert placed(page, 300, 300) == [Box(30, 30, 30, 30)]


def test_the_pages_own_origin_is_subtracted():
    page = page_with(Box(110, 60, 50, 20))
    page.x, page.y = 10, 10
    assert placed(page) == [Box(100, 50, 50, 20)]
    assert (page.x, page.y, page.unit) == (0, 0, "pixel")


def test_units_scale_without_a_page_size():
    page = page_with(Box(1200, 0, 1200, 400))
    page.width = page.height = None
    page.unit = "inch1200"
    assert placed(page) == [Box(300, 0, 300, 100)]
    assert page.warnings[0].startswith("no-page-size: ")


def test_a_word_without_box_takes_the_lines_then_the_blocks_then_none():
    line, block = Box(0, 100, 400, 20), Box(0, 0, 500, 500)
    page = page_with(Box(5, 100, 10, 20), None, line=line)
    assert placed(page) == [Box(5, 100, 10, 20), line]
    assert [word.estimated for word in page.words()] == [False, True]
    assert placed(page_with(None, block=block)) == [block]
    assert placed(page_with(None)) == [None]


def test_a_line_of_words_without_boxes_is_shared_out():
    page = page_with(None, None, line=Box(0, 0, 50, 20))
    assert placed(page) == [Box(0, 0, 20, 20), Box(30, 0, 20, 20)]
    assert all(word.estimated for word in page.words())


def test_a_line_gets_the_box_of_its_words():
    page = page_with(Box(10, 10, 10, 10), Box(50, 12, 10, 10))
    placed(page)
    assert next(page.lines()).box == Box(10, 10, 50, 12)


@pytest.mark.parametrize("noise", [Box(0, 0, 1000, 1000), Box(10, 0, 20, 100)])
def test_a_noise_glyphs_box_is_replaced_by_its_lines(noise: Box):
    line = Box(0, 100, 400, 20)
    page = page_with(Box(5, 100, 10, 20), noise, line=line)
    assert placed(page)[1] == line
    assert [word.estimated for word in page.words()] == [False, True]


def test_a_word_mostly_outside_takes_its_lines_box():
    line = Box(900, 0, 100, 20)
    assert placed(page_with(Box(980, 0, 100, 20), Box(900, 0, 50, 20), line=line))[0] == line


@pytest.mark.parametrize(("height", "suspicious"), [(1000, False), (1015, False), (1100, True), (500, True)])
def test_a_picture_of_another_shape_is_reported(height: int, suspicious: bool):
    page = page_with(Box(0, 0, 10, 10))
    placed(page, 1000, height)
    assert any(w.startswith("scale-suspicious: ") for w in page.warnings) is suspicious


@given(
    st.tuples(*[st.floats(-2000, 4000, allow_nan=False)] * 2),
    st.tuples(*[st.floats(0, 4000, allow_nan=False)] * 2),
    st.integers(1, 3000),
    st.integers(1, 3000),
)
def test_every_box_lies_on_the_canvas_and_has_a_pixel(
    corner: tuple[float, float], size: tuple[float, float], width: int, height: int
):
    page = page_with(Box(*corner, *size), width=1000.0, height=1414.0)
    (box,) = placed(page, width, height)
    if box is not None:
        assert all(isinstance(value, int) for value in box)
        assert min(box.x, box.y) >= 0
        assert min(box.w, box.h) >= 1
        assert box.right <= width
        assert box.bottom <= height


@pytest.mark.parametrize("side", [100, 1])
def test_boxes_told_in_shares_of_the_page_fit_a_canvas_of_any_shape(side: float):
    page = page_with(Box(0.1 * side, 0.5 * side, 0.2 * side, 0.25 * side), width=side, height=side)
    assert canvas_for(page, None, None).scale_by == "none"
    assert placed(page, 500, 800) == [Box(50, 400, 100, 200)]
    assert page.warnings == []
