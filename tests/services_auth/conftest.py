"""A site: one home with an object under every kind of policy, its auth service, and browsers that visit it."""

import html
import json
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from flask import Flask, Request
from werkzeug.test import Client, EnvironBuilder, TestResponse

from auth.passwords import _unknown_user_hash
from lectern.catalogue import CanvasRow, Catalogue, ObjectRow
from lectern.home import Home
from lectern.settings import Settings
from lectern.state import State, UserRow
from lectern.urls import canvas_path
from services import SERVICES
from services.app import create_app
from services.context import Context
from services.credentials import COOKIE
from tests.clock import SetClock

BASE = "https://books.example.org"
VIEWER = "https://viewer.example.net"
SECRET = "a secret that stays between the proxy and us"
POLICIES = """
[policies.members]
patterns = ["login"]
roles = ["member"]
substitute = { max_scale = 0.2 }

[policies.staff]
patterns = ["login"]
roles = ["staff"]

[policies.terms]
patterns = ["clickthrough"]
search = "open"

[policies.room]
patterns = ["external"]
networks = ["10.0.0.0/8"]

[policies.kiosk]
patterns = ["kiosk"]
networks = ["10.0.0.0/8"]

[policies.secret]
patterns = ["login"]
roles = ["staff"]
manifest = "hidden"

[policies.lifted]
patterns = ["login"]
until = 2026-01-01

[policies.embargo]
patterns = ["login"]
until = 2026-05-04T13:00:00Z
"""
OBJECTS = ("open", "members", "staff", "terms", "room", "kiosk", "secret", "lifted", "embargo", "typo")


@dataclass
class Browser:
    """A browser that keeps our cookies and can fill in our forms."""

    client: Client
    address: str = "192.0.2.7"
    headers: dict[str, str] = field(default_factory=dict)

    def get(self, path: str, **options: Any) -> TestResponse:
        return self._ask("GET", path, **options)

    def post(self, path: str, **options: Any) -> TestResponse:
        return self._ask("POST", path, **options)

    def _ask(self, method: str, path: str, **options: Any) -> TestResponse:
        headers = {**self.headers, **options.pop("headers", {})}
        environ = {"REMOTE_ADDR": self.address}
        return self.client.open(
            path, method=method, base_url=BASE, headers=headers, environ_overrides=environ, **options
        )

    @property
    def cookie(self) -> str | None:
        """Return the value of our session cookie in this browser."""
        found = self.client.get_cookie(COOKIE, domain="books.example.org")
        return found.value if found else None

    def access(self, policy: str, origin: str = VIEWER) -> TestResponse:
        return self.get(f"/auth/access/{policy}", query_string={"origin": origin})

    def submit(self, policy: str, origin: str = VIEWER, **fields: str) -> TestResponse:
        """Return the answer to the form of an access page, filled in."""
        stamp = hidden(self.access(policy, origin), "stamp")
        data = {"stamp": stamp, **fields}
        return self.post(f"/auth/access/{policy}", query_string={"origin": origin}, data=data)

    def sign_in(self, policy: str = "members", name: str = "ann", password: str = "secret", origin: str = VIEWER):
        return self.submit(policy, origin, action="sign-in", username=name, password=password)

    def accept(self, policy: str = "terms", origin: str = VIEWER) -> TestResponse:
        return self.submit(policy, origin, action="accept")

    def message(self, version: int, policy: str, origin: str = VIEWER, message_id: str = "7") -> dict[str, Any]:
        """Return the message that the token page posts."""
        query = {"origin": origin, "messageId": message_id}
        response = self.get(f"/auth/token/{version}/{policy}", query_string=query)
        assert response.status_code == 200, response.text
        message, target = posted(response)
        assert target == origin
        return message

    def token(self, version: int, policy: str, origin: str = VIEWER) -> str:
        """Return a token, as a viewer gets it."""
        return str(self.message(version, policy, origin)["accessToken"])

    def probe(self, image: str, token: str | None = None) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        response = self.get(f"/auth/probe/{image}", headers=headers)
        assert response.status_code == 200
        return dict(response.get_json())


def hidden(response: TestResponse, name: str) -> str:
    """Return the value of a hidden field."""
    match = re.search(rf'name="{name}" value="([^"]*)"', response.text)
    assert match, response.text
    return html.unescape(match[1])


def posted(response: TestResponse) -> tuple[dict[str, Any], str]:
    """Return the message and the target origin of a token page, read as a browser's script engine would."""
    match = re.search(r"var message = (.*), origin = (\".*?\"), delay = (\d+);", response.text)
    assert match, response.text
    return json.loads(match[1]), json.loads(match[2])


@dataclass
class Site:
    """One installation under test."""

    context: Context
    clock: SetClock
    app: Flask

    def browser(self, **options: Any) -> Browser:
        return Browser(self.app.test_client(), **options)

    def row(self, name: str) -> ObjectRow:
        return self.context.catalogue.get(name)

    def request(self, path: str = "/", address: str = "192.0.2.7", **headers: str) -> Request:
        """Return a request as another service would hand it to the gate."""
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        builder = EnvironBuilder(
            path, base_url=BASE, headers=list(names.items()), environ_overrides={"REMOTE_ADDR": address}
        )
        return Request(builder.get_environ())


MakeSite = Callable[..., Site]


@pytest.fixture(autouse=True)
def cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let passwords be hashed with the least work; tests/auth does it with the real amount."""
    monkeypatch.setattr("auth.passwords._HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    _unknown_user_hash.cache_clear()


def add_accounts(state: State) -> None:
    """Add the two readers of all these tests: ann, who is a member, and bob, a guest."""
    hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    state.add_user(UserRow("ann", hasher.hash("secret"), ("member",)))
    state.add_user(UserRow("bob", hasher.hash("hidden"), ("guest",)))


@contextmanager
def sites(services: Sequence[str] = SERVICES, **usual: Any) -> Iterator[MakeSite]:
    """Yield a function that makes a site with some settings beside the usual ones; all are closed at the end."""
    made: list[Context] = []

    def make(services: Sequence[str] = services, **settings: Any) -> Site:
        clock = SetClock()
        values = {"public_url": BASE, "institution": "Harbour Library"}
        context = Context(Settings(**{**values, **usual, **settings}), clock)
        made.append(context)
        return Site(context, clock, create_app(context, services))

    yield make
    for context in made:
        context.catalogue.close()
        context.state.close()
    _unknown_user_hash.cache_clear()


@pytest.fixture(scope="session")
def filled_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a home with an object under every policy and two accounts, to be copied."""
    home = Home(tmp_path_factory.mktemp("filled"))
    catalogue, state = Catalogue(home), State(home)
    for name in OBJECTS:
        canvases = [
            CanvasRow(n, canvas_path(name, n), 100, 100, image=f"{name}/{n}.tif" if n < 3 else None) for n in (1, 2, 3)
        ]
        catalogue.publish(ObjectRow(name, name, name, policy=name, pages=3), canvases)
    add_accounts(state)
    catalogue.close()
    state.close()
    home.policies_file.write_text(POLICIES)
    return home.path


@pytest.fixture
def make_site(tmp_path: Path, filled_home: Path) -> Iterator[MakeSite]:
    """Return a function that makes a site with some settings of its own."""
    for file in filled_home.iterdir():
        shutil.copyfile(file, tmp_path / file.name)
    with sites(["auth"], home=tmp_path, verify_secret=SECRET) as make:
        yield make


@pytest.fixture
def site(make_site: MakeSite) -> Site:
    return make_site()


@pytest.fixture
def browser(site: Site) -> Browser:
    return site.browser()
