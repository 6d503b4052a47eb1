"""Pictures that lie at a source: fetched at first request, after the verdict; kept, compared, replaced, given up."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from image import borrowed
from lectern.picture_sources import Reference, parse_reference
from lectern.state import UserRow
from tests.image.conftest import decoded, difference, noise
from tests.ingest.web import Answer, Web, serve
from tests.services_image.conftest import ACCOUNTS, HEIGHT, WIDTH, House

PAGE = "/scans/vol7/p1.jpg"
TILE = "/iiif/3/{}-1/0,0,512,512/512,512/0/default.jpg"


def jpeg(seed: int, width: int = WIDTH, height: int = HEIGHT) -> bytes:
    return bytes(noise(width, height, seed).jpegsave_buffer(Q=90))


@pytest.fixture
def web() -> Iterator[Web]:
    with serve() as web:
        web.pages[PAGE] = Answer(jpeg(1), etag='"one"')
        yield web


@pytest.fixture
def shelf(tmp_path: Path, web: Web) -> Iterator[House]:
    yield from _shelf(tmp_path, web)


def _shelf(tmp_path: Path, web: Web, **more: object) -> Iterator[House]:
    sources = {"web": {"kind": "http", "base": web.url("/scans"), "timeout": 5}}
    made = House(tmp_path / "home", sources=sources, **more)
    for name, policy in (("leaflet", "open"), ("letters", "members"), ("secret", "sealed"), ("cellars", "unseen")):
        made.publish(name, policy, "web:vol7/p1.jpg")
    for account in ACCOUNTS.values():
        made.context.state.add_user(UserRow(account.user, "no password fits", account.roles, 0))
    yield made
    made.context.catalogue.close()
    made.context.state.close()


def asked(web: Web) -> list[int]:
    return [status for _, status in web.asked]


def kept(house: House) -> list[Path]:
    return sorted(house.context.home.borrowed.glob("*/*/*.tif"))


def test_a_reference_is_no_name_of_a_file_in_the_home():
    assert parse_reference("web:vol7/p 1.jpg") == Reference("web", "vol7/p 1.jpg")
    assert [parse_reference(name) for name in (None, "", "ab/book/1.tif", "web:", ":x", "a b:x", "w:a\nb")] == [
        None
    ] * 7


def test_a_picture_is_fetched_and_converted_once(shelf: House, web: Web):
    client = shelf.client()
    first = client.get(TILE.format("leaflet"))
    assert first.status_code == 200
    assert first.headers["Content-Type"] == "image/jpeg"
    this, other = (noise(WIDTH, HEIGHT, seed).crop(0, 0, 512, 512).colourspace("b-w") for seed in (1, 50))
    assert difference(decoded(first.data).colourspace("b-w"), this) * 3 < difference(this, other)
    for _ in range(3):
        assert client.get(TILE.format("leaflet")).data == first.data
    assert client.get(TILE.format("leaflet"), headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
    assert asked(web) == [200]


def test_info_json_is_answered_without_the_picture(shelf: House, web: Web):
    info = shelf.client().get("/iiif/3/leaflet-1/info.json").get_json()
    assert (info["width"], info["height"], info["tiles"][0]["width"]) == (WIDTH, HEIGHT, 512)
    assert web.asked == []
    shelf.client().get(TILE.format("leaflet"))
    assert shelf.client().get("/iiif/3/leaflet-1/info.json").get_json() == info


def test_th_58_the_verdict_comes_before_any_fetching(shelf: House, web: Web):
    stranger, outsider = shelf.client(), shelf.client("bob")
    assert stranger.get(TILE.format("letters")).status_code == 401
    assert outsider.get(TILE.format("letters")).status_code == 403
    assert stranger.get("/iiif/2/secret-1/info.json").status_code == 401
    assert stranger.get("/iiif/3/letters-1/info.json").status_code == 200
    assert stranger.get(TILE.format("cellars")).status_code == 404
    assert stranger.get("/iiif/3/leaflet-1/0,0,512,512/9999999,/0/default.jpg").status_code == 400
    assert web.asked == []
    assert shelf.client("ada").get(TILE.format("letters")).status_code == 200
    assert asked(web) == [200]


def test_th_62_a_tier_is_made_of_the_reduced_raster_alone(shelf: House, web: Web):
    tier = shelf.client().get("/iiif/3/letters-1~degraded/0,0,512,512/512,512/0/default.jpg")
    assert tier.status_code == 200
    assert [path.name.split("~")[1] for path in kept(shelf) if "~" in path.name] == ["degraded-0.125.tif"]
    info = shelf.client().get("/iiif/3/letters-1~degraded/info.json").get_json()
    assert (info["width"], info["height"], info["tiles"][0]["width"]) == (WIDTH, HEIGHT, 256)
    web.pages[PAGE] = Answer(jpeg(2), etag='"two"')
    shelf.now += timedelta(hours=2)
    again = shelf.client().get("/iiif/3/letters-1~degraded/0,0,512,512/512,512/0/default.jpg")
    assert again.data != tier.data
    assert again.headers["ETag"] != tier.headers["ETag"]


def test_a_picture_is_compared_with_the_source_when_it_is_old(shelf: House, web: Web):
    client = shelf.client()
    first = client.get(TILE.format("leaflet"))
    shelf.now += timedelta(seconds=3500)
    client.get(TILE.format("leaflet"))
    assert asked(web) == [200]
    shelf.now += timedelta(seconds=200)
    assert client.get(TILE.format("leaflet")).data == first.data
    assert client.get(TILE.format("leaflet")).headers["ETag"] == first.headers["ETag"]
    assert asked(web) == [200, 304]


def test_a_changed_picture_is_another_edition(shelf: House, web: Web):
    client = shelf.client()
    first = client.get(TILE.format("leaflet"))
    web.pages[PAGE] = Answer(jpeg(2), etag='"two"')
    shelf.now += timedelta(hours=2)
    second = client.get(TILE.format("leaflet"), headers={"If-None-Match": first.headers["ETag"]})
    assert second.status_code == 200
    assert second.data != first.data
    assert second.headers["ETag"] != first.headers["ETag"]


def test_a_server_without_validators_sends_it_again_and_nothing_is_converted(shelf: House, web: Web):
    web.pages[PAGE] = Answer(jpeg(1))
    first = shelf.client().get(TILE.format("leaflet"))
    (before,) = kept(shelf)
    made = before.stat().st_mtime_ns
    shelf.now += timedelta(hours=2)
    assert shelf.client().get(TILE.format("leaflet")).headers["ETag"] == first.headers["ETag"]
    assert asked(web) == [200, 200]
    assert before.stat().st_mtime_ns == made


@pytest.mark.parametrize("status", [404, 410])
def test_a_picture_that_is_gone_is_not_there(shelf: House, web: Web, status: int):
    client = shelf.client()
    assert client.get(TILE.format("leaflet")).status_code == 200
    web.pages[PAGE] = Answer(status=status)
    shelf.now += timedelta(hours=2)
    assert client.get(TILE.format("leaflet")).status_code == 404
    assert client.get(TILE.format("leaflet")).status_code == 404
    assert asked(web) == [200, status]
    assert kept(shelf) == []
    web.pages[PAGE] = Answer(jpeg(1), etag='"one"')
    shelf.now += timedelta(minutes=2)
    assert client.get(TILE.format("leaflet")).status_code == 200


def test_while_the_source_fails_what_is_kept_is_shown_to_those_who_may(shelf: House, web: Web):
    member = shelf.client("ada")
    first = member.get(TILE.format("letters"))
    web.pages[PAGE] = Answer(status=500)
    shelf.now += timedelta(minutes=15)
    shelf.now += timedelta(hours=2)
    member = shelf.client("ada")
    assert member.get(TILE.format("letters")).data == first.data
    assert member.get(TILE.format("letters")).data == first.data
    assert asked(web) == [200, 500]
    assert shelf.client().get(TILE.format("letters")).status_code == 401


def test_a_source_that_is_down_is_asked_once_in_a_while_for_all_its_pictures(tmp_path: Path):
    with serve() as web:
        gone = web.url("/scans")
    house = House(tmp_path / "home", sources={"web": {"kind": "http", "base": gone}})
    for name in ("leaflet", "letters"):
        house.publish(name, "open", f"web:{name}.jpg")
    answer = house.client().get(TILE.format("leaflet"))
    assert (answer.status_code, bool(answer.headers["Retry-After"])) == (503, True)
    assert house.client().get(TILE.format("letters")).status_code == 503  # not even asked for
    assert len(list(house.context.home.borrowed.glob("*/*/note.json"))) == 1
    house.context.catalogue.close()
    house.context.state.close()


def test_a_picture_that_is_none_is_refused_and_left_in_peace(shelf: House, web: Web):
    for body in (b"<html>please sign in</html>", jpeg(1)[:5000], b""):
        web.asked.clear()
        web.pages[PAGE] = Answer(body)
        assert [shelf.client().get(TILE.format("leaflet")).status_code for _ in range(3)] == [503] * 3
        assert asked(web) == [200]
        shelf.now += timedelta(minutes=2)
    assert kept(shelf) == []
    assert list(shelf.context.home.borrowed.glob("*/*/.*")) == []


def test_a_pyramid_as_ours_is_taken_as_it_is(shelf: House, web: Web, picture: Path):
    web.pages[PAGE] = Answer(picture.read_bytes())
    assert shelf.client().get(TILE.format("leaflet")).status_code == 200
    assert [path.read_bytes() for path in kept(shelf)] == [picture.read_bytes()]


def test_many_who_ask_at_once_have_it_fetched_once(shelf: House, web: Web):
    second = House(shelf.context.home.path, sources={"web": {"kind": "http", "base": web.url("/scans")}}, threads=32)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: second.client().get(TILE.format("leaflet")), range(8)))
    assert {answer.status_code for answer in found} == {200}
    assert len({answer.data for answer in found}) == 1
    assert asked(web) == [200]
    second.context.catalogue.close()
    second.context.state.close()


def test_two_processes_that_ask_at_once_have_it_fetched_once(shelf: House, web: Web):
    second = House(shelf.context.home.path, sources={"web": {"kind": "http", "base": web.url("/scans")}})
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(lambda house: house.client().get(TILE.format("leaflet")), (shelf, second)))
    assert [answer.status_code for answer in found] == [200, 200]
    assert found[0].headers["ETag"] == found[1].headers["ETag"]
    assert asked(web) == [200]
    second.context.catalogue.close()
    second.context.state.close()


def test_a_source_that_is_slow_holds_up_no_other(tmp_path: Path, web: Web, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(borrowed, "WAIT_SECONDS", 0.05)
    for page in ("1", "2", "3"):
        web.pages[f"/slow/{page}.jpg"] = Answer(jpeg(1), wait=2.0)
    sources = {
        name: {"kind": "http", "base": web.url(f"/{path}")} for name, path in (("slow", "slow"), ("web", "scans"))
    }
    house = House(tmp_path / "home", sources=sources)
    for page in ("1", "2", "3"):
        house.publish(f"slow{page}", "open", f"slow:{page}.jpg")
        assert house.client().get(TILE.format(f"slow{page}")).status_code == 503
    monkeypatch.undo()
    house.publish("leaflet", "open", "web:vol7/p1.jpg")
    assert house.client().get(TILE.format("leaflet")).status_code == 200
    assert house.client().get(TILE.format("slow3")).status_code == 200
    house.context.catalogue.close()
    house.context.state.close()


def test_who_waits_too_long_is_told_to_come_again(shelf: House, web: Web, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(borrowed, "WAIT_SECONDS", 0.0)
    answer = shelf.client().get(TILE.format("leaflet"))
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    monkeypatch.undo()
    assert shelf.client().get(TILE.format("leaflet")).status_code == 200
    assert asked(web) == [200]


def test_pictures_that_nobody_asks_for_make_room(tmp_path: Path, web: Web):
    for number in (1, 2, 3, 4):
        web.pages[f"/scans/{number}.jpg"] = Answer(jpeg(number), etag=f'"{number}"')
    for house in _shelf(tmp_path, web, pictures_bytes=2 << 20):
        for number in (1, 2, 3, 4):
            house.publish(f"book{number}", "open", f"web:{number}.jpg")
            assert house.client().get(TILE.format(f"book{number}")).status_code == 200
            house.now += timedelta(minutes=3)
            if number < 4:
                house.client().get(TILE.format("book1"))
        taken = sum(path.stat().st_size for path in kept(house))
        assert 0 < taken <= 2 << 20
        web.asked.clear()
        assert house.client().get(TILE.format("book4")).status_code == 200
        assert web.asked == []


def test_a_source_that_the_settings_have_no_more_is_no_fault_of_the_reader(shelf: House):
    shelf.publish("stray", "open", "elsewhere:p1.jpg")
    answer = shelf.client().get(TILE.format("stray"))
    assert answer.status_code == 503
    assert b"elsewhere" not in answer.data


def test_what_a_killed_process_left_behind_goes(shelf: House, web: Web):
    shelf.client().get(TILE.format("leaflet"))
    (pyramid,) = kept(shelf)
    left = pyramid.with_name(".0123.part")
    left.write_bytes(b"half")
    os.utime(left, (1, 1))
    web.pages[PAGE] = Answer(jpeg(2), etag='"two"')
    shelf.now += timedelta(hours=2)
    shelf.client().get(TILE.format("leaflet"))
    assert not left.exists()
