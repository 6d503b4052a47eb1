"""The delegate's answers are Lectern's: pixels, info.json, access services, and who is asked about."""

import pytest

from tests.servers import free_port
from tests.services_cantaloupe.conftest import READER, ROOM, STRANGER, Driver, Lectern

TILE = "/0,0,32,32/32,/0/default.jpg"
UNAUTHORISED = {"status_code": 401, "challenge": 'Bearer charset="UTF-8"'}
FORBIDDEN = {"status_code": 403}


@pytest.fixture(scope="module")
def cookie(house: Lectern) -> str:
    return house.reader()


@pytest.mark.parametrize(
    ("image", "stranger", "reader"),
    [
        ("open-1", True, True),
        ("readers-1", UNAUTHORISED, True),
        ("closed-1", UNAUTHORISED, True),
        ("room-1", UNAUTHORISED, UNAUTHORISED),
        ("hidden-1", FORBIDDEN, True),
        ("unknown-1", FORBIDDEN, FORBIDDEN),
    ],
)
def test_pixels_are_given_to_whom_lectern_gives_them(driver: Driver, cookie: str, image, stranger, reader):
    for version in (2, 3):
        path = f"/iiif/{version}/{image}{TILE}"
        assert driver.ask(path)["answer"] == stranger
        assert driver.ask(path, cookie=cookie, address=READER)["answer"] == reader


def test_the_client_is_the_one_that_the_proxy_saw(driver: Driver):
    path = f"/iiif/3/room-1{TILE}"
    assert driver.ask(path, address=ROOM)["answer"] is True
    assert driver.ask(path, address=f"{ROOM}, {STRANGER}")["answer"] == UNAUTHORISED
    assert driver.ask(path, address=f"{STRANGER}, {ROOM}")["answer"] is True
    alone = {"LECTERN_TRUSTED_PROXIES": "0"}
    assert driver.ask(path, address=ROOM, environment=alone, context={"client_ip": ROOM})["answer"] == UNAUTHORISED
    unproxied = driver.ask(path, environment=alone, context={"client_ip": ROOM, "request_headers": {}})
    assert unproxied["answer"] is True


@pytest.mark.parametrize(
    "path",
    [
        "/iiif/2/readers-1~small/full/max/0/default.jpg",
        "/iiif/3/readers-1~small/info.json",
        "/iiif/1/open-1/full/full/0/native.jpg",
        "/iiif/3/open-1",
        "/iiif/3/open-1/info.json/",
        f"/iiif/3/open-1{TILE}?page=2",
        f"/iiif/3/open-1{TILE}?x=1&p%61ge=2",
        f"/iiif/3/open-1{TILE}?time=00:00:07",
    ],
)
def test_th_58_what_is_not_one_picture_of_lecterns_is_refused(driver: Driver, cookie: str, path: str):
    assert driver.ask(path, cookie=cookie)["answer"] == FORBIDDEN


@pytest.mark.parametrize(
    "identifier",
    [
        "open-1/../readers-1",
        "../open-1",
        "open-1\0",
        "open-1\n",
        "open-1%2f",
        "open-0",
        "open-01",
        "öpen-1",
        "open",
        "",
    ],
)
def test_th_59_the_decoded_identifier_decides_not_the_spelling(driver: Driver, identifier: str):
    asked = driver.ask(f"/iiif/3/open-1{TILE}", context={"identifier": identifier})
    assert asked["answer"] == FORBIDDEN


def test_th_59_what_is_served_is_what_was_asked_about(driver: Driver):
    assert driver.ask(f"/iiif/3/open-1{TILE}", context={"identifier": "readers-1"})["answer"] == UNAUTHORISED


def test_other_pages_of_a_file_are_refused(driver: Driver, cookie: str):
    path = f"/iiif/3/open-1;2{TILE}"
    assert driver.ask(path, context={"page_number": 2})["answer"] == FORBIDDEN
    assert driver.ask(path, context={"page_number": 1})["answer"] is True


def test_a_scale_constraint_is_of_the_same_image(driver: Driver, cookie: str):
    path = f"/iiif/3/readers-1;1:2{TILE}"
    assert driver.ask(path, context={"scale_constraint": [1, 2]})["answer"] == UNAUTHORISED
    assert driver.ask(path, context={"scale_constraint": [1, 2]}, cookie=cookie)["answer"] is True


def test_th_27_two_session_cookies_are_none(driver: Driver, cookie: str):
    path = f"/iiif/3/closed-1{TILE}"
    name = "__Host-lectern-session"
    once, twice = f"{name}={cookie}", f"x=1; {name}={cookie}; {name}={'A' * 43}"
    assert driver.ask(path, headers={"COOKIE": f"other={'B' * 43}; {once}"})["answer"] is True
    assert driver.ask(path, headers={"COOKIE": twice})["answer"] == UNAUTHORISED
    assert driver.ask(path, headers={"Cookie": once, "cookie": f"{name}={'A' * 43}"})["answer"] == UNAUTHORISED


def test_the_auth_service_may_be_a_process_of_its_own(driver: Driver, house: Lectern):
    nowhere = f"http://127.0.0.1:{free_port()}"
    apart = {"LECTERN_URL": nowhere, "LECTERN_AUTH_URL": house.url}
    assert driver.ask(f"/iiif/3/open-1{TILE}", environment=apart)["answer"] is True
    assert driver.ask("/iiif/3/open-1/info.json", environment=apart)["answer"] == {"status_code": 503}
    wrong = {"LECTERN_AUTH_URL": nowhere}
    assert driver.ask(f"/iiif/3/open-1{TILE}", environment=wrong)["answer"] == {"status_code": 503}


# info.json


def test_info_2_is_the_readers_and_names_the_way_in(driver: Driver, cookie: str):
    refused = driver.ask("/iiif/2/closed-1/info.json")
    assert refused["answer"] == UNAUTHORISED
    assert refused["keys"]["service"][0]["profile"] == "http://iiif.io/api/auth/1/login"
    given = driver.ask("/iiif/2/closed-1/info.json", cookie=cookie)
    assert given["answer"] is True
    assert given["keys"] == refused["keys"]


def test_th_31_a_token_opens_info_2_and_no_picture(driver: Driver, house: Lectern, cookie: str):
    bearer = {"Authorization": f"Bearer {house.token(cookie, 'closed')}"}
    assert driver.ask("/iiif/2/closed-1/info.json", headers=bearer)["answer"] is True
    assert driver.ask(f"/iiif/2/closed-1{TILE}", headers=bearer)["answer"] == UNAUTHORISED


def test_th_64_info_2_alone_leads_strangers_to_the_small_version(driver: Driver, house: Lectern, cookie: str):
    port = house.url.rpartition(":")[2]
    there = f"http://localhost:{port}/iiif/2/readers-1~small/info.json"
    redirect = {"status_code": 302, "location": there}
    assert driver.ask("/iiif/2/readers-1/info.json")["answer"] == redirect
    assert driver.ask("/iiif/2/readers-1/info.json", cookie=cookie)["answer"] is True
    for part in ("/full/max/0/default.jpg", "/square/32,/0/default.jpg", TILE):
        assert driver.ask(f"/iiif/2/readers-1{part}")["answer"] == UNAUTHORISED


def test_info_3_is_open_and_names_the_probe(driver: Driver):
    found = driver.ask("/iiif/3/readers-1/info.json")
    assert found["answer"] is True
    assert found["keys"]["@context"] == [
        "http://iiif.io/api/auth/2/context.json",
        "http://iiif.io/api/image/3/context.json",
    ]
    assert [service["type"] for service in found["keys"]["service"]] == ["AuthProbeService2"]


@pytest.mark.parametrize("version", [2, 3])
def test_info_of_an_open_image_has_no_services(driver: Driver, version: int):
    found = driver.ask(f"/iiif/{version}/open-1/info.json")
    assert (found["answer"], found["keys"]) == (True, {})


@pytest.mark.parametrize("version", [2, 3])
def test_th_85_info_of_a_hidden_image_is_that_of_one_there_is_not(driver: Driver, version: int):
    hidden, unknown = (driver.ask(f"/iiif/{version}/{name}-1/info.json") for name in ("hidden", "unknown"))
    assert hidden == unknown
    assert hidden["answer"] == {"status_code": 404}
