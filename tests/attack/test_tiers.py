"""TH-62, TH-63, TH-64, TH-69: a tier is a function of its reduced raster, and the full picture stays closed.

Two houses hold different pictures whose tiers have the very same reduced raster. Whatever is asked of the tier, both
answer alike to the last byte: nothing of what distinguishes the pictures can be in any answer, however it is asked.
"""

import os
import random
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from image.pyramid import make_pyramid, reduced_path
from lectern.catalogue import CanvasRow, ObjectRow
from lectern.urls import canvas_path
from tests.image.conftest import decoded, difference, noise
from tests.services_image.conftest import House

SCALE = 0.125
MAGIC = (b"\xff\xd8\xff", b"\x89PNG", b"RIFF")
TIERS = ("letters-1~degraded", "letters%2D1~degraded", "letters-1%7Edegraded", "%6Cetters-1%7edegraded")
FULLS = ("letters-1", "letters%2D1", "letters%2d1", "%6Cetters-1")
LARGE, MIDDLE, SMALL = (1096, 800), (548, 400), (160, 120)  # the more is asked of it, the smaller


@dataclass
class Houses:
    """Two houses that differ in their pictures and not in their reduced ones; `width` and `height` are announced."""

    first: House
    second: House
    width: int
    height: int

    def both(self, path: str, method: str = "GET") -> tuple[TestResponse, TestResponse]:
        """Return what a stranger is answered in each."""
        first, second = (house.client().open(path, method=method) for house in (self.first, self.second))
        return first, second


def furnish(folder: Path, size: tuple[int, int], seed: int) -> House:
    house = House(folder)
    images = house.context.home.image_folder("letters")
    images.mkdir(parents=True)
    noise(*size, seed=seed).pngsave(str(folder / "page.png"))
    make_pyramid(folder / "page.png", images / "1.tif")
    path = str((images / "1.tif").relative_to(house.context.home.images))
    canvas = CanvasRow(1, canvas_path("letters", 1), *size, image=path)
    house.context.catalogue.publish(ObjectRow("letters", "letters", "letters", 1, policy="members", pages=1), [canvas])
    return house


def pair(folder: Path, size: tuple[int, int]) -> Houses:
    first, second = (furnish(folder / name, size, seed) for name, seed in (("first", 1), ("second", 100)))
    assert first.client().get(f"/iiif/2/{TIERS[0]}/full/9,/0/default.jpg").status_code == 200  # makes its raster
    rasters = [house.context.home.image_folder("letters") / "1.tif" for house in (first, second)]
    reduced = [reduced_path(raster, "degraded", SCALE) for raster in rasters]
    shutil.copyfile(reduced[0], reduced[1])
    moment = rasters[1].stat().st_mtime_ns
    os.utime(reduced[1], ns=(moment, moment))  # as old as its picture, so nobody makes it anew
    assert rasters[0].read_bytes() != rasters[1].read_bytes()
    return Houses(first, second, *size)


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Houses]:
    houses = pair(tmp_path_factory.mktemp("large"), LARGE)
    yield houses
    close(houses)


@pytest.fixture(scope="module")
def middle(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Houses]:
    houses = pair(tmp_path_factory.mktemp("middle"), MIDDLE)
    yield houses
    close(houses)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Houses]:
    houses = pair(tmp_path_factory.mktemp("small"), SMALL)
    yield houses
    close(houses)


def close(houses: Houses) -> None:
    for house in (houses.first, houses.second):
        house.context.catalogue.close()
        house.context.state.close()


def member(house: House) -> FlaskClient:
    return house.client("ada")


def urls(rng: random.Random, width: int, height: int, side: int) -> Iterator[tuple[int, str]]:
    """Yield version and the four parts of image URLs without end: sensible, odd, and out of the grammar."""
    while True:
        x, y = rng.randrange(width), rng.randrange(height)
        w, h = rng.randint(1, width), rng.randint(1, height)
        version = rng.choice((2, 3))
        up = "^" if version == 3 else ""
        regions = ["full", "square", "0,0,512,512", f"{x},{y},{w},{h}", f"{x},{y},1,1", f"{x},{y},99999,99999"]
        regions += [f"{x},{y},{w},{h}", f"0{x},{y},{w},{h}", f"pct:{x % 100},{y % 100},{w % 99 + 1},7.5"]
        regions += ["pct:0,0,100,100", f"pct:{x % 90}.125,1,.5,.5"]
        a, b = rng.randint(1, side), rng.randint(1, side)
        sizes = ["max", "pct:100", "pct:12.5", f"{up}{a},", f"{up},{b}", f"{up}{a},{b}", f"{up}!{a},{b}", f"{up}0{a},"]
        sizes += [f"{up}{a},{b}", f"{a % 9 + 1},", f"{up}pct:{a}"]
        sizes += ["full"] if version == 2 else ["^max", "^!9999,9999"] if rng.random() < 0.03 else []
        rotations = ["0", "0", "0", "90", "180", "270", "!0", "!90", "360", "22.5", "!45"]
        qualities, forms = ["default", "color", "gray", "bitonal"], ["jpg", "jpg", "png", "webp"]
        if rng.random() < 0.2:  # something that is not in the grammar, or that is not offered
            regions = [f"{width},0,9,9", "0,0,0,9", "-1,0,9,9", "1e9,0,9,9", "smart", "0,0,9", "pct:0,0,0,1", "..", ";"]
        if rng.random() < 0.2:
            sizes = ["0,", "1e9,", "^", "!", ",", "-1,", "pct:0", "^^9,", "99999999,", "pct:1e3", "max;2", "full~"]
        if rng.random() < 0.1:
            rotations, qualities, forms = (
                ["0", "-90", "nan", "361"],
                ["default", "native"],
                ["gif", "tif", "pdf", "jpg"],
            )
        chosen = (rng.choice(choices) for choices in (regions, sizes, rotations))
        yield version, f"{'/'.join(chosen)}/{rng.choice(qualities)}.{rng.choice(forms)}"


def asked(houses: Houses, count: int, seed: int, side: int, *, full_too: bool = False) -> int:
    """Ask for that many URLs of the tier in both houses, and of the full picture; returns how many gave pixels."""
    rng = random.Random(seed)
    shown = 0
    generated = urls(rng, houses.width, houses.height, side)
    for number in range(count):
        version, parts = next(generated)
        method = "HEAD" if number % 9 == 0 else "GET"
        path = f"/iiif/{version}/{rng.choice(TIERS)}/{parts}"
        first, second = houses.both(path, method)
        assert first.status_code in (200, 400), (path, first.status_code)
        assert (first.status_code, first.data) == (second.status_code, second.data), path
        assert first.headers["Content-Length"] == second.headers["Content-Length"], path
        shown += first.data.startswith(MAGIC)
        if full_too:
            full = houses.first.client().open(f"/iiif/{version}/{rng.choice(FULLS)}/{parts}", method=method)
            assert full.status_code == 401, path
            assert not full.data.startswith(MAGIC)
            assert "ETag" not in full.headers
    return shown


def test_the_two_houses_do_differ_in_what_a_member_sees(large: Houses):
    """Without this the others would prove nothing."""
    path = "/iiif/2/letters-1/0,0,512,512/512,/0/default.png"
    first, second = (member(house).get(path) for house in (large.first, large.second))
    assert first.status_code == second.status_code == 200
    assert difference(decoded(first.data), decoded(second.data)) > 30
    own = decoded(large.first.client().get(f"/iiif/2/{TIERS[0]}/0,0,512,512/512,/0/default.png").data)
    assert difference(own, decoded(first.data)) > 20


def test_th_62_image_urls_by_the_hundred_show_nothing_but_the_reduced_raster(middle: Houses):
    assert asked(middle, 600, seed=62, side=350, full_too=True) > 250


def test_th_63_two_thousand_more_at_random_add_nothing(small: Houses):
    assert asked(small, 2000, seed=63, side=80) > 800


@pytest.mark.parametrize(
    "parts",
    [
        "3 0,0,512,512/max",
        "3 full/^max",
        "2 full/full",
        "2 full/512,",
        "2 full/,512",
        "2 full/512,512",
        "2 full/!512,512",
        "2 full/pct:100",
        "3 full/^pct:150",
        "3 0,0,200,200/^!999,999",
        "2 square/full",
        "2 pct:0,0,50,50/full",
        "2 8,8,1,1/300,300",
        "2 800,600,9999,9999/full",
        "3 0,0,8,8/^512,512",
    ],
)
def test_th_62_an_answer_has_no_detail_finer_than_the_tiers(large: Houses, parts: str):
    version, path = parts.split(" ")
    answer = large.first.client().get(f"/iiif/{version}/{TIERS[0]}/{path}/0/default.png")
    assert answer.status_code == 200
    picture = decoded(answer.data)
    # Shrunk to the tier's scale and enlarged again it is what it was: there was nothing between the pixels.
    region = {"0,0,512,512": 512, "0,0,200,200": 200, "square": 800, "pct:0,0,50,50": 548, "8,8,1,1": 1}
    width = {**region, "800,600,9999,9999": 296, "0,0,8,8": 8}.get(path.partition("/")[0], large.width)
    back = max(1 / picture.width, min(1.0, SCALE * width / picture.width))
    low = picture.resize(back, vscale=max(back, 1 / picture.height))
    again = low.resize(picture.width / low.width, vscale=picture.height / low.height)
    margin = min(16, picture.width // 8, picture.height // 8)  # the edges are mirrored, which no tier has
    cut = (margin, margin, picture.width - 2 * margin, picture.height - 2 * margin)
    assert difference(again.crop(*cut), picture.crop(*cut)) < 4


def tiles_of_openseadragon(info: Any, version: int) -> Iterator[str]:
    """Yield the parts of every tile that OpenSeadragon asks for, from an info.json alone (its IIIFTileSource)."""
    width, height = info["width"], info["height"]
    (tiles,) = info["tiles"]
    tile_width = tiles["width"]
    tile_height = tiles.get("height", tile_width)
    for factor in tiles["scaleFactors"]:
        level_width, level_height = ceil(width / factor), ceil(height / factor)
        if level_width < tile_width and level_height < tile_height:
            sizes = {2: f"{level_width},", 3: f"{level_width},{level_height}"}
            whole = "full" if version == 2 else "max"
            yield f"full/{whole if level_width == width else sizes[version]}/0/default.jpg"
            continue
        across, down = round(tile_width * factor), round(tile_height * factor)
        for column in range(ceil(level_width / tile_width)):
            for row in range(ceil(level_height / tile_height)):
                x, y = column * across, row * down
                w, h = min(across, width - x), min(down, height - y)
                wide = min(tile_width, level_width - column * tile_width)
                high = min(tile_height, level_height - row * tile_height)
                region = "full" if (x, y, w, h) == (0, 0, width, height) else f"{x},{y},{w},{h}"
                yield f"{region}/{wide},{high}/0/default.jpg"


@pytest.mark.parametrize("version", [2, 3])
def test_th_63_th_64_whatever_openseadragon_asks_of_the_tiers_own_info_json_is_answered(large: Houses, version: int):
    first, second = large.both(f"/iiif/{version}/{TIERS[0]}/info.json")
    assert first.status_code == 200
    assert first.json == second.json
    info: Any = first.json
    asked_for = [*tiles_of_openseadragon(info, version)]
    asked_for += [f"full/{size['width']},{size['height']}/0/default.jpg" for size in info.get("sizes", [])]
    assert len(asked_for) > 6
    for parts in asked_for:
        pictures = large.both(f"/iiif/{version}/{TIERS[0]}/{parts}")
        assert pictures[0].status_code == 200, parts
        assert pictures[0].data == pictures[1].data


@pytest.mark.parametrize("version", [2, 3])
def test_th_64_a_tiers_info_json_names_itself_and_no_other(large: Houses, version: int):
    text = large.first.client().get(f"/iiif/{version}/{TIERS[0]}/info.json").text
    assert f"/iiif/{version}/letters-1~degraded" in text
    assert "/letters-1/" not in text
    assert '/letters-1"' not in text


def test_th_64_th_66_only_info_json_leads_to_the_tier_and_no_cache_keeps_that(large: Houses):
    client = large.first.client()
    away = client.get("/iiif/2/letters-1/info.json", headers={"Host": "evil.tld", "X-Forwarded-Host": "evil.tld"})
    assert away.status_code == 302
    assert away.headers["Location"] == "https://books.example.org/iiif/2/letters-1~degraded/info.json"
    assert away.headers["Cache-Control"] == "private, no-store"
    for path in ("/iiif/2/letters-1/full/9,/0/default.jpg", "/iiif/3/letters-1/full/9,/0/default.jpg"):
        answer = client.get(path)
        assert answer.status_code == 401
        assert "Location" not in answer.headers
        assert "degraded" not in answer.text
    base = client.get("/iiif/2/letters-1")
    assert (base.status_code, base.headers["Cache-Control"]) == (303, "no-store")
    assert "degraded" not in base.headers["Location"]
    seen = member(large.first).get("/iiif/2/letters-1/info.json")
    assert seen.status_code == 200
    assert "degraded" not in seen.text


@pytest.mark.parametrize("quality", ["default", "color", "gray", "bitonal"])
@pytest.mark.parametrize("rotation", ["0", "90", "!180", "37"])
def test_th_69_no_quality_and_no_turn_takes_the_reduction_away(large: Houses, quality: str, rotation: str):
    for parts in (f"0,0,64,64/64,64/{rotation}/{quality}.png", f"4,4,3,3/3,3/{rotation}/{quality}.png"):
        first, second = large.both(f"/iiif/2/{TIERS[0]}/{parts}")
        assert first.status_code == 200
        assert first.data == second.data


@pytest.mark.parametrize(
    "tier", ["full", "Degraded", "DEGRADED", "degraded~full", "degraded~degraded", "", "none", "0"]
)
def test_th_69_there_is_no_other_tier_to_ask(large: Houses, tier: str):
    for version in (2, 3):
        answer = large.first.client().get(f"/iiif/{version}/letters-1~{tier}/full/9,/0/default.jpg")
        assert answer.status_code == 404
