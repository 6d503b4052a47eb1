"""TH-97: with the store of sessions down, what is restricted is denied and what is open is served."""

from pathlib import Path

import pytest

from lectern.home import Home
from lectern.state import State
from tests.services_search.conftest import Desk


@pytest.fixture(params=["torn", "a folder", "gone with its folder"])
def broken(desk: Desk, request: pytest.FixtureRequest) -> Desk:
    """Return a desk whose state.db cannot be used, in one of several ways; the rest of the home is whole."""
    desk.get("/search/1/boxes?q=mayor")
    desk.context.state.close()
    file = desk.context.home.state_file
    for path in file.parent.glob("state.db*"):
        path.unlink()
    if request.param == "torn":
        file.write_bytes(b"this is no database" * 500)
    elif request.param == "a folder":
        file.mkdir()
    else:
        elsewhere = State(Home(Path("/nowhere")))
        desk.context.state._file_name, desk.context.state._store = elsewhere._file_name, elsewhere._store
    return desk


@pytest.mark.parametrize("tail", ["?q=mayor", "/autocomplete?q=may", "/canvas/1?q=mayor"])
def test_th_97_open_text_is_served_and_restricted_text_is_503(broken: Desk, tail: str):
    for name in ("open", "free"):
        response = broken.get(f"/search/1/{name}{tail}")
        assert response.status_code == 200
        assert broken.get(f"/search/1/{name}{tail}", If_None_Match=response.headers["ETag"]).status_code == 304
    # What is hidden and what is not there are told alike: nobody learns that there is something (TH-85).
    assert [broken.get(f"/search/1/{name}{tail}").status_code for name in ("hidden", "nobody-knows")] == [404, 404]
    for name in ("secret", "boxes"):
        for extra in ({}, {"cookie": "whatever"}, {"If_None_Match": "*"}):
            response = broken.get(f"/search/1/{name}{tail}", **extra)
            assert (response.status_code, response.get_json()["resources"]) == (503, [])
            assert response.headers["Retry-After"]
            assert response.headers["Cache-Control"] == "no-store"
            assert "ETag" not in response.headers


def test_th_97_a_tag_got_before_is_no_way_in(desk: Desk):
    tags = {name: desk.get(f"/search/1/{name}?q=mayor").headers["ETag"] for name in ("secret", "boxes")}
    desk.context.state.close()
    for path in desk.context.home.path.glob("state.db*"):
        path.unlink()
    desk.context.home.state_file.mkdir()
    for name, tag in tags.items():
        assert desk.get(f"/search/1/{name}?q=mayor", If_None_Match=tag).status_code == 503
    desk.context.home.state_file.rmdir()
    for name, tag in tags.items():
        assert desk.get(f"/search/1/{name}?q=mayor", If_None_Match=tag).status_code == 304
