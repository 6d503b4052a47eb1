"""`lectern check --online` asks another image server whether it is there, and knows our names for its pictures."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from click.testing import CliRunner

from lectern.catalogue import CanvasRow, Catalogue, ObjectRow
from lectern.home import Home
from services.cli import main
from tests.servers import free_port, serving


class _Images(BaseHTTPRequestHandler):
    """Knows one picture; the rest is answered with `otherwise`."""

    otherwise = 404
    asked: list[str] = []  # noqa: RUF012

    def do_GET(self) -> None:
        self.asked.append(self.path)
        known = self.path == "/iiif/letters%2F0001.tif/info.json"
        self.send_response(200 if known else self.otherwise)
        self.end_headers()
        self.wfile.write(b'{"width": 20, "height": 10}' if known else b"")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def images() -> Iterator[ThreadingHTTPServer]:
    handler = type("Images", (_Images,), {"asked": []})
    with serving(handler) as server:
        yield server


def check(folder: Path, port: int, name: str, *options: str, policy: str = "open") -> str:
    home = Home(folder / "home")
    home.path.mkdir(mode=0o700)
    (home.path / "lectern.toml").write_text(
        f'image_server = "http://127.0.0.1:{port}/iiif"\nimage_server_name = "{name}"\n'
    )
    catalogue = Catalogue(home)
    row = ObjectRow("letters", "letters", "letters", policy=policy, pages=1)
    catalogue.publish(row, [CanvasRow(1, "/presentation/3/letters/canvas/1", 20, 10)])
    catalogue.close()
    return CliRunner().invoke(main, ["--home", str(home.path), "check", *options]).output


def test_a_picture_that_the_server_knows_is_no_finding(tmp_path, images):
    assert "image server" not in check(tmp_path, images.server_port, "{object}/{n:04}.tif", "--online")
    assert images.RequestHandlerClass.asked[-1] == "/iiif/letters%2F0001.tif/info.json"


def test_a_name_that_the_server_does_not_know_is_told_with_address_and_setting(tmp_path, images):
    found = check(tmp_path, images.server_port, "{image}.tif", "--online")
    assert "warning: The image server does not know picture 1 of letters" in found
    assert f"http://127.0.0.1:{images.server_port}/iiif/letters-1.tif/info.json" in found
    assert "LECTERN_IMAGE_SERVER_NAME" in found


def test_a_server_that_is_down_or_broken_is_an_error(tmp_path, images):
    (tmp_path / "down").mkdir()
    port = free_port()
    found = check(tmp_path / "down", port, "{image}", "--online")
    assert f"error: The image server at http://127.0.0.1:{port}/iiif does not answer" in found
    assert "LECTERN_IMAGE_SERVER" in found
    images.RequestHandlerClass.otherwise = 502
    assert "with status 502" in check(tmp_path, images.server_port, "{image}", "--online")


@pytest.mark.parametrize(("options", "policy"), [((), "open"), (("--online",), "nobody-knows")])
def test_it_is_asked_for_nothing_without_the_option_and_for_no_restricted_picture(tmp_path, images, options, policy):
    check(tmp_path, images.server_port, "{image}", *options, policy=policy)
    assert not [path for path in images.RequestHandlerClass.asked if path.endswith("info.json")]
