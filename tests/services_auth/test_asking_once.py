"""One request looks its reader up once, however many policies the pages of an object lie under (TH-92, TH-105)."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from lectern.state_sessions import SessionRow, SessionStore
from services.credentials import COOKIE
from tests.services_auth.conftest import SECRET, Browser, MakeSite, Site

RANGES = "\n".join(
    f'[[objects.members.pages]]\npages = "{2 * i}"\npolicy = "{("staff", "terms")[i % 2]}"\n' for i in range(1, 20)
)
PATHS = (
    "/presentation/3/members/manifest",
    "/presentation/2/members/manifest",
    "/presentation/3/members/canvas/1/text",
    "/objects/members",
    "/",
)

Looked = list[str]


@pytest.fixture
def site(make_site: MakeSite) -> Site:
    """Return a shelf with an object of forty pages, single ones of which lie under nineteen ranges."""
    found = make_site(services=("auth", "presentation", "portal"))
    catalogue = found.context.catalogue
    row = catalogue.get("members")
    catalogue.publish(replace(row, pages=40, generation=catalogue.next_generation()), catalogue.canvases(row.id))
    with found.context.home.policies_file.open("a") as file:
        file.write(f'\n[objects.members]\npolicy = "members"\n{RANGES}')
    return found


@pytest.fixture
def looked(monkeypatch: pytest.MonkeyPatch) -> Callable[[], Looked]:
    """Return a function that from now on notes the digests of sessions that the store is asked for."""

    def watch() -> Looked:
        noted: Looked = []
        get = SessionStore.get

        def look(store: SessionStore, digest: str, **how: bool) -> SessionRow | None:
            noted.append(digest)
            return get(store, digest, **how)

        monkeypatch.setattr(SessionStore, "get", look)
        return noted

    return watch


@pytest.mark.parametrize("path", PATHS)
def test_a_page_or_manifest_of_many_ranges_asks_the_store_once(
    site: Site, browser: Browser, looked: Callable[[], Looked], path: str
):
    browser.sign_in()
    noted = looked()
    assert browser.get(path).status_code == 200
    assert len(noted) == 1


def test_a_verdict_on_a_whole_object_asks_the_store_once(site: Site, browser: Browser, looked: Callable[[], Looked]):
    browser.sign_in()
    headers = {"X-Lectern-Secret": SECRET, "X-Original-URI": "/search/1/members", "X-Forwarded-For": "192.0.2.7"}
    noted = looked()
    client = site.app.test_client(use_cookies=False)
    answer = client.get("/auth/verify", headers=headers | {"Cookie": f"{COOKIE}={browser.cookie}"})
    assert answer.status_code == 401
    assert len(noted) == 1
