"""TH-85: an object that its policy hides looks, to whoever may not see it, like one that is not there."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from services.credentials import COOKIE

from .conftest import BASE, House

TILE = "0,0,512,512/512,512/0/default.jpg"
PATHS = [
    f"/iiif/{version}/{{}}{image}{rest}"
    for version in (2, 3)
    for image in ("-1", "-1~degraded", "-2", "-9", "-1~other")
    for rest in ("", "/info.json", f"/{TILE}", "/no/such/thing/at.all")
]
SHOWN = [path for path in PATHS if "}-1/" in path or "degraded/" in path or path.endswith("}-1")]


def outward(answer: TestResponse) -> tuple[int, bytes, list[tuple[str, str]]]:
    """Return all that a client sees of an answer, but for the id of the request."""
    return answer.status_code, answer.data, [pair for pair in answer.headers if pair[0] != "X-Request-Id"]


def break_state(house: House) -> None:
    house.context.state.close()
    for name in ("state.db", "state.db-wal", "state.db-shm"):
        (house.context.home.path / name).unlink(missing_ok=True)
    house.context.home.state_file.mkdir()


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_hidden_object_is_unknown_to_the_last_byte_th_85(
    stranger: FlaskClient, outsider: FlaskClient, path: str, method: str
):
    for client in (stranger, outsider):
        for headers in ({}, {"If-None-Match": "*"}, {"Accept": "text/html"}, {"Authorization": "Bearer nobody"}):
            # An object under a policy that is not there is hidden from everybody.
            answers = [
                client.open(path.format(name), method=method, headers=headers)
                for name in ("absents", "cellars", "orphan")
            ]
            assert answers[0].status_code == 404
            assert [outward(answer) for answer in answers] == [outward(answers[0])] * 3


@pytest.mark.parametrize("path", PATHS)
def test_a_hidden_object_stays_unknown_while_the_state_store_is_down_th_85(house: House, path: str):
    cookie = house.cookie("ada")
    break_state(house)
    for headers in ({}, {"Cookie": f"{COOKIE}={cookie}"}, {"Authorization": "Bearer somebody"}):
        unknown, hidden = (house.client().get(path.format(name), headers=headers) for name in ("absents", "cellars"))
        assert hidden.status_code == 404
        assert outward(hidden) == outward(unknown)


@pytest.mark.parametrize("path", [path for path in SHOWN if "no/such" not in path])
def test_a_member_sees_what_is_hidden_from_others_and_no_shared_cache_keeps_it_th_85(member: FlaskClient, path: str):
    answer = member.get(path.format("cellars"))
    assert answer.status_code in (200, 303)
    assert "no-store" in answer.headers["Cache-Control"]
    assert "public" not in answer.headers["Cache-Control"]


def test_an_access_token_shows_the_info_json_of_version_2_and_nothing_else_th_85(house: House, stranger: FlaskClient):
    token = house.context.sessions.issue_token(house.cookie("ada"), "unseen", 1, BASE)
    assert token is not None
    bearer = {"Authorization": f"Bearer {token.value}"}
    assert stranger.get("/iiif/2/cellars-1/info.json", headers=bearer).status_code == 200
    for path in (f"2/cellars-1/{TILE}", f"3/cellars-1/{TILE}", f"2/cellars-1~degraded/{TILE}", "3/cellars-1/info.json"):
        assert stranger.get(f"/iiif/{path}", headers=bearer).status_code == 404
    house.now += timedelta(days=2)
    assert stranger.get("/iiif/2/cellars-1/info.json", headers=bearer).status_code == 404
