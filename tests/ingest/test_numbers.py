"""Numbers of OCR files: one reading for both formats, and nothing that no page can measure."""

import pytest

from ingest.numbers import number, numbers_in
from ingest.readers.properties import box_of, confidence_of, parse_title


@pytest.mark.parametrize(
    ("text", "value"),
    [("12", 12), (" 1.5 ", 1.5), ("-3", -3), ("+4", 4), (".5", 0.5), ("5.", 5), ("1e2", 100), ("0", 0)],
)
def test_a_number_is_read(text, value):
    assert number(text) == value


@pytest.mark.parametrize("text", ["", "x", "1,5", "1_000", "nan", "inf", "-inf", "1e999", "1e300", "12px"])
def test_what_is_no_place_on_a_page_is_no_number(text):
    assert number(text) is None


def test_points_are_read_whatever_parts_them():
    assert numbers_in("1,2 3.5,-4") == numbers_in("1 2 3.5 -4") == [1, 2, 3.5, -4]


@pytest.mark.parametrize("title", ["bbox 0 0 nan 10", "bbox 0 0 10 1e308", "bbox 1 2 3", "bbox a b c d"])
def test_a_torn_bbox_is_none(title):
    assert box_of(parse_title(title)) is None


def test_a_confidence_that_is_no_number_is_not_stated():
    assert confidence_of(parse_title("x_wconf nan")) is None
