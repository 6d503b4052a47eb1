from pathlib import Path
from typing import Any

import pytest

from image.engine import vips
from image.pyramid import ensure_reduced, make_pyramid
from image.render import render
from lectern.errors import StoreUnavailable

from .conftest import decoded, difference, ramp
from .test_request import ask


def picture(path: Path, *parts: str, version: int = 3, full: tuple[int, int] = (2000, 1500)) -> Any:
    request = ask(version, *parts, width=full[0], height=full[1])  # type: ignore[arg-type]
    return decoded(render(request, path))


@pytest.mark.parametrize(
    ("region", "size", "expected"),
    [
        ("full", "max", (2000, 1500)),
        ("0,0,512,512", "max", (512, 512)),
        ("1536,1024,512,512", "max", (464, 476)),
        ("512,0,512,512", "256,256", (256, 256)),
        ("1024,1024,1024,1024", "122,60", (122, 60)),
        ("full", "3,1", (3, 1)),
        ("full", "1,1500", (1, 1500)),
        ("full", "^2100,7", (2100, 7)),
        ("37,91,1,1", "^50,70", (50, 70)),
        ("1999,1499,1,1", "max", (1, 1)),
        ("pct:33.3,33.3,33.3,33.3", "^777,333", (777, 333)),
    ],
)
def test_an_answer_has_the_size_asked_for_and_shows_that_region(
    ramp_pyramid: Path, region: str, size: str, expected: tuple[int, int]
):
    request = ask(3, region, size, quality_format="default.png", width=2000, height=1500)
    answer = decoded(render(request, ramp_pyramid))
    assert (answer.width, answer.height, answer.bands) == (*expected, 3)
    x, y, w, h = request.region
    red, green, _ = (answer.extract_band(band).avg() for band in range(3))
    tolerance = 2 if w > 1 else 8  # of one single pixel JPEG keeps less
    assert red == pytest.approx(250 * (x + w / 2) / 2000, abs=tolerance)
    assert green == pytest.approx(250 * (y + h / 2) / 1500, abs=tolerance)


@pytest.mark.parametrize("scale", [1, 2, 3, 4])
def test_tiles_of_any_scale_join_to_the_whole_picture(ramp_pyramid: Path, scale: int):
    step = 512 * scale
    width, height = -(-2000 // scale), -(-1500 // scale)
    whole = ramp(2000, 1500).resize(width / 2000, vscale=height / 1500)
    for x in range(0, 2000, step):
        for y in range(0, 1500, step):
            w, h = min(step, 2000 - x), min(step, 1500 - y)
            size = (-(-w // scale), -(-h // scale))
            tile = picture(ramp_pyramid, f"{x},{y},{step},{step}", f"{size[0]},{size[1]}")
            assert (tile.width, tile.height) == size
            assert difference(tile, whole.crop(x // scale, y // scale, *size)) < 2


def test_enlarging_keeps_every_pixel_in_its_place(ramp_pyramid: Path):
    for max_scale in (0.1, 0.13):
        reduced = ensure_reduced(ramp_pyramid, f"place{max_scale * 100:.0f}", max_scale)
        tiles = [picture(reduced, f"{x},512,512,512", "512,512") for x in (512, 1024)]
        joined = tiles[0].join(tiles[1], "horizontal")
        assert difference(joined, ramp(2000, 1500).crop(512, 512, 1024, 512)) < 2
        seam = joined.crop(508, 0, 8, 512).extract_band(0)
        assert (seam.extract_area(4, 0, 1, 512).avg() - seam.extract_area(3, 0, 1, 512).avg()) < 2


@pytest.mark.parametrize(
    ("rotation", "size", "corner"),
    [
        ("0", (200, 150), (0, 0)), ("90", (150, 200), (0, 1)), ("180", (200, 150), (1, 1)), ("270", (150, 200), (1, 0)),
        ("!0", (200, 150), (1, 0)), ("!90", (150, 200), (1, 1)), ("!180", (200, 150), (0, 1)),
        ("!270", (150, 200), (0, 0)), ("360", (200, 150), (0, 0)),
    ],
)  # fmt: skip
def test_mirroring_comes_before_turning_clockwise(
    ramp_pyramid: Path, rotation: str, size: tuple[int, int], corner: tuple[int, int]
):
    answer = picture(ramp_pyramid, "full", "200,150", rotation)
    assert (answer.width, answer.height) == size
    red, green, _ = answer(3, 3)
    assert (red > 125, green > 125) == (corner[0] == 1, corner[1] == 1)


def test_an_askew_picture_has_clear_corners_where_the_format_can(ramp_pyramid: Path):
    png = picture(ramp_pyramid, "full", "200,150", "45", "default.png")
    assert (png.width, png.height) == (247, 247)
    assert png.bands == 4
    assert png(0, 0)[3] == 0
    assert png(124, 124)[3] == 255
    jpg = picture(ramp_pyramid, "full", "200,150", "45")
    assert (jpg.width, jpg.height, jpg.bands) == (247, 247, 3)
    assert max(jpg(2, 2)) < 16


def test_qualities(ramp_pyramid: Path):
    colour = picture(ramp_pyramid, "full", "200,150", "0", "color.png")
    grey = picture(ramp_pyramid, "full", "200,150", "0", "gray.png")
    bitonal = picture(ramp_pyramid, "full", "200,150", "0", "bitonal.png")
    assert colour.bands == 3
    assert (grey.bands, grey.interpretation) == (1, "b-w")
    assert bitonal.bands == 1
    assert {int(value) for value in (bitonal.min(), bitonal.max())} == {0, 255}
    assert bitonal.hist_find()(128, 0)[0] == 0
    assert picture(ramp_pyramid, "full", "200,150", "0", "bitonal.jpg").bands == 1


@pytest.mark.parametrize(("form", "start"), [("jpg", b"\xff\xd8\xff"), ("png", b"\x89PNG\r\n"), ("webp", b"RIFF")])
def test_formats_carry_no_metadata(ramp_pyramid: Path, form: str, start: bytes):
    request = ask(3, "full", "100,75", quality_format=f"default.{form}", width=2000, height=1500)
    data = render(request, ramp_pyramid)
    assert data.startswith(start)
    for trace in (b"Exif", b"ICC_PROFILE", b"iCCP", b"xmp", b"http://"):
        assert trace not in data


def test_a_grey_picture_serves_every_quality(tmp_path: Path):
    ramp(300, 200).colourspace("b-w").pngsave(str(tmp_path / "a.png"))
    make_pyramid(tmp_path / "a.png", tmp_path / "a.tif")
    for quality in ("default", "color", "gray", "bitonal"):
        for form in ("jpg", "png", "webp"):
            answer = picture(tmp_path / "a.tif", "full", "max", "30", f"{quality}.{form}", full=(300, 200))
            assert (answer.width, answer.height) == (360, 323)


def test_detail_is_the_pictures_own_at_full_size(noise_pyramid: Path):
    answer = picture(noise_pyramid, "512,512,512,512", "max", "0", "default.png", full=(1603, 1201))
    stored = vips().Image.tiffload(str(noise_pyramid)).crop(512, 512, 512, 512)
    assert difference(answer, stored) == 0


def test_a_lost_or_torn_file_is_said_to_be_unreadable_without_its_path(tmp_path: Path, noise_pyramid: Path):
    request = ask(3, "full", "max", width=1603, height=1201)
    torn = tmp_path / "torn.tif"
    data = noise_pyramid.read_bytes()
    torn.write_bytes(data[:8] + bytes(len(data) // 2) + data[8 + len(data) // 2 :])
    for path in (tmp_path / "lost.tif", torn):
        with pytest.raises(StoreUnavailable) as failure:
            render(request, path)
        assert failure.value.status == 503
        assert str(tmp_path) not in str(failure.value)
