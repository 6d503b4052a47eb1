"""TH-72: searches through a cache that many readers share: nobody gets what was somebody else's."""

import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from auth.identity import Identity
from lectern.home import Home
from lectern.settings import load_settings
from services.context import Context
from services.credentials import COOKIE
from tests.attack.conftest import POLICIES, SECRET_PAGES, put
from tests.services_nginx.cache import caching


class _Cache:
    """A cache before a home with an open and two restricted texts."""

    def __init__(self, url: str, cookie: str) -> None:
        self.url = url
        self.cookie = cookie

    def get(self, path: str, **headers: str) -> tuple[dict[str, str], bytes]:
        asked = urllib.request.Request(self.url + path, headers={k.replace("_", "-"): v for k, v in headers.items()})
        with urllib.request.urlopen(asked, timeout=20) as response:
            return dict(response.headers), response.read()


@pytest.fixture(scope="module")
def cache(needs_nginx: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[_Cache]:
    """Serve a home behind an nginx that keeps all it is allowed to."""
    folder: Path = tmp_path_factory.mktemp("cache")
    home = Home(folder / "home")
    home.prepare()
    home.policies_file.write_text(POLICIES + '[policies.free]\npatterns = ["login"]\nsearch = "open"\n')
    for name in ("open", "secret", "boxes", "free"):
        put(home, name, name, SECRET_PAGES)
    context = Context(load_settings(home.path))
    cookie = context.sessions.sign_in(Identity("ann", ("reader",)), "https://viewer.example.net")
    context.state.close()
    with caching(home, folder / "nginx") as url:
        yield _Cache(url, f"{COOKIE}={cookie}")


def _total(body: bytes) -> int:
    total: int = json.loads(body)["within"]["total"]
    return total


@pytest.mark.parametrize("place", ["secret", "collections/shelf", "secret/canvas/1", "secret/range/1"])
def test_th_72_a_reader_who_is_let_in_leaves_nothing_for_a_stranger(cache: _Cache, place: str):
    path = f"/search/1/{place}?q=breakwater"
    _, first = cache.get(path)
    headers, let_in = cache.get(path, Cookie=cache.cookie)
    again, stranger = cache.get(path)
    assert stranger == first != let_in
    assert _total(let_in) > _total(stranger)
    assert headers["X-Cache"] == again["X-Cache"] == "MISS"


def test_th_72_a_stranger_leaves_nothing_for_a_reader_who_is_let_in(cache: _Cache):
    for tail in ("?q=lantern", "/autocomplete?q=lan"):
        cache.get(f"/search/1/secret{tail}")
        _, let_in = cache.get(f"/search/1/secret{tail}", Cookie=cache.cookie)
        assert b'"count":2' in let_in or _total(let_in) == 2


def test_th_72_boxes_are_never_kept(cache: _Cache):
    for _ in range(2):
        assert cache.get("/search/1/boxes?q=lantern")[0]["X-Cache"] == "MISS"


@pytest.mark.parametrize("name", ["open", "free"])
def test_th_73_what_is_everybodys_is_kept_and_given_to_everybody(cache: _Cache, name: str):
    path = f"/search/1/{name}?q=lantern"
    _, first = cache.get(path, Accept="application/json")
    headers, second = cache.get(path, Accept="application/json", Cookie=cache.cookie)
    assert headers["X-Cache"] == "HIT"
    assert first == second
    assert "Set-Cookie" not in headers
    linked, _ = cache.get(path, Accept="application/ld+json")
    assert linked["Content-Type"].startswith("application/ld+json")
