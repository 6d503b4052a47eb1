"""Mirador and Universal Viewer let readers in wherever docs/browsers.md says that they can: login, terms and kiosk."""

import json
import re
import socket
import ssl
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner
from playwright.sync_api import BrowserContext, Page, Playwright, expect
from werkzeug.serving import generate_adhoc_ssl_context

from services.cli import main
from tests.browser.pictures import detail
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


@pytest.fixture(scope="module", params=PLACES)
def place(request: pytest.FixtureRequest, home: Path) -> Iterator[tuple[Place, str]]:
    """Return where the viewer is, and its origin, while Lectern is served."""
    place = PLACES[request.param]
    inner = free_port()
    with tls_in_front(inner) as port:
        environment = settings_free_environment(
            LECTERN_HOME=str(home),
            PORT=str(inner),
            LECTERN_WORKERS="1",
            LECTERN_PUBLIC_URL=f"https://books.library{port}.test:{port}",
            LECTERN_CROSS_SITE=str(place.declared).lower(),
        )
        command = [sys.executable, "-m", "services.cli", "up"]
        with running(command, environment, f"http://127.0.0.1:{inner}/readyz"):
            yield place, f"https://{place.host.format(port=port)}:{port}"


@pytest.fixture
def visit(
    playwright: Playwright, place: tuple[Place, str], tmp_path: Path
) -> Iterator[Callable[[str, str], tuple[BrowserContext, Page]]]:
    """Return a function that opens an object in a viewer, in a browser with a fresh profile."""
    where, origin = place
    preferences = tmp_path / "profile/Default/Preferences"
    preferences.parent.mkdir(parents=True)
    preferences.write_text(json.dumps({"profile": {"cookie_controls_mode": 1 if where.blocked else 0}}))
    context = playwright.chromium.launch_persistent_context(
        tmp_path / "profile",
        executable_path=PROGRAM,
        headless=True,
        args=[*FLAGS, "--host-resolver-rules=MAP * 127.0.0.1", "--ignore-certificate-errors"],
        viewport={"width": 1280, "height": 800},
    )
    context.set_default_timeout(30_000)

    def visit(object_id: str, viewer: str) -> tuple[BrowserContext, Page]:
        page = context.pages[0]
        page.goto(f"{origin}/objects/{object_id}?viewer={viewer}")
        return context, page

    yield visit
    context.close()


Visit = Callable[[str, str], tuple[BrowserContext, Page]]


def sign_in(window: Page) -> None:
    window.get_by_label("Name").fill(NAME)
    window.get_by_label("Password").fill(PASSWORD)
    with window.expect_event("close"):
        window.get_by_role("button", name="Sign in").click()


def tiles_of(page: Page) -> list[int]:
    """Return a list that fills with the statuses of the tiles the page asks for."""
    statuses: list[int] = []
    tile = re.compile(r"/iiif/[23]/[^/~]+/[^/]+/[^/]+/0/default\.")
    page.on("response", lambda answer: statuses.append(answer.status) if tile.search(answer.url) else None)
    return statuses


def wait_for_tiles(page: Page, statuses: list[int]) -> None:
    for _ in range(60):
        if 200 in statuses:
            return
        page.wait_for_timeout(250)
    pytest.fail(f"no tile came: {statuses}")


def test_th_22_mirador_shows_the_pages_after_a_sign_in(visit: Visit):
    context, page = visit("readers", "mirador")
    expect(page.locator(".openseadragon-canvas").first).to_be_visible()
    statuses = tiles_of(page)
    sign_in(_open_window(context, page, "Sign in"))
    wait_for_tiles(page, statuses)


def test_th_22_mirador_shows_the_pages_after_the_terms(visit: Visit):
    context, page = visit("terms", "mirador")
    statuses = tiles_of(page)
    window = _open_window(context, page, "Read the terms")
    with window.expect_event("close"):
        window.get_by_role("button", name="I accept").click()
    wait_for_tiles(page, statuses)


def test_th_21_mirador_shows_the_pages_at_a_kiosk(visit: Visit):
    _, page = visit("kiosk", "mirador")
    page.wait_for_timeout(5000)
    assert detail(page) > 1


def test_th_22_universal_viewer_shows_the_pages_after_a_sign_in(visit: Visit):
    context, page = visit("readers", "uv")
    bar = page.locator(".informationBox .actions a")
    expect(bar.first).to_be_visible()
    statuses = tiles_of(page)
    with context.expect_page() as opened:
        bar.first.click()
    sign_in(opened.value)
    wait_for_tiles(page, statuses)


def test_th_22_universal_viewer_shows_the_pages_after_the_terms(visit: Visit):
    context, page = visit("terms", "uv")
    statuses = tiles_of(page)
    button = page.get_by_text("Read the terms", exact=True).first
    with context.expect_page() as opened:
        button.click()
    window = opened.value
    with window.expect_event("close"):
        window.get_by_role("button", name="I accept").click()
    wait_for_tiles(page, statuses)
