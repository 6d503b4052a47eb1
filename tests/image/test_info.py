import pytest

from image.info import Picture, info2, info3
from image.stored import open_pyramid
from lectern.ids import ImageId
from lectern.urls import Urls

from .test_request import ask

URLS = Urls("https://books.example.org/x")
IMAGE = ImageId("gazette", 3)
PICTURE = Picture(3000, 2001, 512, 40_000_000)
PROBE = {"id": "https://books.example.org/x/auth/probe/gazette-3", "type": "AuthProbeService2", "service": []}
LOGIN = {"@id": "https://books.example.org/x/auth/access/members", "profile": "http://iiif.io/api/auth/1/login"}


def test_version_2_is_complete_and_level_2():
    document = info2(URLS, IMAGE, PICTURE)
    assert next(iter(document)) == "@context"
    assert document["@context"] == "http://iiif.io/api/image/2/context.json"
    assert document["@id"] == "https://books.example.org/x/iiif/2/gazette-3"
    assert document["protocol"] == "http://iiif.io/api/image"
    assert (document["width"], document["height"]) == (3000, 2001)
    level, more = document["profile"]
    assert level == "http://iiif.io/api/image/2/level2.json"
    assert set(more["formats"]) == {"jpg", "png", "tif", "webp"}
    assert set(more["qualities"]) == {"default", "color", "gray", "bitonal"}
    assert {"sizeAboveFull", "regionSquare", "mirroring", "rotationArbitrary"} <= set(more["supports"])
    assert not {"@context", "@id", "@type"} & set(more)
    assert more["maxArea"] == 3000 * 2001
    assert "service" not in document


def test_version_3_is_complete_and_level_2():
    document = info3(URLS, IMAGE, PICTURE)
    assert next(iter(document)) == "@context"
    assert document["@context"] == "http://iiif.io/api/image/3/context.json"
    assert document["id"] == "https://books.example.org/x/iiif/3/gazette-3"
    assert (document["type"], document["profile"]) == ("ImageService3", "level2")
    assert (document["width"], document["height"], document["maxArea"]) == (3000, 2001, 3000 * 2001)
    assert document["extraFormats"] == ["tif", "webp"]
    assert document["extraQualities"] == ["color", "gray", "bitonal"]
    assert {"sizeUpscaling", "mirroring", "rotationArbitrary"} <= set(document["extraFeatures"])
    assert "service" not in document


def test_services_are_repeated_and_a_probe_brings_its_context_first():
    assert info2(URLS, IMAGE, PICTURE, [LOGIN])["service"] == [LOGIN]
    assert info3(URLS, IMAGE, PICTURE, [LOGIN])["@context"] == "http://iiif.io/api/image/3/context.json"
    document = info3(URLS, IMAGE, PICTURE, [PROBE])
    assert document["@context"] == [
        "http://iiif.io/api/auth/2/context.json",
        "http://iiif.io/api/image/3/context.json",
    ]
    assert document["service"] == [PROBE]


def test_a_tier_has_an_id_of_its_own_and_the_same_width_and_height():
    tier = ImageId("gazette", 3, "degraded")
    full, low = info2(URLS, IMAGE, PICTURE), info2(URLS, tier, PICTURE)
    assert low.pop("@id") == "https://books.example.org/x/iiif/2/gazette-3~degraded"
    full.pop("@id")
    assert low == full
    assert info3(URLS, tier, PICTURE)["id"].endswith("/iiif/3/gazette-3~degraded")


@pytest.mark.parametrize(
    ("width", "height", "tile", "factors"),
    [(3000, 2001, 512, [1, 2, 4, 8]), (512, 512, 512, [1]), (513, 1, 512, [1, 2]), (40, 30, 256, [1]),
     (10_000, 8_000, 512, [1, 2, 4, 8, 16, 32])],
)  # fmt: skip
def test_the_grid_is_the_files_own_up_to_the_level_that_is_one_tile(
    width: int, height: int, tile: int, factors: list[int]
):
    document = info3(URLS, IMAGE, Picture(width, height, tile, 10**9))
    assert document["tiles"] == [{"width": tile, "height": tile, "scaleFactors": factors}]
    assert [(size["width"], size["height"]) for size in document["sizes"]] == [
        (-(-width // factor), -(-height // factor)) for factor in reversed(factors)
    ]


def test_the_grid_has_the_tiles_and_levels_of_the_file(noise_pyramid):
    raster = open_pyramid(noise_pyramid)
    document = info3(URLS, IMAGE, Picture(raster.width, raster.height, raster.tile, 10**9))
    assert document["tiles"][0]["width"] == raster.tile == 512
    assert len(document["tiles"][0]["scaleFactors"]) == len(raster.sizes)


@pytest.mark.parametrize("limit", [10**9, 1_000_000, 300_000])
def test_every_size_and_tile_announced_can_be_asked_for(limit: int):
    picture = Picture(3000, 2001, 512, limit)
    document = info3(URLS, IMAGE, picture)
    for size in document["sizes"]:
        w, h = size["width"], size["height"]
        for version, text in ((3, f"{w},{h}"), (2, f"{w},"), (2, f"{w},{h}")):
            request = ask(version, "full", text, width=3000, height=2001, max_pixels=limit)  # type: ignore[arg-type]
            assert request.size[0] == w
    assert ask(3, "512,512,512,512", "max", width=3000, height=2001, max_pixels=limit).size == (512, 512)
    assert all(size["width"] * size["height"] <= limit for size in document["sizes"])
