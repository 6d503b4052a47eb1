"""A small real home: one open object, one behind a login with a degraded tier, one behind a login without."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from auth.identity import Identity
from image.pyramid import make_pyramid
from lectern.catalogue import CanvasRow, ObjectRow
from lectern.settings import Settings
from lectern.state import UserRow
from lectern.urls import canvas_path
from services import http
from services.context import Context
from services.credentials import COOKIE
from services.image import blueprint
from tests.image.conftest import noise

BASE = "https://books.example.org"
POLICIES = """
[policies.members]
patterns = ["login"]
provider = "local"
roles = ["member"]
substitute = { max_scale = 0.125 }

[policies.sealed]
patterns = ["login"]
provider = "local"
roles = ["member"]

[policies.reading-room]
patterns = ["external"]
networks = ["10.0.0.0/8"]

[policies.later]
patterns = ["login"]
provider = "local"
until = 2026-06-01

[policies.soon]
patterns = ["login"]
provider = "local"
from = 2026-06-01
substitute = { max_scale = 0.5 }

[policies.unseen]
patterns = ["login"]
provider = "local"
roles = ["member"]
manifest = "hidden"
substitute = { max_scale = 0.125 }
"""
NOW = datetime(2026, 1, 1, tzinfo=UTC)
ACCOUNTS = {"ada": Identity("ada", ("member",)), "bob": Identity("bob", ())}
WIDTH, HEIGHT = 1100, 800


class House:
    """One installation under test, with a clock that the test sets."""

    def __init__(self, path: Path, **more: Any) -> None:
        self.now = NOW
        settings = Settings(home=path, public_url=BASE, **{"max_pixels": 3_000_000, **more})
        settings.files.prepare()
        if not settings.files.policies_file.exists():
            settings.files.policies_file.write_text(POLICIES)
        self.context = Context(settings, lambda: self.now)
        self.app = Flask("test")
        http.install(self.app)
        self.app.register_blueprint(blueprint(self.context))

    def publish(self, object_id: str, policy: str, image: str | None) -> None:
        """Put an object of one page with a picture and one page without into the catalogue."""
        canvases = [
            CanvasRow(1, canvas_path(object_id, 1), WIDTH, HEIGHT, image=image),
            CanvasRow(2, canvas_path(object_id, 2), WIDTH, HEIGHT),
        ]
        generation = self.context.catalogue.next_generation()
        row = ObjectRow(object_id, object_id, object_id, generation=generation, policy=policy, pages=2)
        self.context.catalogue.publish(row, canvases)

    def client(self, user: str | None = None) -> FlaskClient:
        """Return a browser, signed in if a user is named."""
        client = self.app.test_client(use_cookies=False)
        client.environ_base["REMOTE_ADDR"] = "192.0.2.7"
        if user is not None:
            client.environ_base["HTTP_COOKIE"] = f"{COOKIE}={self.cookie(user)}"
        return client

    def cookie(self, user: str) -> str:
        """Return the cookie of a fresh sign-in."""
        return self.context.sessions.sign_in(ACCOUNTS[user], BASE)


@pytest.fixture(scope="session")
def picture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("picture")
    noise(WIDTH, HEIGHT).pngsave(str(folder / "page.png"))
    make_pyramid(folder / "page.png", folder / "1.tif")
    return folder / "1.tif"


@pytest.fixture
def house(tmp_path: Path, picture: Path) -> Iterator[House]:
    made = House(tmp_path / "home")
    for name, policy in (
        ("leaflet", "open"),
        ("letters", "members"),
        ("secret", "sealed"),
        ("newspaper", "reading-room"),
        ("memoir", "later"),
        ("diary", "soon"),
        ("orphan", "no-such-policy"),
        ("cellars", "unseen"),
    ):
        folder = made.context.home.image_folder(name)
        folder.mkdir(parents=True)
        (folder / "1.tif").hardlink_to(picture)
        made.publish(name, policy, str((folder / "1.tif").relative_to(made.context.home.images)))
    for account in ACCOUNTS.values():
        made.context.state.add_user(UserRow(account.user, "no password fits", account.roles, 0))
    yield made
    made.context.catalogue.close()
    made.context.state.close()


@pytest.fixture
def stranger(house: House) -> FlaskClient:
    return house.client()


@pytest.fixture
def member(house: House) -> FlaskClient:
    return house.client("ada")


@pytest.fixture
def outsider(house: House) -> FlaskClient:
    """Signed in, without the role."""
    return house.client("bob")


def told(answer: TestResponse) -> dict[str, str]:
    """Return the headers of an answer, but for the id of the request."""
    return {name: value for name, value in answer.headers.items() if name != "X-Request-Id"}
