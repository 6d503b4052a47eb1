"""What a page of another site can read in the browser of somebody whom his address lets in (TH-89)."""

from collections.abc import Iterator

import pytest

from tests.attack.conftest import OPEN_PAGES, SECRET_PAGES, Shelf, made_home, put, served

ROOM = '\n[policies.room]\npatterns = ["external"]\nnetworks = ["127.0.0.0/8"]\n'
ROOM += ROOM.replace("room", "kept") + 'manifest = "hidden"\n'
FOREIGN = {"Origin": "https://evil.example", "Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "cors"}
DOORS = (
    ("/search/2/room", "lantern"),
    ("/search/1/room", "lantern"),
    ("/search/0/room", "lantern"),
    ("/search/1/room/canvas/2", "lantern"),
    ("/search/2/room/autocomplete", "lan"),
    ("/search/2/collections/shelf", "lantern"),
    ("/presentation/3/room/canvas/2/text", None),
    ("/presentation/2/room/canvas/2/text", None),
)


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shelf]:
    """Return a shelf with a text for the reading room, in which all requests of these tests are made."""
    home = made_home(tmp_path_factory.mktemp("room"))
    home.policies_file.write_text(home.policies_file.read_text() + ROOM)
    put(home, "room", "room", SECRET_PAGES)
    put(home, "open", "open", OPEN_PAGES)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LECTERN_PUBLIC_URL", "https://books.example.org")
        patch.setenv("LECTERN_ALLOWED_ORIGINS", "https://viewer.example.net")
        put(home, "kept", "kept", SECRET_PAGES)
        with served(home, "search", "presentation") as shelf:
            yield shelf


def tells(shelf: Shelf, path: str, q: str | None, **headers: str) -> bool:
    return "lantern" in shelf.get(path, q, **headers).text.replace("q=lantern", "")


@pytest.mark.parametrize(("path", "q"), DOORS)
def test_th_89_a_foreign_page_reads_no_word_that_the_address_opens(room: Shelf, path: str, q: str | None):
    assert tells(room, path, q)
    assert not tells(room, path, q, **FOREIGN)
    assert not tells(room, path, q, Origin="null")
    assert not tells(room, path, q, Origin="https://books.example.org.evil.example")


@pytest.mark.parametrize(("path", "q"), DOORS)
def test_th_89_our_own_pages_and_viewers_that_are_named_read_them(room: Shelf, path: str, q: str | None):
    assert tells(room, path, q, Origin="https://books.example.org")
    assert tells(room, path, q, Origin="https://viewer.example.net", Sec_Fetch_Site="cross-site")
    assert tells(room, path, q, Origin="https://sibling.example.org", Sec_Fetch_Site="same-site")


def test_th_89_a_foreign_page_finds_what_is_open(room: Shelf):
    assert "harbour" in room.get("/search/1/open", "harbour", **FOREIGN).text


@pytest.mark.parametrize("version", [2, 3])
def test_th_85_a_foreign_page_is_not_told_of_a_hidden_object_that_the_address_opens(room: Shelf, version: int):
    def status(**headers: str) -> int:
        return room.get(f"/presentation/{version}/kept/manifest", None, **headers).status_code

    assert (status(), status(**FOREIGN), status(Origin="null")) == (200, 404, 404)
    assert status(Origin="https://viewer.example.net", Sec_Fetch_Site="cross-site") == 200
    assert room.get(f"/presentation/{version}/room/manifest", None, **FOREIGN).status_code == 200
