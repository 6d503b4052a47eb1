"""TH-61, TH-67: what is kept, by the delegate or in Cantaloupe's own cache, gives nobody what is not his."""

import time

from tests.servers import free_port
from tests.services_cantaloupe.conftest import READER, STRANGER, Driver, Lectern

UNAUTHORISED = {"status_code": 401, "challenge": 'Bearer charset="UTF-8"'}
UNAVAILABLE = {"status_code": 503}


def path(image: str, width: int) -> str:
    """Return the address of a picture that no other test has asked for."""
    return f"/iiif/3/{image}/full/{width},/0/default.jpg"


def test_th_67_a_warm_derivative_cache_gives_a_cold_user_nothing(driver: Driver, house: Lectern):
    wanted, cookie = path("closed-1", 11), house.reader()
    first, second = (driver.ask(wanted, cookie=cookie, address=READER) for _ in range(2))
    assert (first["answer"], first["from"]) == (True, "source")
    assert (second["answer"], second["from"]) == (True, "cache")
    for other in ("", house.visitor(), "A" * 43):
        refused = driver.ask(wanted, cookie=other)
        assert (refused["from"], refused["answer"] is True) == (None, False)


def test_th_67_with_the_rules_in_authorize_the_cache_would_leak(driver: Driver, house: Lectern):
    wanted = path("closed-1", 12)
    assert driver.ask(wanted, delegate="published")["answer"] == UNAUTHORISED
    assert driver.ask(wanted, cookie=house.reader(), address=READER, delegate="published")["answer"] is True
    leaked = driver.ask(wanted, delegate="published")
    assert (leaked["from"], leaked["answer"]) == ("cache", True)


def test_th_67_no_source_is_found_before_the_yes(driver: Driver, house: Lectern):
    found = driver.ask(path("open-1", 13), delegate="late")
    assert (found["from"], found["answer"]) == ("source", {"status_code": 404})


def test_th_61_a_yes_is_kept_for_its_own_session_image_and_address_alone(driver: Driver, house: Lectern):
    cookie, wanted = house.reader(), path("closed-1", 14)
    down = {"LECTERN_URL": f"http://127.0.0.1:{free_port()}"}
    assert driver.ask(wanted, cookie=cookie, address=READER, forget=True)["kept"] == 1
    assert driver.ask(wanted, cookie=cookie, address=READER, environment=down)["answer"] is True
    other_tile = "/iiif/2/closed-1/0,0,8,8/max/0/default.jpg"
    assert driver.ask(other_tile, cookie=cookie, address=READER, environment=down)["answer"] is True
    for image, shown, address in (
        ("closed-1", cookie, STRANGER),
        ("closed-1", house.reader(), READER),
        ("closed-1", "", READER),
        ("hidden-1", cookie, READER),
    ):
        found = driver.ask(path(image, 14), cookie=shown, address=address, environment=down)
        assert found["answer"] == UNAVAILABLE


def test_th_61_no_refusal_is_kept_and_nothing_of_a_reader_without_a_session(driver: Driver, house: Lectern):
    visitor = house.visitor()
    assert driver.ask(path("closed-1", 15), cookie=visitor, forget=True)["kept"] == 0
    assert driver.ask(path("open-1", 15))["kept"] == 0
    assert driver.ask("/iiif/2/closed-1/info.json", cookie=house.reader())["kept"] == 0
    assert driver.ask(path("open-1", 16), headers={"cookie": "__Host-lectern-session=short"})["kept"] == 0


def test_th_28_a_session_that_ended_is_refused_when_lectern_says_so(driver: Driver, house: Lectern):
    cookie, wanted = house.reader(), path("closed-1", 17)
    assert driver.ask(wanted, cookie=cookie)["answer"] is True
    house.context.sessions.sign_out(cookie)
    for _ in range(300):
        answer = driver.ask(wanted, cookie=cookie)["answer"]
        if answer is not True:
            break
        time.sleep(0.1)
    assert answer == UNAUTHORISED


def test_one_yes_is_for_all_tiles_of_an_image(driver: Driver, house: Lectern):
    cookie = house.reader()
    asked = [driver.ask(path("closed-1", 20 + n), cookie=cookie, forget=n == 0) for n in range(20)]
    assert {found["kept"] for found in asked} == {1}
    assert all(found["answer"] is True for found in asked)
