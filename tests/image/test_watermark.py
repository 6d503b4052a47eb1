"""TH-69: the text over a reduced version cannot be got rid of by any request, and joins where tiles do."""

from pathlib import Path
from typing import Any

import pytest

from image.engine import vips
from image.pyramid import ensure_reduced, make_pyramid, reduced_path
from image.render import render
from image.stored import open_pyramid
from image.watermark import watermarked
from lectern.errors import StoreUnavailable
from tests.image.conftest import decoded, difference
from tests.image.test_request import ask

WIDTH, HEIGHT = 1600, 1200
TEXT = "Reading room only"
GROUNDS = {"white": 250, "grey": 128, "black": 8}


def page(ground: int) -> Any:
    return (vips().Image.black(WIDTH, HEIGHT, bands=3) + ground).cast("uchar").copy(interpretation="srgb")


@pytest.fixture(scope="module", params=GROUNDS)
def versions(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return the reduced rasters of an empty page without a text over it, and with one."""
    folder = tmp_path_factory.mktemp("watermark")
    page(GROUNDS[request.param]).pngsave(str(folder / "1.png"))
    make_pyramid(folder / "1.png", folder / "1.tif")
    return ensure_reduced(folder / "1.tif", "small", 0.25), ensure_reduced(folder / "1.tif", "small", 0.25, TEXT)


def answers(versions: tuple[Path, Path], *parts: str, version: Any = 3) -> tuple[Any, Any]:
    wanted = ask(version, *parts, width=WIDTH, height=HEIGHT, max_pixels=4_000_000)
    plain, marked = (decoded(render(wanted, path)) for path in versions)
    return plain, marked


@pytest.mark.parametrize("quality", ["default.jpg", "gray.png", "bitonal.png", "color.webp"])
@pytest.mark.parametrize("rotation", ["0", "90", "!180", "33"])
def test_th_69_no_turning_or_quality_is_without_it(versions: tuple[Path, Path], rotation: str, quality: str):
    plain, marked = answers(versions, "full", "600,450", rotation, quality)
    assert difference(plain, marked) > 3  # the corners of a turned picture, which are clear, count in this


@pytest.mark.parametrize("size", ["max", "^!1600,1600", "100,75", "40,30", "12,9", "1,1"])
def test_th_69_no_size_is_without_it(versions: tuple[Path, Path], size: str):
    plain, marked = answers(versions, "full", size, "0", "default.png")
    assert difference(plain, marked) > 5


def test_th_69_no_part_of_a_quarter_of_the_sides_is_without_it(versions: tuple[Path, Path]):
    for x in range(0, WIDTH - 400 + 1, 200):
        for y in range(0, HEIGHT - 300 + 1, 150):
            plain, marked = answers(versions, f"{x},{y},400,300", "max", "0", "bitonal.png")
            assert difference(plain, marked) > 5, (x, y)


def test_th_69_tiles_join(versions: tuple[Path, Path]):
    _, whole = answers(versions, "full", "1600,1200", "0", "default.png")
    for x in range(0, WIDTH, 512):
        for y in range(0, HEIGHT, 512):
            w, h = min(512, WIDTH - x), min(512, HEIGHT - y)
            _, tile = answers(versions, f"{x},{y},{w},{h}", f"{w},{h}", "0", "default.png")
            assert difference(tile, whole.crop(x, y, w, h)) < 2


def test_th_69_the_text_stands_out_from_light_and_dark_paper():
    for ground in GROUNDS.values():
        marked = watermarked(page(ground).resize(0.25), TEXT)
        step = marked.max() - marked.min()
        assert step > 60
        assert (marked.width, marked.height, marked.bands, marked.format) == (400, 300, 3, "uchar")


def test_a_grey_picture_stays_grey_and_the_smallest_has_it_too():
    grey = page(250).colourspace("b-w")
    assert watermarked(grey, TEXT).bands == 1
    for size in ((20, 15), (3, 2), (1, 1), (2, 400)):
        tiny = grey.resize(size[0] / WIDTH, vscale=size[1] / HEIGHT)
        assert (watermarked(tiny, TEXT).width, watermarked(tiny, TEXT).height) == size


@pytest.mark.parametrize("text", ["<b>x</b> & y", "مكتبة الميناء", "閲覧室のみ", "a", "x" * 64, "&amp;", "100 %"])
def test_any_line_of_text_can_be_drawn_and_is_no_markup(text: str):
    assert difference(watermarked(page(250).resize(0.25), text), page(250).resize(0.25)) > 1


def test_th_69_another_text_is_another_file_and_none_is_the_one_there_was(tmp_path: Path):
    paths = {str(reduced_path(tmp_path / "1.tif", "small", 0.25, text)) for text in ("", "a", "b", "../../x")}
    assert len(paths) == 4
    assert all(Path(path).parent == tmp_path for path in paths)
    assert str(tmp_path / "1~small-0.25.tif") in paths


def test_the_marked_raster_is_as_large_as_the_plain_one(versions: tuple[Path, Path]):
    plain, marked = (open_pyramid(path) for path in versions)
    assert (plain.width, plain.height, plain.tile) == (marked.width, marked.height, marked.tile)


def test_th_69_a_text_that_leaves_no_ink_is_an_error_and_not_a_picture_without_it():
    with pytest.raises(StoreUnavailable, match="nothing to draw"):
        watermarked(page(250).resize(0.25), "\u00a0")
