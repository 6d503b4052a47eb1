"""Every way in which a right can end, at all that it opened: at once, or within ten seconds (DESIGN section 6)."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from auth.accounts import Accounts
from auth.codes import Codes
from auth.identity import Identity
from auth.policy_book import PolicyBook
from image.pyramid import make_pyramid
from lectern.catalogue import CanvasRow, ObjectRow
from lectern.clock import seconds
from lectern.keys import CAPABILITY_KEY
from lectern.names import CODES
from lectern.providers import OidcProvider
from lectern.settings import Settings
from lectern.state import UserRow
from lectern.urls import canvas_path
from search.packing import write_pack
from services.app import create_app
from services.auth.verify import Verify
from services.context import Context
from services.credentials import COOKIE
from tests.clock import SetClock
from tests.image.conftest import noise
from tests.search.books import HEIGHT, WIDTH, book
from tests.services_auth.conftest import BASE, SECRET, VIEWER

POLICIES = """
[policies.members]
patterns = ["login"]
roles = ["member"]
providers = ["local", "codes", "sso"]

[policies.nobody]
patterns = ["login"]
roles = ["nobody"]

[policies.room]
patterns = ["external"]
networks = ["10.0.0.0/8"]

[policies.coming]
patterns = ["login"]
roles = ["nobody"]
from = 2026-05-04T12:05:00Z
"""
BOOKS = ("members", "room", "coming")
INSIDE, OUTSIDE = "10.1.2.3", "192.0.2.7"
TILE = "0,0,50,50/50,50/0/default.jpg"
WITHIN = 10.0
SERVICES = ["auth", "image", "presentation", "search"]
SSO = OidcProvider(kind="oidc", issuer="https://id.example.org", client_id="lectern", client_secret="k" * 40)


@dataclass
class House:
    """A server under a clock that tests move, and another process over the same home."""

    server: Context
    elsewhere: Context
    clock: SetClock
    client: FlaskClient
    address: str = OUTSIDE
    cookie: str = ""
    token: str = ""
    capability: str = ""

    def sign_in(self, who: Identity) -> None:
        """Let somebody in who holds a token and an image URL of the members' book too."""
        self.cookie = self.server.sessions.sign_in(who, VIEWER)
        issued = self.server.sessions.issue_token(self.cookie, "members", 1, VIEWER)
        info = self.get("/iiif/2/members-1/info.json", cookie=False, token=issued.value if issued else "")
        self.capability = urlsplit(info.get_json()["@id"]).path
        issued = self.server.sessions.issue_token(self.cookie, "members", 2, VIEWER)
        self.token = issued.value if issued else ""

    def get(self, path: str, *, cookie: bool = True, token: str = "", **headers: str) -> TestResponse:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if cookie and self.cookie:
            named["Cookie"] = f"{COOKIE}={self.cookie}"
        if token:
            named["Authorization"] = f"Bearer {token}"
        return self.client.get(path, base_url=BASE, headers=named, environ_overrides={"REMOTE_ADDR": self.address})

    def verified(self, uri: str, *, cookie: bool = True) -> bool:
        told = {"X_Original_URI": uri, "X_Lectern_Secret": SECRET, "X_Forwarded_For": self.address}
        return self.get("/auth/verify", cookie=cookie, **told).status_code == 204

    def opened(self, name: str) -> dict[str, bool]:
        """Return what the reader gets of a book, by the service that gives it."""
        query = {"origin": VIEWER, "messageId": "7"}
        found = {
            "verify": self.verified(f"/iiif/2/{name}-1/{TILE}"),
            "pixels": self.get(f"/iiif/2/{name}-1/{TILE}").status_code == 200,
            "info": self.get(f"/iiif/2/{name}-1/info.json").status_code == 200,
            "probe": self.get(f"/auth/probe/{name}-1").get_json().get("status") == 200,
            "token": "accessToken"
            in self.client.get(
                f"/auth/token/2/{self.policy(name)}",
                base_url=BASE,
                query_string=query,
                headers={"Cookie": f"{COOKIE}={self.cookie}"} if self.cookie else {},
                environ_overrides={"REMOTE_ADDR": self.address},
            ).text,
            "search": bool((self.get(f"/search/1/{name}?q=harbour").get_json() or {}).get("resources")),
            "text": "harbour" in self.get(f"/presentation/3/{name}/canvas/1/text").text,
        }
        if self.token:
            found["probe, by token"] = self.get(f"/auth/probe/{name}-1", cookie=False, token=self.token).get_json().get(
                "status"
            ) in (200, 302)
        if self.capability:
            found["pixels, by capability"] = self.get(f"{self.capability}/{TILE}", cookie=False).status_code == 200
            found["verify, by capability"] = self.verified(f"{self.capability}/{TILE}", cookie=False)
        return found

    def policy(self, name: str) -> str:
        """Return the policy that tokens for a book are of; one that there is not for a book that is gone."""
        row = self.server.catalogue.find(name)
        return row.policy if row else "gone"


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a home with a book under each policy, to be copied."""
    folder = tmp_path_factory.mktemp("filled")
    context = Context(Settings(home=folder))
    context.home.prepare()
    source = folder / "source.png"
    noise(300, 200).write_to_file(str(source))
    make_pyramid(source, context.home.images / "page.tif")
    for name in BOOKS:
        generation = context.catalogue.next_generation()
        summary = write_pack(context.home, name, generation, book(["the harbour"]))
        canvases = [CanvasRow(1, canvas_path(name, 1), WIDTH, HEIGHT, image="page.tif", words=2)]
        row = ObjectRow(name, name, name, generation, policy=name, pages=1, words=summary.words)
        context.catalogue.publish(row, canvases)
    context.catalogue.close()
    context.state.add_user(UserRow("ann", "a hash that fits no password", ("member",)))
    context.state.close()
    context.home.policies_file.write_text(POLICIES)
    return folder


@pytest.fixture
def house(tmp_path: Path, filled: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    clock = SetClock()
    home = Path(shutil.copytree(filled, tmp_path / "home"))

    def elapsed() -> float:
        return clock.now.timestamp()

    monkeypatch.setitem(PolicyBook.__init__.__kwdefaults__ or {}, "elapsed", elapsed)
    monkeypatch.setattr(Verify.__init__, "__defaults__", (elapsed,))
    settings = Settings(home=home, public_url=BASE, verify_secret=SECRET, capability_urls=True, providers={"sso": SSO})
    server, elsewhere = Context(settings, clock), Context(settings, clock)
    client = create_app(server, SERVICES).test_client(use_cookies=False)
    yield House(server, elsewhere, clock, client)
    for context in (server, elsewhere):
        context.catalogue.close()
        context.state.close()


ANN = Identity("ann", ("member",))
AT_SSO = Identity("ann", ("member",), provider="sso", sid="there")
End = Callable[[House, Context], object]


def back_channel(house: House, who: Context) -> object:
    now = seconds(house.clock())
    return who.sessions.end_by_provider("sso", jti="a name", ends=now + 60, user="ann", sid="")


def edit_policies(house: House, _: Context) -> None:
    file = house.server.home.policies_file
    new = file.with_name("policies.new")
    new.write_text(file.read_text().replace('roles = ["member"]', 'roles = ["other"]'))
    new.replace(file)


def leave_network(house: House, _: Context) -> None:
    house.address = OUTSIDE


def begin_embargo(house: House, _: Context) -> None:
    house.clock.move(5 * 60)


# Name: the book that is open, who has signed in, what ends it, and whether that is at once in the process that ends it.
WAYS: dict[str, tuple[str, Identity | None, End, bool]] = {
    "sign-out": ("members", ANN, lambda house, who: who.sessions.sign_out(house.cookie), True),
    "session end": ("members", ANN, lambda _, who: who.sessions.end_all(user="ann"), True),
    "session end, all": ("members", ANN, lambda _, who: who.sessions.end_all(), True),
    "user remove": ("members", ANN, lambda _, who: Accounts(who.state).remove("ann"), True),
    "passwd": ("members", ANN, lambda _, who: Accounts(who.state).change_password("ann", "another word of mine"), True),
    "roles changed": ("members", ANN, lambda _, who: Accounts(who.state).change_roles("ann", ["guest"]), True),
    "code removed": (
        "members",
        Identity("course", ("member",), CODES),
        lambda house, who: Codes(who.state, house.clock).remove("course"),
        True,
    ),
    "back-channel": ("members", AT_SSO, back_channel, True),
    "session too old": ("members", ANN, lambda house, _: house.clock.move(40_000), True),
    "session idle": ("members", ANN, lambda house, _: house.clock.move(1200), True),
    "policy file changed": ("members", ANN, edit_policies, False),
    "policy set on the object": ("members", ANN, lambda _, who: who.catalogue.set_policy("members", "nobody"), False),
    "object removed": ("members", ANN, lambda _, who: who.catalogue.remove("members"), False),
    "network left": ("room", None, leave_network, True),
    "embargo begins": ("coming", None, begin_embargo, True),
    "embargo begins for a reader": ("coming", ANN, begin_embargo, True),
}


@pytest.mark.parametrize("process", ["server", "elsewhere"])
@pytest.mark.parametrize("way", WAYS)
def test_th_28_th_36_th_61_a_right_that_ends_is_gone_everywhere_within_ten_seconds(
    house: House, way: str, process: str
):
    name, who, end, at_once = WAYS[way]
    Codes(house.server.state, house.clock).add(seconds(house.clock()) + 86_400, ["member"], label="course")
    if name == "room":
        house.address = INSIDE
    if who is not None:
        house.sign_in(who)
    if name != "members":
        house.token = house.capability = ""
    assert all(house.opened(name).values()), house.opened(name)
    end(house, getattr(house, process))
    if at_once and process == "server":
        assert not any(house.opened(name).values()), house.opened(name)
    elif at_once:
        left = {service for service, still in house.opened(name).items() if still}
        assert left <= {"verify"}  # what is remembered for five seconds
    house.clock.move(WITHIN)
    assert not any(house.opened(name).values()), house.opened(name)


def test_th_70_th_101_a_key_that_is_dropped_opens_nothing_any_more(house: House):
    house.sign_in(ANN)
    assert house.get(f"{house.capability}/{TILE}", cookie=False).status_code == 200
    assert house.verified(f"{house.capability}/{TILE}", cookie=False)
    house.elsewhere.home.keyring.rotate(CAPABILITY_KEY, drop_old=True)
    assert house.get(f"{house.capability}/{TILE}", cookie=False).status_code == 401
    assert not house.verified(f"{house.capability}/{TILE}", cookie=False)


def test_th_70_a_capability_ends_by_itself(house: House):
    house.sign_in(ANN)
    house.clock.move(300)
    assert house.get(f"{house.capability}/{TILE}", cookie=False).status_code == 401
    assert not house.verified(f"{house.capability}/{TILE}", cookie=False)


def test_th_28_what_a_proxy_keeps_ends_within_ten_seconds_too(house: House):
    """Our yes is five seconds old at most when it is told, and a proxy keeps it no longer than is left of them."""
    house.sign_in(ANN)
    told = {"X_Original_URI": f"/iiif/2/members-1/{TILE}", "X_Lectern_Secret": SECRET, "X_Forwarded_For": OUTSIDE}
    for age in range(5):
        left = int(house.get("/auth/verify", cookie=True, token="", **told).headers["X-Accel-Expires"])
        assert age + left <= WITHIN
        house.clock.move(1)
