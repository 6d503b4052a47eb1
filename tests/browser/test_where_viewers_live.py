"""Mirador and Universal Viewer let readers in wherever docs/browsers.md says that they can: login, terms and kiosk."""

import json
import re
import socket
import ssl
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner
from playwright.sync_api import BrowserContext, Page, Playwright, expect
from werkzeug.serving import generate_adhoc_ssl_context

from services.cli import main
from tests.browser.test_mirador import _open_window
from tests.chromium import FLAGS, PROGRAM
from tests.conftest import ROOT
from tests.servers import free_port, running, settings_free_environment

pytestmark = pytest.mark.browser

NAME, PASSWORD = "reader", "a long enough pass phrase"
POLICIES = """
[policies.readers]
patterns = ["login"]
substitute = { max_scale = 0.125 }

[policies.terms]
patterns = ["clickthrough"]

[policies.kiosk]
patterns = ["kiosk"]
networks = ["127.0.0.0/8", "::1"]
"""


_TILE = re.compile(r"/iiif/[23]/[^/~]+/[^/]+/[^/]+/0/default\.")


@dataclass(frozen=True)
class Place:
    """Where the viewer's page is, which the same installation serves under every name."""

    host: str
    blocked: bool
    declared: bool


PLACES = {
    "one origin, third-party cookies blocked": Place("books.library{port}.test", True, False),
    "sibling host, third-party cookies blocked": Place("viewer.library{port}.test", True, False),
    "another site, third-party cookies allowed": Place("viewer.elsewhere{port}.test", False, True),
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = Path(tmp_path_factory.mktemp("places"))
    (home / "policies.toml").write_text(POLICIES)
    runner = CliRunner()
    for policy in ("readers", "terms", "kiosk"):
        options = ["--object", policy, "--policy", policy]
        done = runner.invoke(main, ["--home", str(home), "ingest", str(ROOT / "samples/letters"), *options])
        assert done.exit_code == 0, done.output
    add = ["--home", str(home), "user", "add", NAME, "--password-stdin"]
    assert runner.invoke(main, add, input=f"{PASSWORD}\n").exit_code == 0
    return home


@contextmanager
def tls_in_front(port: int) -> Iterator[int]:
    """Listen with a certificate made for the occasion, and hand every connection on to a port; gives its own."""
    context = generate_adhoc_ssl_context()
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=relay, args=(connection,), daemon=True).start()

    def relay(connection: socket.socket) -> None:
        try:
            with (
                context.wrap_socket(connection, server_side=True) as outside,
                socket.create_connection(("127.0.0.1", port)) as inside,
            ):
                back = threading.Thread(target=pump, args=(inside, outside), daemon=True)
                back.start()
                pump(outside, inside)
                back.join()
        except OSError:
            return

    def pump(source: socket.socket, target: socket.socket) -> None:
        try:
            while data := source.recv(65536):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except (OSError, ssl.SSLError):
            return

    threading.Thread(target=serve, daemon=True).start()
    yield int(listener.getsockname()[1])
    listener.close()


Serve = Callable[[bool], int]


@pytest.fixture(scope="module")
def serve(home: Path) -> Iterator[Serve]:
    """Return a function that serves the books, for viewers on other sites or not, and returns the port of https.

    One server at a time runs on the home; the places come in an order that starts two in all.
    """
    ports: dict[bool, int] = {}
    with ExitStack() as servers:

        def serve(declared: bool) -> int:
            if declared not in ports:
                servers.close()
                ports.clear()
                ports[declared] = servers.enter_context(serving(home, declared=declared))
            return ports[declared]

        yield serve


@contextmanager
def serving(home: Path, *, declared: bool) -> Iterator[int]:
    inner = free_port()
    with tls_in_front(inner) as port:
        environment = settings_free_environment(
            LECTERN_HOME=str(home),
            PORT=str(inner),
            LECTERN_WORKERS="1",
            LECTERN_PUBLIC_URL=f"https://books.library{port}.test:{port}",
            LECTERN_CROSS_SITE=str(declared).lower(),
        )
        command = [sys.executable, "-m", "services.cli", "up"]
        with running(command, environment, f"http://127.0.0.1:{inner}/readyz"):
            yield port


@dataclass
class Visitor:
    """A browser at a place; `tiles` are the statuses of the tiles that the viewer asked for."""

    browser: BrowserContext
    origin: str
    page: Page
    tiles: list[int]

    def visit(self, object_id: str, viewer: str) -> None:
        """Open an object in a viewer."""
        self.page.goto(f"{self.origin}/objects/{object_id}?viewer={viewer}")

    def waits_for_tiles(self) -> None:
        """Wait until a tile of the picture came."""
        for _ in range(120):
            if 200 in self.tiles:
                return
            self.page.wait_for_timeout(100)
        pytest.fail(f"no tile came: {self.tiles}")


@pytest.fixture(scope="module", params=PLACES)
def place(
    request: pytest.FixtureRequest, serve: Serve, playwright: Playwright, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[BrowserContext, str]]:
    """Return a browser that blocks cookies of third parties or not, and where the viewer is."""
    place = PLACES[request.param]
    port = serve(place.declared)
    profile = Path(tmp_path_factory.mktemp("profile"))
    preferences = profile / "Default/Preferences"
    preferences.parent.mkdir(parents=True)
    preferences.write_text(json.dumps({"profile": {"cookie_controls_mode": 1 if place.blocked else 0}}))
    context = playwright.chromium.launch_persistent_context(
        profile,
        executable_path=PROGRAM,
        headless=True,
        args=[*FLAGS, "--host-resolver-rules=MAP * 127.0.0.1", "--ignore-certificate-errors"],
        viewport={"width": 1280, "height": 800},
    )
    context.set_default_timeout(20_000)
    yield context, f"https://{place.host.format(port=port)}:{port}"
    context.close()


@pytest.fixture
def visitor(place: tuple[BrowserContext, str]) -> Iterator[Visitor]:
    """Return somebody who was never here: without cookies, in a tab of his own."""
    browser, origin = place
    browser.clear_cookies()
    page, tiles = browser.new_page(), list[int]()
    page.on("response", lambda answer: tiles.append(answer.status) if _TILE.search(answer.url) else None)
    yield Visitor(browser, origin, page, tiles)
    for opened in browser.pages[1:]:
        opened.close()


def sign_in(window: Page) -> None:
    window.get_by_label("Name").fill(NAME)
    window.get_by_label("Password").fill(PASSWORD)
    with window.expect_event("close"):
        window.get_by_role("button", name="Sign in").click()


def accept(window: Page) -> None:
    with window.expect_event("close"):
        window.get_by_role("button", name="I accept").click()


STEPS = {"readers": ("Sign in", sign_in), "terms": ("Read the terms", accept)}


@pytest.mark.parametrize("policy", STEPS)
def test_th_22_mirador_shows_the_pages_after_a_step_in_a_window(visitor: Visitor, policy: str):
    label, step = STEPS[policy]
    visitor.visit(policy, "mirador")
    window = _open_window(visitor.browser, visitor.page, label)
    assert 200 not in visitor.tiles
    step(window)
    visitor.waits_for_tiles()


@pytest.mark.parametrize("policy", STEPS)
def test_th_22_universal_viewer_shows_the_pages_after_a_step_in_a_window(visitor: Visitor, policy: str):
    label, step = STEPS[policy]
    visitor.visit(policy, "uv")
    page = visitor.page
    # Beside a reduced version it offers the sign-in in a bar; without one it asks in a dialogue.
    button = page.locator(".informationBox .actions a" if policy == "readers" else ".overlay.auth .confirm").first
    if policy == "terms":
        expect(button).to_have_text(label)
    with visitor.browser.expect_page() as opened:
        button.click()
    assert 200 not in visitor.tiles
    step(opened.value)
    visitor.waits_for_tiles()


@pytest.mark.parametrize("place", ["another site, third-party cookies allowed"], indirect=True)
@pytest.mark.parametrize("viewer", ["mirador", "uv"])
def test_th_21_at_a_kiosk_the_viewers_show_the_pages_at_once(visitor: Visitor, viewer: str):
    visitor.visit("kiosk", viewer)
    visitor.waits_for_tiles()
    assert 401 not in visitor.tiles
