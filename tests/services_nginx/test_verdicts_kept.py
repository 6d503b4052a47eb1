"""Files behind nginx, with Lectern's verdict kept for some seconds: the recipe, and the three traps it closes.

The traps are those of nginx' own variables (TH-59, TH-60, TH-61): a cookie's name with a hyphen, the path of a
subrequest, and a request line that two programs read in two ways.
"""

import http.client
import os
import signal
import socket
import sys
import threading
import time
from contextlib import ExitStack, contextmanager

import pytest

from auth.identity import Identity
from lectern.catalogue import CanvasRow, Catalogue, ObjectRow
from lectern.home import Home
from lectern.settings import Settings
from lectern.urls import canvas_path
from services.context import Context
from services.credentials import COOKIE
from tests.conftest import ROOT
from tests.servers import free_port, running, settings_free_environment
from tests.services_nginx.gateway import SECRET, nginx, upstreams, verdicts

pytestmark = pytest.mark.nginx

_POLICIES = """
[policies.members]
patterns = ["login"]
roles = ["member"]
substitute = { max_scale = 0.2, tier = "small" }

[policies.staff]
patterns = ["login"]
roles = ["staff"]
"""
_RECIPE = ROOT / "deploy" / "nginx" / "verify.conf"
_TILE = "0,0,512,512/512,/0/default.jpg"
_OBJECTS = ("open", "members", "staff")


def picture(image: str) -> bytes:
    return f"the picture {image}".encode() * 10


def fill(home: Home, files):
    """Make an object under each policy, and the files of its images as a static IIIF service has them."""
    home.prepare()
    home.policies_file.write_text(_POLICIES)
    catalogue = Catalogue(home)
    for name in _OBJECTS:
        row = ObjectRow(name, name, name, policy=name, pages=1)
        catalogue.publish(row, [CanvasRow(1, canvas_path(name, 1), 100, 100)])
    catalogue.close()
    for image in ("open-1", "members-1", "members-1~small", "staff-1"):
        for version in "23":
            file = files / version / image / _TILE
            file.parent.mkdir(parents=True)
            file.write_bytes(picture(image))


@contextmanager
def recipe(folder, files, auth, gone=()):
    """Run nginx with the recipe on a free port, its verdicts asked of a loopback port, and of some that are `gone`."""
    port = free_port()
    text = _RECIPE.read_text()
    here = {"listen 8180;": "listen 8080;", "/srv/iiif/;": f"{files}/;"}
    here["access_log off;"] = "access_log /var/log/nginx/access.log;"
    for there, moved in here.items():
        assert text.count(there) == 1, there
        text = text.replace(there, moved)
    servers = upstreams({"auth": auth})
    for other in gone:
        assert servers.count(f"server 127.0.0.1:{auth};") == 1
        servers = servers.replace(f"server 127.0.0.1:{auth};", f"server 127.0.0.1:{other}; server 127.0.0.1:{auth};")
    with nginx(folder, port, servers + verdicts(folder), server=text):
        yield port


def environment(home: Home, port: int) -> dict[str, str]:
    return settings_free_environment(
        LECTERN_HOME=str(home.path),
        LECTERN_PORT=str(port),
        LECTERN_PUBLIC_URL="https://books.example.org",
        LECTERN_TRUSTED_PROXIES="1",
        LECTERN_WORKERS="1",
        LECTERN_VERIFY_SECRET=SECRET,
    )


class Gate:
    """The recipe before the real auth service, and readers who have signed in."""

    def __init__(self, folder, stack: ExitStack) -> None:
        self.home = Home(folder / "home")
        self.files = folder / "files"
        fill(self.home, self.files)
        self.context = Context(Settings(home=self.home.path))
        self.auth_port = auth = free_port()
        command = [sys.executable, "-m", "services.cli", "serve", "auth"]
        health = f"http://127.0.0.1:{auth}/healthz"
        self.auth = stack.enter_context(running(command, environment(self.home, auth), health))
        self.port = stack.enter_context(recipe(folder / "nginx", self.files, auth))

    def cookie(self, *roles: str) -> str:
        who = Identity("-".join(roles) or "nobody", roles)
        return f"{COOKIE}={self.context.sessions.sign_in(who, 'https://viewer.example.org')}"

    def ask(self, path: str, method: str = "GET", **headers: str):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        connection.putrequest(method, path, skip_accept_encoding=True)
        for name, value in headers.items():
            connection.putheader(name.replace("_", "-"), value)
        connection.endheaders()
        response = connection.getresponse()
        body = response.read()
        connection.close()
        return response.status, response.headers, body

    def status(self, path: str, cookie: str = "", **headers: str) -> int:
        return int(self.ask(path, **headers, **({"Cookie": cookie} if cookie else {}))[0])

    def verdicts(self) -> int:
        """Return how many verdicts Lectern was asked for so far."""
        return self.auth.log().count("/auth/verify")


@pytest.fixture(scope="module")
def gate(needs_nginx, tmp_path_factory):
    with ExitStack() as stack:
        yield Gate(tmp_path_factory.mktemp("verdicts"), stack)


def path(image: str) -> str:
    return f"/iiif/2/{image}/{_TILE}"


def test_a_machine_that_is_gone_among_several_refuses_nobody(gate, tmp_path):
    with recipe(tmp_path, gate.files, gate.auth_port, gone=[free_port()]) as port:
        for _ in range(4):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
            connection.request("GET", path("members-1"), headers={"Cookie": gate.cookie("member")})
            assert connection.getresponse().status == 200
            connection.close()


def test_the_recipe_gives_files_to_those_who_may(gate):
    member = gate.cookie("member")
    status, headers, body = gate.ask(path("members-1"), Cookie=member)
    assert (status, body) == (200, picture("members-1"))
    assert headers["Cache-Control"] == "private, no-store"
    assert headers["Access-Control-Allow-Origin"] == "*"
    assert headers["ETag"] is None
    assert headers["X-Lectern-Tier"] is None
    assert gate.ask(path("open-1"))[2] == picture("open-1")
    assert gate.ask(path("members-1~small"))[2] == picture("members-1~small")
    assert gate.status(path("members-1")) == 401
    assert gate.status(path("staff-1"), member) == 403


def test_a_yes_is_kept_for_all_tiles_of_an_image(gate):
    member = gate.cookie("member")
    assert gate.status(path("members-1"), member) == 200
    before = gate.verdicts()
    for x in range(8):
        assert gate.status(f"/iiif/2/members-1/{x},0,9,9/512,/0/default.jpg", member) == 404  # allowed, but no file
    assert gate.verdicts() == before


def test_th_61_trap_1_one_reader_s_yes_is_nobody_else_s(gate):
    """The cookie's name has a hyphen: as part of a key, `$cookie_…` would be the same, empty, for everybody."""
    member, other = gate.cookie("member"), gate.cookie("guest")
    assert gate.status(path("members-1"), member) == 200
    assert gate.status(path("members-1")) == 401
    assert gate.status(path("members-1"), other) == 403
    assert gate.status(path("members-1"), f"{COOKIE}=") == 401
    assert gate.status(path("members-1"), f"x{member}") == 401
    assert gate.status(path("members-1"), member.lower()) == 401
    assert gate.status(path("members-1"), f"a=b; {member}; c=d") == 200
    assert gate.status(path("members-1"), member) == 200


@pytest.mark.parametrize("order", ["planted first", "planted last", "same"])
def test_th_27_th_61_two_cookies_are_none_however_warm_the_cache(gate, order):
    member, planted = gate.cookie("member"), gate.cookie("guest")
    assert gate.status(path("members-1"), member) == 200
    both = {"planted first": (planted, member), "planted last": (member, planted), "same": (member, member)}[order]
    assert gate.status(path("members-1"), "; ".join(both)) == 401
    assert gate.status(path("members-1"), member) == 200


def test_th_60_trap_2_the_verdict_is_about_what_was_asked_for(gate):
    """In the subrequest `$uri` is the subrequest's own path: the key would hold no image, and any yes every image."""
    member = gate.cookie("member")
    assert gate.status(path("members-1"), member) == 200
    assert gate.status(path("staff-1"), member) == 403
    assert gate.status(path("staff-1"), gate.cookie("staff")) == 200
    assert gate.status(path("members-1"), gate.cookie("staff")) == 403


@pytest.mark.parametrize("warm", ["open-1", "members-1"])
@pytest.mark.parametrize(
    "line",
    [
        "/iiif/2/{}/../staff-1/" + _TILE,
        "/iiif/2/{}/%2e%2e/staff-1/" + _TILE,
        "/iiif/2/{}/%2E./staff-1/" + _TILE,
        "/iiif/2/{}/..%2fstaff-1/" + _TILE,
        "/iiif/2/{}%2f..%2fstaff-1/" + _TILE,
        "/iiif/2/{}/x/../../staff-1/" + _TILE,
        "/iiif/2//{}/../staff-1/" + _TILE,
        "/iiif/2/{}/0,0,512,512/512,/0/../../../../staff-1/" + _TILE,
        "/iiif/2/{}/0,0,512,512/512,/0/default.jpg/../../../../../staff-1/" + _TILE,
        "/iiif/2/staff-1/./" + _TILE,
        "/iiif/2//staff-1/" + _TILE,
        "/iiif/2/staff%2D1/" + _TILE,
        "/iiif/2/%73taff-1/" + _TILE,
        "/iiif/2/{}/../staff-1/" + _TILE + "?x=/iiif/2/{}/" + _TILE,
        "/iiif/2/staff-1/" + _TILE + "?/iiif/2/{}/" + _TILE,
        "/iiif/2/staff-1/" + _TILE + "#/iiif/2/{}/" + _TILE,
        "/x/../iiif/2/staff-1/" + _TILE,
    ],
)
def test_th_59_trap_3_what_is_judged_is_what_is_given(gate, warm, line):
    """A request line that nginx and the judge read in two ways gives nothing, kept verdicts or not."""
    member = gate.cookie("member")
    assert gate.status(path(warm), member) == 200
    status, _, body = gate.ask(line.replace("{}", warm), Cookie=member)
    assert status in (400, 401, 403, 404)
    assert picture("staff-1") not in body


def test_th_58_another_spelling_of_an_image_is_judged_as_that_image(gate):
    member = gate.cookie("member")
    assert gate.ask("/iiif/2/%6Dembers-1/" + _TILE, Cookie=member)[2] == picture("members-1")
    assert gate.status("/iiif/2/%6Dembers-1/" + _TILE) == 401


def test_th_57_a_reader_cannot_speak_for_the_proxy(gate):
    spoken = {"X_Original_URI": path("open-1"), "X_Original_Method": "HEAD", "X_Forwarded_For": "10.0.0.1"}
    assert gate.status(path("members-1"), **spoken, X_Lectern_Secret=SECRET, X_Lectern_Tier="full") == 401
    assert gate.status("/_lectern_verdict", **spoken) == 404
    assert gate.status("/auth/verify", **spoken, X_Lectern_Secret=SECRET) == 404


def test_th_65_head_and_ranges_are_judged_as_get_is(gate):
    member = gate.cookie("member")
    for headers in ({}, {"Range": "bytes=0-5"}, {"Range": "bytes=-5,0-1"}, {"If_None_Match": "*"}):
        for method in ("GET", "HEAD"):
            status, told, body = gate.ask(path("members-1"), method, **headers)
            assert status == 401
            assert told["ETag"] is told["Last-Modified"] is told["Accept-Ranges"] is told["Content-Range"] is None
            assert picture("members-1")[:5] not in body
    status, _, body = gate.ask(path("members-1"), Cookie=member, Range="bytes=0-5")
    assert (status, body) == (206, picture("members-1")[:6])
    status, headers, body = gate.ask(path("members-1"), "HEAD", Cookie=member)
    assert (status, body) == (200, b"")
    assert headers["Content-Length"] == str(len(picture("members-1")))


def test_th_65_nothing_tells_when_a_file_was_made(gate):
    member = gate.cookie("member")
    asked = {"Cookie": member, "If_Modified_Since": "Fri, 01 Jan 2038 00:00:00 GMT"}
    status, headers, _ = gate.ask(path("members-1"), **asked)
    assert (status, headers["Last-Modified"]) == (200, None)


def test_th_76_a_preflight_comes_first_and_asks_nobody(gate):
    before = gate.verdicts()
    status, headers, body = gate.ask(path("members-1"), "OPTIONS", Origin="https://viewer.example.org")
    assert (status, body) == (204, b"")
    assert headers["Access-Control-Allow-Origin"] == "*"
    assert "Authorization" in headers["Access-Control-Allow-Headers"]
    assert gate.verdicts() == before


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "PROPFIND"])
def test_th_65_other_methods_are_refused(gate, method):
    assert gate.ask(path("open-1"), method, Content_Length="0")[0] == 405


def test_th_31_a_bearer_token_opens_nothing(gate):
    value = gate.cookie("member").partition("=")[2]
    assert gate.status(path("members-1"), Authorization=f"Bearer {value}") == 401


def test_th_28_a_revoked_session_is_refused_once_its_yes_has_run_out(gate):
    """Signed out in another process than the one that gave the yes: nginx believes it for six seconds at most."""
    member = gate.cookie("member")
    assert gate.status(path("members-1"), member) == 200
    gate.context.sessions.sign_out(member.partition("=")[2])
    deadline = time.monotonic() + 10
    while gate.status(path("members-1"), member) == 200:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    assert gate.status(path("members-1"), member) == 401


def test_th_71_a_flood_is_refused_and_never_let_through(gate):
    """More than two hundred at once, kept verdicts among them: 429 for the surplus."""
    member = gate.cookie("member")
    found: list[int] = []

    def many() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", gate.port, timeout=20)
        for _ in range(300):
            connection.request("GET", path("members-1"), headers={"Cookie": member})
            response = connection.getresponse()
            response.read()
            found.append(response.status)
        connection.close()

    threads = [threading.Thread(target=many) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(found) == {200, 429}


class _Silent:
    """Something that takes a connection and never answers."""

    def __enter__(self) -> int:
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=16)
        return int(self._socket.getsockname()[1])

    def __exit__(self, *_: object) -> None:
        self._socket.close()


def test_th_98_a_verdict_that_never_comes_is_a_no(gate, tmp_path):
    """nginx itself gives up (its limits are a second each); the socket here would wait for twenty."""
    with _Silent() as port, recipe(tmp_path / "nginx", gate.files, port) as other:
        connection = http.client.HTTPConnection("127.0.0.1", other, timeout=20)
        connection.request("GET", path("open-1"))
        response = connection.getresponse()
        assert response.status >= 500
        assert picture("open-1") not in response.read()
        connection.close()
    verdict = (_RECIPE.parent / "verdict.conf").read_text()
    limits = [line.split()[1] for line in verdict.splitlines() if "_timeout 1s" in line]
    assert len(limits) == 4  # to connect, to send, to read, to wait for another's verdict


def test_th_98_without_lectern_there_is_no_file(gate):
    """Last in this file, because it ends the auth service."""
    member = gate.cookie("member")
    assert gate.status(path("members-1"), member) == 200
    os.killpg(gate.auth.process.pid, signal.SIGTERM)
    gate.auth.process.wait(20)
    assert gate.status(path("open-1")) >= 500
    assert gate.status(path("staff-1"), member) >= 500
    deadline = time.monotonic() + 10
    while gate.status(path("members-1"), member) == 200:  # a kept yes, for its own time only
        assert time.monotonic() < deadline
        time.sleep(0.2)
    assert gate.status(path("members-1"), member) >= 500
