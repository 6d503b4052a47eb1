"""What HTTP adds to every answer."""

import gzip

import pytest
from flask.testing import FlaskClient

from tests.conformance.shelf import BASE, SEARCHES, SUGGESTIONS

ALL = (0, 1, 2)


@pytest.mark.parametrize("version", ALL)
def test_cs1_33_cs2_31_an_answer_can_be_asked_for_by_its_id(client: FlaskClient, version):
    for path in (*SEARCHES.values(), *SUGGESTIONS.values()):
        document = client.get(path.format(version)).get_json()
        name = document["id"] if version == 2 else document["@id"]
        again = client.get(name.removeprefix(BASE)).get_json()
        assert (again["id"] if version == 2 else again["@id"]) == name


def test_cs2_25_26_the_first_answer_is_the_first_page(client: FlaskClient):
    document = client.get(SEARCHES["first of several pages"].format(2)).get_json()
    assert document["partOf"]["first"]["id"] == document["id"]
    assert document["startIndex"] == 0


def test_csx_12_no_header_makes_one_version_of_another(client: FlaskClient):
    for accept in (
        "*/*",
        "application/ld+json",
        'application/ld+json;profile="http://iiif.io/api/search/2/context.json"',
    ):
        assert "resources" in client.get("/search/1/harbour?q=mayor", headers={"Accept": accept}).get_json()
        assert "items" in client.get("/search/2/harbour?q=mayor", headers={"Accept": accept}).get_json()


@pytest.mark.parametrize("version", ALL)
def test_csx_23_answers_vary_by_accept(client: FlaskClient, version):
    for path in ("harbour?q=mayor", "harbour/autocomplete?q=may", "secret?q=mayor"):
        assert "Accept" in client.get(f"/search/{version}/{path}").headers["Vary"]


@pytest.mark.parametrize("version", ALL)
def test_csx_24_long_answers_are_compressed_for_those_who_take_it(client: FlaskClient, version):
    path = f"/search/{version}/harbour"
    plain = client.get(path)
    response = client.get(path, headers={"Accept-Encoding": "gzip, br"})
    assert response.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(response.data) == plain.data
    assert int(response.headers["Content-Length"]) == len(response.data) < len(plain.data) / 2
    for answer in (plain, response):
        assert "Accept-Encoding" in answer.headers["Vary"]
    assert "Content-Encoding" not in plain.headers
    assert "Content-Encoding" not in client.get(path, headers={"Accept-Encoding": "gzip;q=0"}).headers


def test_csx_24_short_answers_and_those_that_not_everybody_gets_are_left_as_they_are(client: FlaskClient):
    for path in ("/search/1/harbour?q=zeppelin", "/search/1/boxes?q=harbour", "/search/1/nothing?q=x"):
        assert "Content-Encoding" not in client.get(path, headers={"Accept-Encoding": "gzip"}).headers


def test_csx_28_no_answer_asks_for_credentials(client: FlaskClient):
    for path in ("harbour?q=mayor", "secret?q=mayor", "nothing?q=x"):
        response = client.get(f"/search/1/{path}", headers={"Origin": "https://viewer.example"})
        assert response.headers["Access-Control-Allow-Origin"] == "*"
        assert "Access-Control-Allow-Credentials" not in response.headers
        assert "Set-Cookie" not in response.headers


def test_csx_08_boxes_are_whole_pixels_inside_the_canvas(client: FlaskClient):
    document = client.get("/search/1/harbour").get_json()
    for resource in document["resources"]:
        x, y, w, h = map(int, resource["on"].partition("#xywh=")[2].split(","))
        assert 0 <= x < x + w <= 1000
        assert 0 <= y < y + h <= 1400
