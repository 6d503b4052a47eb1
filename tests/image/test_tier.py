"""The property of a degraded tier: every answer is a function of the reduced raster alone (TH-62, TH-63)."""

import random
import shutil
from pathlib import Path
from typing import Any

import pytest

from image.engine import vips
from image.info import Picture, info2
from image.pyramid import ensure_reduced, make_pyramid
from image.render import render
from image.request import BadImageRequest, ImageRequest
from lectern.ids import ImageId
from lectern.urls import Urls

from .conftest import decoded, difference
from .test_request import ask

FULL = (1603, 1201)
SCALE = 0.125

# (version, region, size, rotation): every kind of spelling that might slip past a limit on size.
FORMS = [
    (3, "0,0,512,512", "max", "0"),
    (3, "0,0,512,512", "^1024,", "0"),
    (2, "0,0,512,512", "full", "0"),
    (2, "512,512,512,512", "512,", "0"),
    (3, "512,512,512,512", ",512", "0"),
    (3, "100,100,512,512", "512,512", "0"),
    (3, "101,99,512,512", "!512,512", "0"),
    (2, "800,600,300,200", "!1024,1024", "0"),
    (3, "0,0,512,512", "pct:100", "0"),
    (3, "0,0,256,256", "^pct:400", "0"),
    (3, "0,0,200,100", "^!2000,2000", "0"),
    (3, "square", "max", "0"),
    (3, "pct:10,10,33.3,33.3", "max", "0"),
    (3, "700,500,1,1", "^400,400", "0"),
    (3, "700,500,9,5", "^400,400", "0"),
    (3, "1400,1000,9999,9999", "max", "0"),
    (3, "0,0,1603,64", "max", "0"),
    (3, "00512,00512,00512,00512", "0512,", "0"),
    (3, "full", "max", "0"),
    (2, "full", "1610,", "0"),
    (3, "0,0,512,512", "max", "90"),
    (3, "0,0,512,512", "max", "!180"),
    (3, "1000,200,128,128", "^max", "0"),
    (3, "256,256,512,512", "max", "270.0"),
]


@pytest.fixture(scope="module")
def reduced(noise_pyramid: Path) -> Path:
    return ensure_reduced(noise_pyramid, "small", SCALE)


def finest_detail(answer: Any, wanted: ImageRequest) -> float:
    """Return how far an answer is from itself shrunk to what the tier knows of its region, and enlarged again."""
    turned = wanted.rotation % 180 == 90
    region = (wanted.region.h, wanted.region.w) if turned else (wanted.region.w, wanted.region.h)
    known = [max(2.0, side * SCALE) for side in region]
    if known[0] >= answer.width and known[1] >= answer.height:
        return 0.0
    factors = [min(1.0, side / size) for side, size in zip(known, (answer.width, answer.height), strict=True)]
    small = answer.resize(factors[0], vscale=factors[1], kernel="cubic")
    again = small.resize(answer.width / small.width, vscale=answer.height / small.height, kernel="cubic")
    edge = min(24, answer.width // 4, answer.height // 4)
    box = (edge, edge, answer.width - 2 * edge, answer.height - 2 * edge)
    return difference(answer.crop(*box), again.crop(*box))


def request_of(version: int, region: str, size: str, rotation: str, quality_format: str = "default.png"):
    return ask(
        version,  # type: ignore[arg-type]
        region,
        size,
        rotation,
        quality_format,
        width=FULL[0],
        height=FULL[1],
        max_pixels=2_000_000,
    )


@pytest.mark.parametrize("form", FORMS, ids=lambda form: "/".join(map(str, form)))
def test_no_spelling_of_a_request_shows_finer_detail_than_the_reduced_raster(
    form: tuple[int, str, str, str], reduced: Path, noise_pyramid: Path
):
    wanted = request_of(*form)
    assert finest_detail(decoded(render(wanted, reduced)), wanted) < 2.5
    if min(wanted.size) > 100 and max(wanted.region.w, wanted.region.h) > 100:  # the measure can tell: see the full one
        assert finest_detail(decoded(render(wanted, noise_pyramid)), wanted) > 4


@pytest.mark.parametrize("quality", ["default", "color", "gray"])
@pytest.mark.parametrize("file_format", ["jpg", "png", "webp"])
def test_no_quality_or_format_shows_finer_detail(quality: str, file_format: str, reduced: Path):
    wanted = request_of(3, "300,300,512,512", "max", "0", f"{quality}.{file_format}")
    assert finest_detail(decoded(render(wanted, reduced)), wanted) < 4  # what the encoders add of their own included


def test_the_answers_are_the_same_bytes_when_the_full_picture_is_gone(noise_pyramid: Path, tmp_path: Path):
    pyramid = tmp_path / "1.tif"
    shutil.copy2(noise_pyramid, pyramid)
    path = ensure_reduced(pyramid, "small", SCALE)
    qualities = ("default.jpg", "bitonal.png", "gray.webp")
    wanted = [request_of(*form, quality) for form in FORMS for quality in qualities]
    wanted += [request_of(3, "0,0,300,300", "max", "33.3", "bitonal.jpg")]
    before = [render(each, path) for each in wanted]
    pyramid.unlink()
    assert [render(each, path) for each in wanted] == before


def test_two_pictures_with_one_reduced_raster_give_the_same_answers(tmp_path: Path):
    """Pixels that cancel out when reduced must not come back in any answer."""
    paths = []
    for name, low, high in (("a", 96, 160), ("b", 160, 96)):
        bar = vips().Image.black(4, 64)
        stripes = (bar + low).join(bar + high, "horizontal").replicate(100, 10).cast("uchar").copy(interpretation="b-w")
        stripes.pngsave(str(tmp_path / f"{name}.png"))
        make_pyramid(tmp_path / f"{name}.png", tmp_path / f"{name}.tif")
        paths.append(ensure_reduced(tmp_path / f"{name}.tif", "small", 0.0625))
    for region in ("64,64,512,512", "0,0,8,8", "square"):
        wanted = ask(3, region, "^600,600", "0", "default.png", width=800, height=640)
        left, right = (decoded(render(wanted, path)) for path in paths)
        assert difference(left, right) < 3


def tile_requests(version: int) -> list[tuple[str, str]]:
    """Return region and size of every tile that a deep zoom viewer asks for from the tier's own info.json."""
    document = info2(Urls("http://x"), ImageId("a", 1, "small"), Picture(*FULL, 512, 40_000_000))
    tiles = document["tiles"][0]
    asked = []
    for factor in tiles["scaleFactors"]:
        step = tiles["width"] * factor
        for x in range(0, document["width"], step):
            for y in range(0, document["height"], step):
                w, h = min(step, document["width"] - x), min(step, document["height"] - y)
                across, down = -(-w // factor), -(-h // factor)
                asked.append((f"{x},{y},{w},{h}", f"{across}," if version == 2 else f"{across},{down}"))
    sizes = [(item["width"], item["height"]) for item in document["sizes"]]
    return asked + [("full", f"{w}," if version == 2 else f"{w},{h}") for w, h in sizes]


@pytest.mark.parametrize("version", [2, 3])
def test_every_tile_that_info_json_announces_is_answered_without_finer_detail(version: int, reduced: Path):
    for region, size in tile_requests(version):
        wanted = request_of(version, region, size, "0")
        assert finest_detail(decoded(render(wanted, reduced)), wanted) < 2.5, (region, size)


def test_random_requests_put_together_never_reach_finer_detail(reduced: Path):
    chance = random.Random(63)
    answered = 0
    for _ in range(150):
        x, y = chance.randrange(FULL[0]), chance.randrange(FULL[1])
        w, h = chance.randrange(1, 900), chance.randrange(1, 900)
        size = chance.choice(
            ["max", f"{chance.randrange(1, 900)},", f"^{chance.randrange(1, 900)},{chance.randrange(1, 900)}", "pct:80"]
        )
        try:
            wanted = request_of(3, f"{x},{y},{w},{h}", size, chance.choice(["0", "90", "!0"]))
        except BadImageRequest:
            continue
        answered += 1
        answer = decoded(render(wanted, reduced))
        if (
            min(answer.width, answer.height) >= 32
            and abs(answer.width / answer.height - wanted.size[0] / wanted.size[1]) < 9
        ):
            assert finest_detail(answer, wanted) < 6, wanted
    assert answered > 60


def test_a_region_rebuilt_at_the_tier_looks_like_the_reduced_raster(reduced: Path, noise_pyramid: Path):
    whole = decoded(render(request_of(3, "full", "max", "0"), reduced))
    small = decoded(render(request_of(3, "full", "201,151", "0"), reduced))
    assert difference(whole.resize(201 / 1603, vscale=151 / 1201), small) < 2
    full = decoded(render(request_of(3, "full", "max", "0"), noise_pyramid))
    assert difference(whole, full) > 10
