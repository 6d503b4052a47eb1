"""Another image server behind Lectern's verdict: a picture leaves it only after a yes."""

import http.client
import json
import os
import signal
import sys
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler

import pytest

from image.pyramid import Pixels, make_pyramid_of_pixels
from lectern.catalogue import CanvasRow, Catalogue, ObjectRow
from lectern.home import Home
from lectern.urls import canvas_path
from tests.conftest import ROOT
from tests.servers import free_port, running, serving, settings_free_environment
from tests.services_nginx.gateway import SECRET, nginx, upstreams, verdicts, with_pictures_by

pytestmark = pytest.mark.nginx

_POLICIES = """
[policies.readers]
patterns = ["login"]
substitute = { max_scale = 0.2, tier = "small" }

[policies.staff]
patterns = ["external"]
networks = ["127.0.0.1"]
"""
_PICTURE = b"the picture"


class _ImageServer(BaseHTTPRequestHandler):
    """Some image server that trusts its proxy: it gives a picture to whoever asks, and notes what it was told."""

    cookies: list[str | None] = []  # noqa: RUF012

    def do_GET(self) -> None:
        self.cookies.append(self.headers["Cookie"])
        self.send_response(200)
        self.send_header("Cache-Control", "public, max-age=86400")
        self.send_header("Access-Control-Allow-Origin", "*")
        self.send_header("Content-Length", str(len(_PICTURE)))
        self.end_headers()
        self.wfile.write(_PICTURE)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def other_server():
    with serving(_ImageServer) as server:
        yield server.server_port


def fill(home):
    home.prepare()
    home.policies_file.write_text(_POLICIES)
    catalogue = Catalogue(home)
    for name in ("open", "readers", "staff"):
        row = ObjectRow(name, name, name, policy=name, pages=1)
        catalogue.publish(row, [CanvasRow(1, canvas_path(name, 1), 64, 64, image=f"{name}.tif")])
        make_pyramid_of_pixels(Pixels(bytes(64 * 64 * 3), 64, 64, 3, 64 * 3), home.images / f"{name}.tif")
    catalogue.close()


@pytest.fixture(scope="module")
def gate(needs_nginx, other_server, tmp_path_factory):
    """Serve the recipe with the real auth service; returns (port of nginx, the auth service's program)."""
    folder = tmp_path_factory.mktemp("image-server")
    fill(Home(folder / "home"))
    port, ports = free_port(), {"auth": free_port(), "image": free_port()}
    environment = settings_free_environment(
        LECTERN_HOME=str(folder / "home"),
        LECTERN_PUBLIC_URL=f"http://localhost:{port}",
        LECTERN_TRUSTED_PROXIES="1",
        LECTERN_WORKERS="1",
        LECTERN_VERIFY_SECRET=SECRET,
    )
    deploy = ROOT / "deploy" / "nginx"
    server = with_pictures_by((deploy / "image-server.conf").read_text())
    behind = (
        upstreams(ports)
        + verdicts(folder / "nginx")
        + f"upstream other_image_server {{ server 127.0.0.1:{other_server}; }}\n"
    )
    with ExitStack() as stack:
        programs = {}
        for name, own in ports.items():
            command = [sys.executable, "-m", "services.cli", "serve", name]
            health = f"http://127.0.0.1:{own}/healthz"
            programs[name] = stack.enter_context(running(command, environment | {"LECTERN_PORT": str(own)}, health))
        stack.enter_context(nginx(folder / "nginx", port, behind, server=server))
        yield port, programs["auth"]


def ask(port, path, method="GET", **headers):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
    response = connection.getresponse()
    body = response.read()
    connection.close()
    return response.status, response.headers, body


def test_an_open_image_is_given(gate):
    status, headers, body = ask(gate[0], "/iiif/2/open-1/full/max/0/default.jpg", Cookie="private=1")
    assert (status, body) == (200, _PICTURE)
    assert headers.get_all("Access-Control-Allow-Origin") == ["*"]
    assert headers.get_all("Cache-Control") == ["private, no-store"]
    assert _ImageServer.cookies[-1] is None


def test_the_small_version_is_everybodys_and_ours(gate):
    before = len(_ImageServer.cookies)
    assert ask(gate[0], "/iiif/2/readers-1~small/full/max/0/default.jpg")[0] == 200
    assert len(_ImageServer.cookies) == before


@pytest.mark.parametrize(("image", "status"), [("readers-1", 401), ("nothing-1", 403)])
def test_refusals_have_the_shape_of_all_our_errors(gate, image, status):
    found, headers, body = ask(gate[0], f"/iiif/2/{image}/full/max/0/default.jpg")
    assert (found, json.loads(body)["status"], headers["Content-Type"]) == (status, status, "application/problem+json")
    assert headers.get_all("Access-Control-Allow-Origin") == ["*"]
    assert headers.get_all("Cache-Control") == ["no-store"]


def test_the_client_is_the_one_that_the_gateway_saw(gate):
    assert ask(gate[0], "/iiif/2/staff-1/full/max/0/default.jpg", X_Forwarded_For="192.0.2.9")[0] == 200


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/iiif/2/readers-1/full/max/0/default.jpg", 401),
        ("/iiif/3/readers-1/full/max/0/default.jpg", 401),
        ("/iiif/2/nothing-1/full/max/0/default.jpg", 403),
        ("/iiif/2/readers-1~large/full/max/0/default.jpg", 404),
        ("/iiif/2/open-1%2f..%2freaders-1/full/max/0/default.jpg", 403),
        ("/iiif/2/readers%252D1/full/max/0/default.jpg", 403),
        ("/iiif/2/open-1/../readers-1/full/max/0/default.jpg", 403),
        ("/iiif//2/readers-1/full/max/0/default.jpg", 403),
        ("/iiif/", 403),
    ],
)
def test_no_picture_without_a_yes(gate, path, status):
    before = len(_ImageServer.cookies)
    found, _, body = ask(gate[0], path, X_Original_URI="/iiif/2/open-1/info.json", X_Lectern_Tier="full")
    assert found == status
    assert _PICTURE not in body
    assert len(_ImageServer.cookies) == before


def test_info_json_comes_from_lectern_and_names_the_way_in(gate):
    before = len(_ImageServer.cookies)
    status, headers, _ = ask(gate[0], "/iiif/2/readers-1/info.json")
    assert (status, headers["Location"].endswith("/iiif/2/readers-1~small/info.json")) == (302, True)
    status, headers, body = ask(gate[0], "/iiif/2/staff-1/info.json", X_Forwarded_For="127.0.0.1")
    assert status == 200
    status, headers, body = ask(gate[0], "/iiif/2/readers-1~small/info.json")
    assert status == 200
    assert b"/auth/access/readers" in body
    status, _, body = ask(gate[0], "/iiif/3/readers-1/info.json")
    assert status == 200
    assert b"AuthProbeService2" in body
    assert len(_ImageServer.cookies) == before


def test_a_preflight_is_answered_without_the_image_server(gate):
    before = len(_ImageServer.cookies)
    status, headers, _ = ask(gate[0], "/iiif/2/readers-1/info.json", "OPTIONS", Origin="https://viewer.example.org")
    assert status == 204
    assert headers["Access-Control-Allow-Origin"] == "*"
    assert len(_ImageServer.cookies) == before


def test_the_verdict_itself_is_not_for_readers(gate):
    assert ask(gate[0], "/_lectern_verdict")[0] == 404


def test_without_a_verdict_there_is_no_picture(gate):
    """Last in this file, because it ends the auth service."""
    port, program = gate
    os.killpg(program.process.pid, signal.SIGTERM)
    program.process.wait(20)
    status, headers, body = ask(port, "/iiif/2/open-1/full/max/0/default.jpg")
    assert (status, headers["Retry-After"], json.loads(body)["status"]) == (503, "5", 503)
    assert _PICTURE not in body
