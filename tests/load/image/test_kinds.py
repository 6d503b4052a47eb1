"""What the measures ask for: every tile of the page once, and nothing twice that is to be asked once."""

from image.request import parse_region
from tests.load.image.beside import Slices
from tests.load.image.kinds import KINDS, Asked, drawn, tiles
from tests.load.image.page import HEIGHT, WIDTH


def test_tiles_cover_every_level_of_the_page_once() -> None:
    asked = [*tiles(512, edges=False), *tiles(512, edges=True)]
    areas: dict[int, int] = {}
    for path in asked:
        region, size = path.split("/")[:2]
        _, _, w, h = parse_region(region, WIDTH, HEIGHT)
        factor = round(w / int(size[:-1]))
        areas[factor] = areas.get(factor, 0) + w * h
    assert len(set(asked)) == len(asked)
    assert areas == dict.fromkeys((1, 2, 4, 8, 16, 32), WIDTH * HEIGHT)


def test_requests_are_drawn_without_repeating_one() -> None:
    asked = drawn("open", 3, ["a", "b"])
    assert len(set(asked)) == 6
    assert {each.n for each in asked} == {1, 2, 3}


def test_a_page_has_its_path_at_both_servers() -> None:
    assert Asked("small", 7, "info.json").ours() == "/iiif/2/small-7/info.json"
    assert Asked("members~degraded", 7, "info.json").ours() == "/iiif/2/members-7~degraded/info.json"
    assert Asked("members~degraded", 7, "info.json").iipsrv() == "/iiif/p0007.tif/info.json"


def test_no_two_walks_ask_the_same() -> None:
    slices = Slices(drawn("open", 6, ["a"]), 3)
    walks = [slices.next() for _ in range(3)]
    assert sorted(each.n for walk in walks for each in walk) == [1, 2, 3, 4, 5, 6]


def test_every_kind_asks_for_something() -> None:
    assert all(kind.asked() for kind in KINDS)
