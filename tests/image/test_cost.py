"""What an answer costs, told before it is made: cheap from dear by rank, and never less memory than is really taken."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from image.cost import Cost, cost_of
from image.pyramid import make_pyramid
from image.request import Parts, parse_request
from tests.conftest import ROOT
from tests.image.conftest import noise

PAGE = (5000, 4000)


def cost(path: str, raster: tuple[int, int] = PAGE, full: tuple[int, int] = PAGE) -> Cost:
    parts = Parts(*path.split("/"))
    return cost_of(parse_request(3, parts, width=full[0], height=full[1], max_pixels=40_000_000), raster)


def test_dearer_requests_cost_more():
    ascending = [
        "full/200,/0/default.jpg",
        "4608,0,392,512/max/0/default.jpg",
        "700,700,512,512/max/0/default.jpg",
        "512,512,512,512/max/0/default.webp",
        "full/1000,/0/default.jpg",
        "full/1000,/0/default.png",
        "full/2400,/0/default.jpg",
        "full/max/0/default.jpg",
        "full/2000,/33/default.jpg",
        "full/max/0/gray.jpg",
        "full/max/0/bitonal.png",
        "full/max/0/default.png",
        "full/^7000,/0/default.webp",
    ]
    costs = [cost(path).nanoseconds for path in ascending]
    assert costs == sorted(costs)
    assert len(set(costs)) == len(costs)


@pytest.mark.parametrize(
    "path",
    [
        "0,0,512,512/max/0/default.jpg",
        "0,0,4096,4000/512,500/0/default.jpg",
        "700,700,512,512/max/0/default.png",
        "512,512,512,512/max/33/default.webp",
        "full/200,/0/default.jpg",
        "full/!800,800/0/default.png",
        "full/1000,/90/default.jpg",
    ],
)
def test_tiles_thumbnails_and_what_fills_a_screen_are_small(path):
    assert not cost(path).large


@pytest.mark.parametrize(
    "path",
    ["full/max/0/default.jpg", "full/2400,/0/default.jpg", "full/2000,/0/default.png", "0,0,9,9/^max/0/gray.jpg"],
)
def test_what_fills_several_screens_is_large(path):
    assert cost(path).large


def test_parts_of_one_tile_are_made_quicker_than_kept_and_all_else_is_worth_keeping():
    for path in ("4608,0,392,512/max/0/default.jpg", "4608,3584,392,416/max/0/default.jpg"):
        assert not cost(path).worth_keeping
    for path in (
        "full/200,/0/default.jpg",
        "700,700,512,512/max/0/default.jpg",
        "0,0,512,512/max/0/default.webp",
        "0,0,512,512/max/0/default.png",
        "full/max/0/default.jpg",
    ):
        assert cost(path).worth_keeping


def test_whole_tiles_are_counted_of_the_level_that_is_read():
    assert cost("0,0,512,512/max/0/default.jpg").pixels == 512 * 512
    assert cost("500,500,20,20/max/0/default.jpg").pixels == 4 * 512 * 512
    assert cost("0,0,2048,2048/512,512/0/default.jpg").pixels == 512 * 512
    assert cost("full/2500,/0/default.jpg").pixels == 2500 * 2000
    assert cost("full/max/0/default.jpg").pixels == 5000 * 4000
    assert cost("full/1,/0/default.jpg").pixels == 312 * 250


def test_a_tier_costs_what_its_own_raster_does():
    reduced = (625, 500)
    assert cost("full/max/0/default.jpg", reduced).pixels == 625 * 500
    assert cost("0,0,512,512/max/0/default.jpg", reduced).pixels == 512 * 500
    assert (
        cost("0,0,512,512/max/0/default.jpg", reduced).nanoseconds > cost("0,0,512,512/max/0/default.jpg").nanoseconds
    )


@pytest.mark.parametrize("full", [(1, 1), (1, 60_000), (60_000, 1), (513, 511), (70_001, 50_003)])
def test_pictures_of_any_shape_have_a_cost(full):
    for path in (
        "full/max/0/default.jpg",
        "full/^!700,700/0/default.png",
        "square/!1,1/45/gray.webp",
        "0,0,1,1/max/0/color.jpg",
    ):
        for raster in (full, tuple(-(-side // 8) for side in full)):
            found = cost(path, (raster[0], raster[1]), full)
            assert found.pixels >= 1
            assert found.nanoseconds >= 1


_MADE = """
import json, sys
from pathlib import Path
from image.cost import cost_of
from image.render import render
from image.request import Parts, parse_request

def wanted(path):
    return parse_request(3, Parts(*path.split("/")), width=4000, height=3000, max_pixels=40_000_000)

def peak():
    return int(next(l for l in open("/proc/self/status") if l.startswith("VmHWM")).split()[1]) << 10

raster = Path(sys.argv[1])
render(wanted("0,0,512,512/max/0/default.jpg"), raster)
before = peak()
render(wanted(sys.argv[2]), raster)
print(json.dumps([peak() - before, cost_of(wanted(sys.argv[2]), (4000, 3000)).memory]))
"""


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("page")
    noise(4000, 3000).pngsave(str(folder / "page.png"), compression=0)
    make_pyramid(folder / "page.png", folder / "page.tif")
    return folder / "page.tif"


@pytest.mark.parametrize(
    "path",
    [
        "full/max/0/default.jpg",
        "full/max/0/default.png",
        "full/max/0/default.webp",
        "0,0,2000,1990/max/0/default.jpg",
        "300,300,2000,1990/max/0/default.jpg",
        "full/max/90/default.jpg",
        "full/2500,/33/default.jpg",
        "full/2500,/33/default.png",
        "full/^6000,/0/default.jpg",
        "full/3000,/0/default.jpg",
        "full/max/0/bitonal.png",
        "full/1000,/0/default.jpg",
    ],
)
def test_no_answer_takes_more_memory_than_was_said_beforehand(page, path):
    done = subprocess.run(
        [sys.executable, "-c", _MADE, str(page), path], cwd=ROOT, capture_output=True, text=True, check=True
    )
    taken, said = json.loads(done.stdout)
    print(path, taken >> 20, said >> 20)
    assert taken <= said


@pytest.mark.parametrize("path", ["0,0,9,9/^1,65500/0/bitonal.png", "0,0,9,9/^65500,1/90/default.png"])
def test_th_71_thousands_of_short_lines_are_no_small_work(path):
    assert cost(path).large
