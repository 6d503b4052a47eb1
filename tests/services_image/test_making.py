"""Images that were made are found again by all, and by nobody who may not see them (TH-67)."""

import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import REGISTRY

from image import pyramid, render
from image.pyramid import PyramidInfo
from image.render import made
from image.stored import Pyramid, open_pyramid
from lectern.errors import StoreUnavailable
from services.image import making
from services.image.admission import Admission
from tests.services_image.conftest import House, told

THUMBNAIL = "/iiif/3/leaflet-1/full/200,/0/default.jpg"
LETTER = "/iiif/3/letters-1/full/200,/0/default.jpg"


class Counting:
    """What was really made, in the place of the function that makes it."""

    def __init__(self, make: Callable[..., bytes]) -> None:
        self.made: list[str] = []
        self._make = make

    def __call__(self, wanted, pyramid) -> bytes:
        self.made.append(wanted.canonical)
        return self._make(wanted, pyramid)


@pytest.fixture
def counting(monkeypatch) -> Counting:
    counting = Counting(made)
    monkeypatch.setattr(making, "made", counting)
    return counting


def restarted(house: House) -> House:
    """Return another process of the same home."""
    return House(house.context.home.path)


def kept(house: House) -> list[Path]:
    return list(house.context.home.derivatives.glob("[0-9a-f][0-9a-f]/*"))


def test_a_thumbnail_is_made_once_for_all_processes(house, stranger, counting):
    first = stranger.get(THUMBNAIL)
    second = restarted(house).client().get(THUMBNAIL)
    assert first.status_code == second.status_code == 200
    assert first.data == second.data
    assert told(first) == told(second)
    assert counting.made == ["full/200,145/0/default.jpg"]


def test_one_file_serves_all_spellings_of_a_request(stranger, counting):
    for path in ("full/200,/0", "0,0,1100,800/200,/0", "full/!200,200/0", "pct:0,0,100,100/200,145/360"):
        assert stranger.get(f"/iiif/3/leaflet-1/{path}/default.jpg").status_code == 200
    assert len(counting.made) == 1


def test_what_is_quicker_made_than_kept_is_not_kept(house, stranger, counting):
    for _ in range(2):
        assert stranger.get("/iiif/3/leaflet-1/1024,512,76,288/max/0/default.jpg").status_code == 200
    assert len(counting.made) == 2
    assert kept(house) == []


def test_th_67_a_kept_image_is_shown_to_nobody_whom_the_verdict_refuses(house, member, outsider, stranger, counting):
    image = member.get(LETTER)
    assert image.status_code == 200
    assert len(kept(house)) == 1
    for client, status in ((stranger, 401), (outsider, 403), (restarted(house).client(), 401)):
        answer = client.get(LETTER)
        assert answer.status_code == status
        assert answer.data not in (image.data, b"")
        assert "ETag" not in answer.headers
    assert member.get(LETTER).data == image.data
    assert len(counting.made) == 1


def test_th_62_the_kept_image_of_a_tier_is_another_than_the_full_one(member, stranger, counting):
    full = member.get("/iiif/3/letters-1/full/400,/0/default.jpg")
    tier = stranger.get("/iiif/3/letters-1~degraded/full/400,/0/default.jpg")
    assert full.status_code == tier.status_code == 200
    assert full.data != tier.data
    assert len(counting.made) == 2


def test_another_edition_of_an_object_is_made_anew(house, stranger, counting):
    assert stranger.get(THUMBNAIL).status_code == 200
    house.publish("leaflet", "open", house.context.catalogue.canvas("leaflet", 1).image)
    assert stranger.get(THUMBNAIL).status_code == 200
    assert len(counting.made) == 2


def test_another_limit_of_the_largest_image_is_another_image(house, stranger):
    path = "/iiif/3/leaflet-1/full/max/0/default.jpg"
    before = stranger.get(path)
    after = House(house.context.home.path, max_pixels=300_000).client().get(path)
    assert before.headers["ETag"] != after.headers["ETag"]
    assert before.data != after.data


def test_an_image_that_cannot_be_kept_is_answered_all_the_same(house, stranger, counting):
    house.context.home.derivatives.parent.mkdir()
    house.context.home.derivatives.write_text("in the way")
    for _ in range(3):
        assert stranger.get(THUMBNAIL).status_code == 200
    assert len(counting.made) == 3


def test_a_large_image_that_another_process_made_meanwhile_is_not_made_again(house, stranger, counting, monkeypatch):
    path = "/iiif/3/leaflet-1/full/^1400,/0/default.png"
    other, admit = restarted(house).client(), Admission.made

    def wait(self: Admission, *arguments: Any) -> bytes:
        with monkeypatch.context() as elsewhere:
            elsewhere.setattr(Admission, "made", admit)
            assert other.get(path).status_code == 200
        return admit(self, *arguments)

    monkeypatch.setattr(Admission, "made", wait)
    assert stranger.get(path).status_code == 200
    assert len(counting.made) == 1


def test_a_torn_file_is_made_anew(house, stranger):
    first = stranger.get(THUMBNAIL)
    (file,) = kept(house)
    file.write_bytes(file.read_bytes()[:-100])
    assert stranger.get(THUMBNAIL).data == first.data


def test_a_stored_tile_is_handed_over_and_never_kept(house, stranger, counting):
    for path in ("0,0,512,512/max/0/default.jpg", "0,0,512,512/512,/0/color.jpg"):
        assert stranger.get(f"/iiif/3/leaflet-1/{path}").status_code == 200
    assert counting.made == []
    assert kept(house) == []


def test_the_file_of_a_square_that_is_no_stored_tile_is_looked_at_once(stranger, monkeypatch):
    opened: list[Path] = []

    def note(path: Path) -> Pyramid:
        opened.append(path)
        return open_pyramid(path)

    for module in (making, render):
        monkeypatch.setattr(module, "open_pyramid", note)
    assert stranger.get("/iiif/3/leaflet-1/0,0,700,700/200,200/0/default.jpg").status_code == 200
    assert len(opened) == 1


def test_an_error_is_not_kept(house, stranger, monkeypatch):
    def broken(*_: object) -> bytes:
        raise StoreUnavailable("The picture cannot be read.")

    with monkeypatch.context() as torn:
        torn.setattr(making, "made", broken)
        answer = stranger.get(THUMBNAIL)
        assert answer.status_code == 503
        assert answer.headers["Retry-After"]
    assert stranger.get(THUMBNAIL).status_code == 200


def test_how_images_were_answered_is_counted(stranger):
    def counts() -> list[float]:
        return [REGISTRY.get_sample_value("lectern_images_total", {"way": way}) or 0.0 for way in ("kept", "made")]

    before = counts()
    for _ in range(3):
        stranger.get(THUMBNAIL)
    assert [now - then for now, then in zip(counts(), before, strict=True)] == [2.0, 1.0]
    assert (REGISTRY.get_sample_value("lectern_derivatives_bytes") or 0) > 0


def test_th_71_a_part_of_a_page_is_kept_when_it_is_asked_for_again(house, stranger, counting):
    part = "/iiif/3/leaflet-1/300,200,700,500/350,/0/default.png"
    for files in ([], [1], [1]):
        assert stranger.get(part).status_code == 200
        assert len(kept(house)) == len(files)
    assert len(counting.made) == 2


@pytest.fixture
def reduced(monkeypatch) -> list[Path]:
    """Return what rasters of tiers were made, each slowly."""
    made: list[Path] = []
    really = pyramid.make_reduced

    def slowly(source: Path, target: Path, *arguments: Any) -> PyramidInfo:
        made.append(target)
        time.sleep(0.3)
        return really(source, target, *arguments)

    monkeypatch.setattr(pyramid, "make_reduced", slowly)
    return made


def test_th_71_the_raster_of_a_tier_is_made_once_for_all_who_ask_at_the_same_time(house, reduced):
    paths = [f"/iiif/3/letters-1~degraded/full/{side},/0/default.jpg" for side in range(90, 96)]
    paths += ["/iiif/3/letters-1~degraded/0,0,800,800/100,100/0/default.jpg"] * 2
    with ThreadPoolExecutor(len(paths)) as pool:
        answers = list(pool.map(lambda path: house.client().get(path).status_code, paths))
    assert answers == [200] * len(paths)
    assert len(reduced) == 1


def test_th_71_the_raster_of_a_tier_is_made_in_turn(house, stranger, reduced, monkeypatch):
    asked: list[str] = []
    admit = Admission.made

    def note(self: Admission, key: str, *arguments: Any) -> bytes:
        asked.append(key)
        return admit(self, key, *arguments)

    monkeypatch.setattr(Admission, "made", note)
    for _ in range(2):
        assert stranger.get("/iiif/3/letters-1~degraded/full/90,/0/default.jpg").status_code == 200
    assert len(reduced) == 1
    assert asked[0].startswith("raster letters-1~degraded ")
    assert not any(key.startswith("raster ") for key in asked[1:])


def test_the_raster_of_a_tier_is_made_anew_of_another_picture(house, stranger, reduced):
    path = "/iiif/3/letters-1~degraded/full/90,/0/default.jpg"
    assert stranger.get(path).status_code == 200
    os.utime(house.context.home.image_folder("letters") / "1.tif", (1, 1))
    house.publish("letters", "members", house.context.catalogue.canvas("letters", 1).image)
    assert stranger.get(path).status_code == 200
    assert len(reduced) == 2


def test_info_json_of_a_tier_opens_and_makes_nothing(house, stranger, reduced):
    before = stranger.get("/iiif/3/diary-1~degraded/info.json")
    assert before.status_code == 200
    assert before.get_json()["tiles"][0]["width"] == 512
    assert stranger.get("/iiif/3/letters-1~degraded/info.json").get_json()["tiles"][0]["width"] == 256
    assert reduced == []
    (house.context.home.image_folder("letters") / "1.tif").unlink()
    assert stranger.get("/iiif/3/letters-1~degraded/info.json").status_code == 200
