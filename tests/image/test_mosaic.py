"""Regions put together from stored tiles: the very pixels that libvips reads."""

from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from image.engine import vips
from image.geometry import plan
from image.mosaic import MOST_PIECED, can_piece, piece
from image.render import render
from image.request import Region
from image.stored import open_pyramid

from .conftest import decoded, difference
from .pyramids import KINDS, level_of, saved_noise
from .test_request import ask

SIZE = (1111, 777)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("mosaic")
    for kind in KINDS:
        saved_noise(made, kind)
    return made


@cache
def read(path: Path, level: int) -> Any:
    return level_of(path, level)


def as_picture(pieced: Any) -> Any:
    return vips().Image.new_from_memory(pieced.tobytes(), *pieced.size, len(pieced.getbands()), "uchar")


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(KINDS), st.integers(0, 2), st.tuples(*[st.floats(0, 1)] * 4))
def test_any_region_of_any_level_has_the_pixels_of_the_file(
    folder: Path, kind: str, level: int, share: tuple[float, float, float, float]
):
    path = folder / f"{kind}.tif"
    width, height = open_pyramid(path).sizes[level]
    x, y = int(share[0] * (width - 1)), int(share[1] * (height - 1))
    box = Region(x, y, 1 + int(share[2] * (width - x - 1)), 1 + int(share[3] * (height - y - 1)))
    pieced = piece(open_pyramid(path), level, box)
    assert pieced.size == (box.w, box.h)
    assert difference(as_picture(pieced), read(path, level).crop(*box)) == 0


def test_tiles_put_together_on_their_grid_lose_next_to_nothing_anew(folder: Path):
    request = ask(3, "256,256,512,512", "max", width=SIZE[0], height=SIZE[1])  # four tiles, on their grid
    for kind, most in (("colour", 5), ("grey", 0.5)):  # noise in colours has most to lose, half its resolution
        path = folder / f"{kind}.tif"
        assert difference(decoded(render(request, path)), read(path, 0).crop(256, 256, 512, 512)) < most


@pytest.mark.parametrize("region", ["3,5,320,300", "0,0,512,512", "100,100,900,600", "full"])
@pytest.mark.parametrize("size", ["210,", "^400,", "^!333,333"])
def test_pillow_and_libvips_show_the_same_in_the_same_place(
    folder: Path, region: str, size: str, monkeypatch: pytest.MonkeyPatch
):
    path = folder / "colour.tif"
    request = ask(3, region, size, width=SIZE[0], height=SIZE[1])
    chosen = decoded(render(request, path))
    monkeypatch.setattr("image.mosaic.MOST_PIECED", 0)
    plain = decoded(render(request, path))
    assert (chosen.width, chosen.height) == (plain.width, plain.height) == request.size
    assert difference(chosen.gaussblur(3), plain.gaussblur(3)) < 1.5


def test_a_region_of_many_pixels_is_left_to_libvips(folder: Path):
    pyramid = open_pyramid(folder / "colour.tif")
    assert can_piece(pyramid, 0, Region(0, 0, 700, 700))
    assert not can_piece(pyramid, 0, Region(0, 0, MOST_PIECED + 1, 1))


_side = st.integers(1, 40_000)


@given(_side, _side, st.tuples(*[st.floats(0, 0.999)] * 4), st.tuples(_side, _side), st.sampled_from([1, 0.5, 0.1]))
def test_a_plan_reads_inside_its_level_and_never_more_than_it_needs(
    width: int, height: int, share: tuple[float, float, float, float], size: tuple[int, int], scale: float
):
    sizes = [(max(1, round(width * scale)), max(1, round(height * scale)))]
    while max(sizes[-1]) > 512:
        sizes.append((max(1, sizes[-1][0] // 2), max(1, sizes[-1][1] // 2)))
    x, y = int(share[0] * width), int(share[1] * height)
    region = Region(x, y, 1 + int(share[2] * (width - x - 1)), 1 + int(share[3] * (height - y - 1)))
    made = plan(sizes, (width, height), region, size)
    box, (across, down) = made.box, sizes[made.level]
    assert 0 <= box.x < box.x + box.w <= across
    assert 0 <= box.y < box.y + box.h <= down
    assert made.size == size
    if not made.grows and made.level + 1 < len(sizes):
        assert box.w < 2 * size[0] + 2 or box.h < 2 * size[1] + 2
