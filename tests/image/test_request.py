from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from image.request import (
    BadImageRequest,
    ImageRequest,
    Parts,
    largest_size,
    parse_region,
    parse_request,
    turned,
)
from lectern.urls import ImageVersion

WIDE, HIGH = 3000, 2001


def ask(
    version: ImageVersion,
    region: str = "full",
    size: str = "max",
    rotation: str = "0",
    quality_format: str = "default.jpg",
    *,
    width: int = WIDE,
    height: int = HIGH,
    max_pixels: int = 40_000_000,
) -> ImageRequest:
    parts = Parts(region, size, rotation, quality_format)
    return parse_request(version, parts, width=width, height=height, max_pixels=max_pixels)


@pytest.mark.parametrize(
    ("text", "region"),
    [
        ("full", (0, 0, 3000, 2001)),
        ("square", (499, 0, 2001, 2001)),
        ("0,0,512,512", (0, 0, 512, 512)),
        ("00010,0,7,7", (10, 0, 7, 7)),
        ("2560,1536,512,512", (2560, 1536, 440, 465)),
        ("0,0,9999999999,9999999999", (0, 0, 3000, 2001)),
        ("2999,2000,1,1", (2999, 2000, 1, 1)),
        ("pct:0,0,100,100", (0, 0, 3000, 2001)),
        ("pct:41.6,7.5,40,70", (1248, 150, 1200, 1401)),
        ("pct:0,0,.01,0.00001", (0, 0, 1, 1)),
        ("pct:99.9999,99.9999,50,50", (2999, 2000, 1, 1)),
        ("pct:90,90,500,500", (2700, 1801, 300, 200)),
    ],
)
def test_a_region_is_cut_at_the_edges_of_the_picture(text: str, region: tuple[int, int, int, int]):
    assert parse_region(text, WIDE, HIGH) == region


@pytest.mark.parametrize(
    "text",
    [
        "", "all", "FULL", "square ", "0,0,0,5", "0,0,5,0", "3000,0,5,5", "0,2001,5,5", "-1,0,5,5", "1,2,3",
        "1,2,3,4,5", "1.5,0,5,5", "1e3,0,5,5", "+1,0,5,5", "١,0,5,5", "0,0,5,5\n", "99999999999,0,1,1",
        "pct:", "pct:0,0,0,5", "pct:0,0,5,0", "pct:100,0,5,5", "pct:0,100,5,5", "pct:-1,0,5,5", "pct:1e1,0,5,5",
        "pct:0,0,5", "pct:nan,0,5,5", "pct:1.,0,5,5", "percent:0,0,5,5",
    ],
)  # fmt: skip
def test_a_region_that_is_empty_outside_or_no_region_is_refused(text: str):
    with pytest.raises(BadImageRequest) as refusal:
        parse_region(text, WIDE, HIGH)
    assert refusal.value.status == 400
    assert refusal.value.remedy


@pytest.mark.parametrize(
    ("version", "region", "size", "expected", "canonical"),
    [
        (2, "full", "full", (3000, 2001), "full"),
        (2, "full", "max", (3000, 2001), "full"),
        (2, "full", "1500,", (1500, 1001), "1500,"),
        (2, "full", ",1000", (1499, 1000), "1499,"),
        (2, "full", "pct:50", (1500, 1001), "1500,"),
        (2, "full", "1500,1001", (1500, 1001), "1500,"),
        (2, "full", "200,200", (200, 200), "200,200"),
        (2, "full", "!200,200", (200, 133), "200,"),
        (2, "0,0,100,50", "!400,400", (400, 200), "400,"),
        (2, "0,0,512,3", "32,", (32, 1), "32,"),
        (2, "full", "6000,", (6000, 4002), "6000,"),
        (3, "full", "max", (3000, 2001), "max"),
        (3, "full", "^3000,", (3000, 2001), "max"),
        (3, "full", "1500,", (1500, 1001), "1500,1001"),
        (3, "full", ",1000", (1499, 1000), "1499,1000"),
        (3, "full", "pct:12.5", (375, 250), "375,250"),
        (3, "full", "^pct:150", (4500, 3002), "^4500,3002"),
        (3, "full", "^1500,", (1500, 1001), "1500,1001"),
        (3, "0,0,10,10", "^300,100", (300, 100), "^300,100"),
        (3, "0,0,10,10", "^!300,100", (100, 100), "^100,100"),
        (3, "0,0,10,10", "^max", (2450, 2450), "^max"),
        (3, "full", "^max", (3000, 2001), "max"),
        (3, "0,0,10,10", "^6000,", (6000, 6000), "^6000,6000"),
        (3, "full", "!200,200", (200, 133), "200,133"),
        (3, "0,0,3,512", ",32", (1, 32), "1,32"),
    ],
)
def test_sizes_and_their_canonical_form(
    version: ImageVersion, region: str, size: str, expected: tuple[int, int], canonical: str
):
    request = ask(version, region, size)
    assert request.size == expected
    assert request.canonical.split("/")[1] == canonical


@pytest.mark.parametrize("version", [2, 3])
@pytest.mark.parametrize(
    "size",
    ["", ",", "0,", ",0", "0,0", "!0,5", "!5,0", "pct:0", "pct:0.0001", "!5,", "!,5", "-5,", "5.5,", "1e9,", "1e9,1e9",
     "pct:", "pct:-5", "pct:5,5", "native", "99999999999,", "9999999999,9999999999", "5,5,5", "5", "!max", "^full"],
)  # fmt: skip
def test_a_size_that_is_nothing_or_too_much_is_refused(version: ImageVersion, size: str):
    with pytest.raises(BadImageRequest):
        ask(version, size=size)


@pytest.mark.parametrize("size", ["full", "3001,", ",2002", "3000,2002", "pct:100.1", "!4000,4000", "^^5,5", "!^5,5"])
def test_image_3_does_not_enlarge_without_being_told_and_knows_no_full(size: str):
    with pytest.raises(BadImageRequest):
        ask(3, size=size)


@pytest.mark.parametrize("size", ["^max", "^500,", "^pct:10", "^!50,50"])
def test_image_2_knows_no_upscaling_sign(size: str):
    with pytest.raises(BadImageRequest):
        ask(2, size=size)


def test_max_stays_within_the_limit_and_more_than_the_limit_is_refused():
    limited = ask(3, size="max", max_pixels=1_000_000)
    assert limited.size == (1224, 816)
    assert limited.canonical.split("/")[1] == "max"
    assert ask(2, size="max", max_pixels=1_000_000).size == (1224, 816)
    assert ask(3, size="!2000,2000", max_pixels=1_000_000).size == (1224, 816)
    for version, size in ((2, "full"), (2, "pct:100"), (2, "1300,"), (3, "1300,"), (3, "pct:99"), (3, "^5000,")):
        with pytest.raises(BadImageRequest, match="1000000 pixels"):
            ask(version, size=size, max_pixels=1_000_000)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "mirrored", "degrees", "canonical"),
    [("0", False, 0, "0"), ("360", False, 0, "0"), ("90.0", False, 90, "90"), ("!270", True, 270, "!270"),
     ("22.50", False, Fraction(45, 2), "22.5"), ("!0", True, 0, "!0"), (".5", False, Fraction(1, 2), "0.5"),
     ("000", False, 0, "0"), ("0.0000000000000001", False, Fraction(1, 10**16), "0.0000000000000001")],
)  # fmt: skip
def test_rotations_and_their_canonical_form(text: str, mirrored: bool, degrees: Fraction, canonical: str):
    request = ask(3, rotation=text)
    assert (request.mirrored, request.rotation) == (mirrored, degrees)
    assert request.canonical.split("/")[2] == canonical


@pytest.mark.parametrize("text", ["", "!", "-90", "360.1", "361", "1e2", "90!", "!!90", "ninety", "90°", "nan", "90,0"])
def test_a_rotation_out_of_range_is_refused(text: str):
    with pytest.raises(BadImageRequest):
        ask(3, rotation=text)


@pytest.mark.parametrize(
    "text",
    ["default", "default.", ".jpg", "native.jpg", "grey.jpg", "Default.jpg", "default.JPG", "default.jpeg",
     "default.gif", "default.pdf", "default.jp2", "default.jpg.png", "", "default.jpg;.css"],
)  # fmt: skip
def test_an_unknown_quality_or_format_is_refused(text: str):
    with pytest.raises(BadImageRequest):
        ask(3, quality_format=text)


def test_all_qualities_and_formats_are_kept_in_the_canonical_form():
    for quality in ("default", "color", "gray", "bitonal"):
        for form in ("jpg", "png", "webp"):
            request = ask(2, quality_format=f"{quality}.{form}")
            assert (request.quality, request.format) == (quality, form)
            assert request.canonical.endswith(f"/0/{quality}.{form}")


def test_an_image_that_its_format_cannot_hold_is_refused():
    assert ask(3, "0,0,100,1", "^65500,1", quality_format="default.png").size == (65_500, 1)
    for form, side in (("jpg", 65_501), ("png", 65_501), ("tif", 65_501), ("webp", 16_384)):
        with pytest.raises(BadImageRequest, match="no side longer"):
            ask(3, "0,0,100,1", f"^{side},1", quality_format=f"default.{form}")


def test_a_strip_turned_askew_cannot_outgrow_the_limit():
    assert ask(3, rotation="45").size == (3000, 2001)
    with pytest.raises(BadImageRequest, match="turned"):
        ask(3, "0,0,100,1", "^60000,10", "45")


def test_turning_swaps_the_sides_or_draws_a_box_around():
    assert turned((300, 200), Fraction(0)) == turned((300, 200), Fraction(180)) == (300, 200)
    assert turned((300, 200), Fraction(90)) == turned((300, 200), Fraction(270)) == (200, 300)
    assert turned((300, 200), Fraction(45)) == (354, 354)


def test_square_of_a_square_picture_is_full():
    assert ask(2, "square", "max", width=500, height=500).canonical == "full/full/0/default.jpg"
    assert ask(3, "pct:0,0,100,100").canonical == "full/max/0/default.jpg"
    assert ask(3, "square").canonical == "499,0,2001,2001/max/0/default.jpg"


_side = st.integers(1, 5000)
_number = st.integers(0, 6000)
_percent = st.decimals(0, 200, places=4).map(lambda value: f"{value:f}")
_regions = st.one_of(
    st.sampled_from(["full", "square"]),
    st.tuples(_number, _number, _number, _number).map(lambda four: ",".join(map(str, four))),
    st.tuples(_percent, _percent, _percent, _percent).map(lambda four: "pct:" + ",".join(four)),
)
_sizes = st.builds(
    str.__add__,
    st.sampled_from(["", "^"]),
    st.one_of(
        st.sampled_from(["max", "full"]),
        _number.map(lambda n: f"{n},"),
        _number.map(lambda n: f",{n}"),
        st.tuples(st.sampled_from(["", "!"]), _number, _number).map(lambda t: f"{t[0]}{t[1]},{t[2]}"),
        _percent.map(lambda p: f"pct:{p}"),
    ),
)


@given(st.sampled_from([2, 3]), _regions, _sizes, st.tuples(_side, _side), st.sampled_from([1000, 100_000, 40_000_000]))
def test_the_canonical_form_names_the_same_image_and_is_canonical_itself(
    version: ImageVersion, region: str, size: str, full: tuple[int, int], limit: int
):
    width, height = full
    try:
        first = ask(version, region, size, width=width, height=height, max_pixels=limit)
    except BadImageRequest:
        return
    again = ask(
        version,
        first.canonical.split("/")[0],
        first.canonical.split("/")[1],
        width=width,
        height=height,
        max_pixels=limit,
    )
    assert again == first
    x, y, w, h = first.region
    assert 0 <= x < x + w <= width
    assert 0 <= y < y + h <= height
    assert 1 <= first.size[0] * first.size[1] <= limit
    if version == 3 and not size.startswith("^"):
        assert first.size[0] <= w
        assert first.size[1] <= h


@given(st.text(max_size=30), st.text(max_size=30), st.text(max_size=12), st.text(max_size=20))
def test_any_text_at_all_is_an_image_or_a_refusal(region: str, size: str, rotation: str, quality_format: str):
    with pytest.raises(BadImageRequest):
        ask(3, "0,0,5,5" if region == "" else region, size, rotation, "x" + quality_format)


@given(_side, _side, st.integers(1000, 50_000_000))
def test_the_largest_size_fills_the_limit_and_keeps_the_shape(width: int, height: int, limit: int):
    w, h = largest_size(width, height, limit)
    assert w >= 1
    assert h >= 1
    assert w * h <= limit
    assert abs(h - height * w / width) <= 1 or w == 1 or h == limit // w


@pytest.mark.parametrize(
    ("version", "size", "quality_format", "said"),
    [
        (3, "max", "default", ("The format is missing.", "default.jpg")),
        (2, "full", "gray", ("The format is missing.", "gray.jpg")),
        (3, "full", "default.jpg", ("version 3", "with ^ before it")),
        (2, "^3000,", "default.jpg", ("version 2", "write 3000,")),
        (2, "^pct:150", "default.jpg", ("version 2", "write pct:150")),
        (2, "^max", "default.jpg", ("version 2", "Use full, max")),
    ],
)
def test_a_refusal_says_what_to_write_instead(
    version: ImageVersion, size: str, quality_format: str, said: tuple[str, str]
):
    with pytest.raises(BadImageRequest) as refusal:
        ask(version, size=size, quality_format=quality_format)
    assert said[0] in refusal.value.detail
    assert said[1] in refusal.value.remedy
