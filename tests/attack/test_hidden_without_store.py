"""While nobody can say who asks, what is hidden and what is not there are still told alike (TH-85, TH-97)."""

from pathlib import Path

import pytest

from services.app import create_app
from tests.attack.test_auth_doors import TILE, House, furnished, outward
from tests.clock import SetClock

HIDDEN = "closed"
DOORS = (
    "/presentation/3/{}/manifest",
    "/presentation/2/{}/manifest",
    "/presentation/3/{}/canvas/1/text",
    "/objects/{}",
    "/auth/probe/{}-1",
    "/iiif/2/{}-1/info.json",
    "/iiif/3/{}-1/info.json",
    f"/iiif/2/{{}}-1/{TILE}",
    "/search/1/{}?q=harbour",
    "/search/2/{}/autocomplete?q=har",
)


@pytest.fixture
def broken(tmp_path: Path) -> House:
    """Return all services over a home whose store of sessions is gone for good."""
    context = furnished(tmp_path, SetClock())
    context.state.close()
    for file in context.home.path.glob("state.db*"):
        file.unlink()
    context.home.state_file.mkdir()
    return House(context, create_app(context), "")


@pytest.mark.parametrize("door", DOORS)
def test_th_85_97_a_store_that_is_down_does_not_tell_hidden_from_absent(broken: House, door: str):
    there, nowhere = (broken.ask(door.format(name)) for name in (HIDDEN, "nobody"))
    assert there.status_code == nowhere.status_code
    (_, body, headers), (_, other, same) = outward(there), outward(nowhere)
    assert body.replace(HIDDEN.encode(), b"nobody") == other
    assert [pair for pair in headers if pair[0] != "Content-Length"] == [p for p in same if p[0] != "Content-Length"]


def test_th_97_what_is_restricted_and_not_hidden_is_refused_and_what_is_open_is_given(broken: House):
    assert broken.ask(f"/iiif/2/staff-1/{TILE}").status_code == 503
    assert broken.ask(f"/iiif/2/open-1/{TILE}").status_code == 200
