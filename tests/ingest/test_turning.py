"""Pages whose OCR lies on its side against the canvas."""

import pytest

from ingest.geometry import Canvas, place_on
from ingest.readers.alto import read_alto
from ingest.readers.hocr import read_hocr
from ingest.turning import turn_of
from lectern.words import Block, Box, Direction, Line, Page, Word
from tests.ingest.files import alto, hocr

UPRIGHT = Canvas(600, 400, "image")


def page_of(*boxes: Box, rotation: float = 0.0, direction: Direction | None = None) -> Page:
    """Return a page of 400 x 600 pixels with one line."""
    line = Line([Word(f"word{n}", box) for n, box in enumerate(boxes)], direction=direction)
    return Page([Block([line])], width=400, height=600, rotation=rotation)


def boxes_of(page: Page) -> list[Box | None]:
    return [word.box for word in page.words()]


UP = (Box(50, 400, 30, 100), Box(50, 200, 30, 150))
DOWN = (Box(300, 100, 30, 100), Box(300, 220, 30, 150))
ALONG = (Box(50, 100, 100, 30), Box(160, 100, 120, 30))


@pytest.mark.parametrize(
    ("boxes", "rotation", "turned"),
    [
        # A box at (x, y) of a page w x h comes to lie at (h - y - its height, x) by 90 degrees clockwise,
        (UP, 0.0, [Box(100, 50, 100, 30), Box(250, 50, 150, 30)]),
        (UP, 90.0, [Box(100, 50, 100, 30), Box(250, 50, 150, 30)]),
        # and at (y, w - x - its width) by 270.
        (DOWN, 0.0, [Box(100, 70, 100, 30), Box(220, 70, 150, 30)]),
        (DOWN, 270.0, [Box(100, 70, 100, 30), Box(220, 70, 150, 30)]),
        (DOWN, -90.0, [Box(100, 70, 100, 30), Box(220, 70, 150, 30)]),
    ],
)
def test_a_page_on_its_side_is_turned(boxes: tuple[Box, ...], rotation: float, turned: list[Box]):
    page = page_of(*boxes, rotation=rotation)
    place_on(page, UPRIGHT)
    assert boxes_of(page) == turned
    assert [warning.partition(":")[0] for warning in page.warnings] == ["rotated"]


def test_what_the_page_says_goes_before_the_course_of_its_words():
    assert turn_of(page_of(*UP, rotation=270)) == 270


@pytest.mark.parametrize("boxes", [ALONG, UP[:1], ()])
def test_nothing_is_turned_where_nothing_tells_the_way(boxes: tuple[Box, ...]):
    page = page_of(*boxes)
    assert turn_of(page) is None
    place_on(page, UPRIGHT)
    assert [warning.partition(":")[0] for warning in page.warnings] == ["scale-suspicious"]


def test_a_square_page_and_an_upright_one_stay():
    for page, canvas in ((page_of(*DOWN), Canvas(400, 600, "image")), (page_of(*DOWN), Canvas(600, 600, "image"))):
        if canvas.width == canvas.height:
            page.width = 600.0
        place_on(page, canvas)
        assert (boxes_of(page), page.warnings) == ([*DOWN], [])


def test_a_line_that_ran_down_the_side_lies_after_the_turn():
    page = page_of(*DOWN, direction="ttb")
    place_on(page, UPRIGHT)
    assert [line.direction for line in page.lines()] == [None]


def test_the_page_may_begin_elsewhere_than_at_nought():
    page = page_of(*(Box(box.x + 10, box.y + 20, box.w, box.h) for box in DOWN))
    page.x, page.y = 10, 20
    place_on(page, UPRIGHT)
    assert boxes_of(page) == [Box(100, 70, 100, 30), Box(220, 70, 150, 30)]


def test_rotation_in_alto_is_inherited_by_lines_and_told_of_the_page():
    line = '<TextLine HPOS="300" VPOS="100" WIDTH="30" HEIGHT="270"><String CONTENT="two words"/></TextLine>'
    block = f'<TextBlock ID="b" ROTATION="270">{line}</TextBlock>'
    (page,) = read_alto(alto(block), "p.xml")
    assert ([line.direction for line in page.lines()], page.rotation) == (["ttb"], 0)
    (page,) = read_alto(alto(block, page='WIDTH="400" HEIGHT="600" ROTATION="90"'), "p.xml")
    assert page.rotation == 90


@pytest.mark.parametrize("title", ["bbox 100 100 130 400; textangle 270", "bbox 100 100 130 400"])
def test_a_column_of_japanese_runs_downwards_by_its_angle_or_its_shape(title: str):
    (page,) = read_hocr(hocr(f'<span class="ocr_line" title="{title}">日本 文学</span>'), "p.hocr")
    place_on(page, Canvas(1000, 1400, "image"))
    assert [line.direction for line in page.lines()] == ["ttb"]
    assert boxes_of(page) == [Box(100, 100, 30, 120), Box(100, 280, 30, 120)]
