"""A whole Lectern with a book under every pattern of access, browsers that visit it, and what its doors say to them."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from auth.passwords import _unknown_user_hash
from image.pyramid import make_pyramid
from lectern.catalogue import CanvasRow, Catalogue, ObjectRow
from lectern.home import Home
from lectern.state import State
from lectern.urls import canvas_path
from tests.image.conftest import noise
from tests.services_auth.conftest import BASE, VIEWER, Browser, MakeSite, Site, add_accounts, sites

INSIDE, OUTSIDE = "10.1.2.3", "192.0.2.7"
WIDTH, HEIGHT = 640, 480
POLICIES = """
[policies.login]
patterns = ["login"]
roles = ["member"]

[policies.tiered]
patterns = ["login"]
roles = ["member"]
substitute = { max_scale = 0.25 }

[policies.clickthrough]
patterns = ["clickthrough"]

[policies.kiosk]
patterns = ["kiosk"]
networks = ["10.0.0.0/8"]

[policies.external]
patterns = ["external"]
networks = ["10.0.0.0/8"]

[policies.every]
patterns = ["login", "clickthrough", "kiosk", "external"]
networks = ["10.0.0.0/8"]

[policies.screens]
patterns = ["kiosk", "external"]
networks = ["10.0.0.0/8"]

[policies.embargo]
patterns = ["login"]
until = 2031-01-01

[policies.hidden]
patterns = ["login"]
manifest = "hidden"
"""
OBJECTS = ("open", "login", "tiered", "clickthrough", "kiosk", "external", "every", "screens", "embargo", "hidden")
PATTERNS = ("login", "clickthrough", "kiosk", "external")
RESTRICTED = tuple(name for name in OBJECTS if name not in ("open", "hidden"))


def publish(home: Home, picture: Path, names: tuple[str, ...] = OBJECTS) -> None:
    """Put a book of two pages under a policy of its own name into a home, for every name; and two accounts."""
    catalogue, state = Catalogue(home), State(home)
    for name in names:
        folder = home.image_folder(name)
        folder.mkdir(parents=True)
        shutil.copyfile(picture, folder / "1.tif")
        file = str((folder / "1.tif").relative_to(home.images))
        canvases = [CanvasRow(n, canvas_path(name, n), WIDTH, HEIGHT, str(n), image=file) for n in (1, 2)]
        row = ObjectRow(name, name, f"The {name} book", catalogue.next_generation(), policy=name, pages=2)
        catalogue.publish(row, canvases)
    add_accounts(state)
    catalogue.close()
    state.close()


@pytest.fixture(scope="session")
def picture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a pyramid of random pixels."""
    folder = tmp_path_factory.mktemp("picture")
    noise(WIDTH, HEIGHT).pngsave(str(folder / "page.png"))
    make_pyramid(folder / "page.png", folder / "1.tif")
    return folder / "1.tif"


@pytest.fixture(scope="session")
def full_home(tmp_path_factory: pytest.TempPathFactory, picture: Path) -> Path:
    """Return a home with a book under every policy, to be copied."""
    home = Home(tmp_path_factory.mktemp("full"))
    home.prepare()
    home.policies_file.write_text(POLICIES)
    publish(home, picture)
    return home.path


@pytest.fixture
def make_house(tmp_path: Path, full_home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MakeSite]:
    """Return a function that makes a whole site with some settings of its own; passwords are hashed cheaply."""
    monkeypatch.setattr("auth.passwords._HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    _unknown_user_hash.cache_clear()
    shutil.copytree(full_home, tmp_path / "home")
    with sites(home=tmp_path / "home") as make:
        yield make


@pytest.fixture
def house(make_house: MakeSite) -> Site:
    return make_house()


@pytest.fixture
def stranger(house: Site) -> Browser:
    return house.browser()


def enter(browser: Browser, pattern: str, name: str = "ann", password: str = "secret") -> None:
    """Do what a person does to be let in: sign in, accept, or be in the room."""
    if pattern in ("login", "tiered", "embargo", "hidden", "every"):
        browser.sign_in(pattern, name, password)
    elif pattern == "clickthrough":
        browser.accept(pattern)
    else:
        browser.address = INSIDE
        browser.access(pattern)


@pytest.fixture
def member(house: Site) -> Browser:
    """Return a browser that is let in by every pattern."""
    browser = house.browser(address=INSIDE)
    browser.sign_in("login")
    browser.accept("clickthrough")
    return browser


def info(browser: Browser, name: str, version: int = 2, token: str | None = None):
    """Return the answer to a request for the info.json of the first page."""
    return browser.get(f"/iiif/{version}/{name}-1/info.json", headers=bearer(token))


def pixels(browser: Browser, name: str, version: int = 2) -> int:
    """Return the status of a request for the first page's pixels."""
    size = "full" if version == 2 else "max"
    return browser.get(f"/iiif/{version}/{name}-1/full/{size}/0/default.jpg").status_code


def bearer(token: str | None) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"} if token else {}


def break_store(site: Site) -> None:
    """Let the store of sessions be damaged beyond reading."""
    site.context.state.close()
    site.context.home.state_file.unlink()
    site.context.home.state_file.write_bytes(b"no database" * 500)


__all__ = ["BASE", "VIEWER", "MakeSite"]
