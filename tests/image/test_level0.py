"""A static image service: every URL that its info.json leads to has a file, under the names that viewers use."""

import re

import pytest

from image.info import Picture, info3
from image.level0 import Level0, files_of, info0, largest_path, size_path
from lectern.ids import ImageId
from lectern.urls import ImageVersion, Urls
from tests.attack.test_tiers import tiles_of_openseadragon

SERVICE = "https://static.example.org/book/images/1"
SMALL = (240, 320)
SIZES = [(1603, 1201), (512, 512), (1024, 512), (300, 4000), (4000, 300), (513, 2049), (40, 30), (1, 1), (2048, 1024)]


def level0(width: int, height: int, max_pixels: int = 40_000_000) -> Level0:
    return Level0(width, height, 512 if max(width, height) > 256 else 256, max_pixels, SMALL)


def paths(picture: Level0, version: ImageVersion) -> list[str]:
    return [path for names, _ in files_of(picture, version) for path in names]


@pytest.mark.parametrize("version", [2, 3])
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_openseadragon_finds_every_tile_that_info_json_leads_it_to(width: int, height: int, version: ImageVersion):
    picture = level0(width, height)
    asked = set(tiles_of_openseadragon(info0(SERVICE, picture, version), version))
    if version == 2:  # of level 0 it asks for tiles by width alone
        wide = f"/{width},[0-9]+/"
        asked = {re.sub(",[0-9]+/0/", ",/0/", re.sub(wide, "/full/", path, count=1)) for path in asked}
    assert asked - set(paths(picture, version)) == set()


@pytest.mark.parametrize("version", [2, 3])
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_no_file_is_named_twice_and_every_name_is_safe_on_any_file_system(
    width: int, height: int, version: ImageVersion
):
    written = paths(level0(width, height), version)
    assert len(written) == len(set(written))
    assert all(set(path) <= set("0123456789,/abcdefghijklmnopqrstuvwxyz.") for path in written)


@pytest.mark.parametrize("version", [2, 3])
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_im3_34_im2_07_every_size_and_the_whole_picture_have_a_file(width: int, height: int, version: ImageVersion):
    picture = level0(width, height)
    written = {path: request for names, request in files_of(picture, version) for path in names}
    for size in info0(SERVICE, picture, version)["sizes"]:
        assert written[f"full/{size['width']},{size['height']}/0/default.jpg"].size == (size["width"], size["height"])
        assert size_path(version, (size["width"], size["height"])) in written
    assert written[largest_path(version)].size == (width, height)


def test_the_files_show_the_tiles_of_the_service_itself():
    picture = level0(1603, 1201)
    announced = info3(Urls("https://x"), ImageId("a", 1), Picture(1603, 1201, 512, 40_000_000))
    assert info0(SERVICE, picture, 3)["tiles"] == announced["tiles"]
    tiles = [request for _, request in files_of(picture, 3) if request.region[:2] == (1024, 512)]
    assert [(tile.region, tile.size) for tile in tiles] == [((1024, 512, 512, 512), (512, 512))]


def test_im3_31_33_a_picture_above_the_limit_says_so_and_is_whole_only_within_it():
    picture = level0(4000, 3000, max_pixels=1_000_000)
    document = info0(SERVICE, picture, 3)
    assert (document["profile"], document["type"], document["maxArea"]) == ("level0", "ImageService3", 1_000_000)
    assert all(size["width"] * size["height"] <= 1_000_000 for size in document["sizes"])
    largest = next(request for names, request in files_of(picture, 3) if largest_path(3) in names)
    assert largest.size == picture.largest == (1154, 866)
    assert info0(SERVICE, picture, 2)["profile"][1] == {"maxArea": 1_000_000}


def test_im2_01_the_older_version_says_what_it_is():
    document = info0(SERVICE, level0(300, 200), 2)
    assert document["@context"] == "http://iiif.io/api/image/2/context.json"
    assert document["profile"] == ["http://iiif.io/api/image/2/level0.json"]
    assert "maxArea" not in info0(SERVICE, level0(300, 200), 3)


@pytest.mark.parametrize("version", [2, 3])
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_the_sizes_are_levels_and_nothing_else_for_openseadragon_takes_them_for_these(
    width: int, height: int, version: ImageVersion
):
    picture = level0(width, height)
    levels = [(-(-width // factor), -(-height // factor)) for factor in picture.factors]
    assert picture.sizes == sorted(levels[1:] or levels)
    assert "full/90,/0/default.jpg" in paths(picture, version)  # Universal Viewer's thumbnails
    assert size_path(version, picture.thumbnail) in paths(picture, version)


def test_the_thumbnail_lies_in_its_box_and_is_not_enlarged():
    assert level0(1603, 1201).thumbnail == (240, 180)
    assert level0(40, 30).thumbnail == (40, 30)
    assert level0(1, 9000).thumbnail == (1, 320)
