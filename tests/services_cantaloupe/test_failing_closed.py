"""Whatever is wrong with Lectern, the network or the set-up: no picture, and the delegate never raises."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.servers import free_port
from tests.services_cantaloupe.conftest import Driver, Lectern

PIXELS = "/iiif/3/open-1/full/max/0/default.jpg"
INFO = "/iiif/2/open-1/info.json"
UNAVAILABLE = {"status_code": 503}
_DEEP = b"[" * 5000 + b"]" * 5000


class _Wrong(BaseHTTPRequestHandler):
    """A server that answers as the first part of the path says."""

    protocol_version = "HTTP/1.1"
    released = threading.Event()

    def do_GET(self) -> None:
        how = self.path.split("/")[1]
        if how == "silent":
            self.released.wait(30)
            self.close_connection = True
        elif how == "garbage":
            self.wfile.write(b"\x00\xff no http at all\r\n\r\n")
            self.close_connection = True
        elif how == "closing":
            self.close_connection = True
        else:
            self._answer(*_ANSWERS[how])

    def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


_ANSWERS: dict[str, tuple[int, bytes, dict[str, str]]] = {
    "500": (500, b"{}", {"X-Lectern-Tier": "full"}),
    "503": (503, b"", {"Retry-After": "5"}),
    "200": (200, b"<html>", {"X-Lectern-Tier": "full"}),
    "list": (200, b"[]", {}),
    "number": (200, b'{"service": 7}', {}),
    "deep": (200, b'{"service": ' + _DEEP + b"}", {}),
    "bytes": (200, b'\xff{"a": 1}', {}),
    "elsewhere": (302, b"", {"Location": "https://books.example.org/iiif/2/open-1/full/max/0/default.jpg"}),
    "script": (302, b"", {"Location": "javascript:alert(1)/iiif/2/x/info.json"}),
    "nowhere": (302, b"", {}),
    "301": (301, b"", {"Location": "https://books.example.org/iiif/2/open-1/info.json"}),
    "untold": (204, b"", {}),
    "small": (204, b"", {"X-Lectern-Tier": "small", "X-Accel-Expires": "5"}),
    "206": (206, b"", {"X-Lectern-Tier": "full"}),
    "429": (429, b"", {"Retry-After": "1"}),
}


@pytest.fixture(scope="module")
def wrong() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Wrong)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    _Wrong.released.set()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("how", ["silent", "garbage", "closing", *_ANSWERS])
def test_th_98_no_picture_without_an_answer_that_is_a_plain_yes(driver: Driver, wrong: str, how: str):
    there = {"LECTERN_URL": f"{wrong}/{how}"}
    expected = {"status_code": 429} if how == "429" else UNAVAILABLE
    assert driver.ask(PIXELS, environment=there, forget=True)["answer"] == expected


@pytest.mark.parametrize("how", ["silent", "garbage", "closing", *_ANSWERS])
def test_th_98_no_info_without_lecterns_own(driver: Driver, wrong: str, how: str):
    found = driver.ask(INFO, environment={"LECTERN_URL": f"{wrong}/{how}"})
    assert found["answer"] == ({"status_code": 429} if how == "429" else UNAVAILABLE)
    assert found["keys"] == {}


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("LECTERN_URL", "http://127.0.0.1:1"),
        ("LECTERN_URL", "http://nowhere.invalid:8080"),
        ("LECTERN_URL", "no address"),
        ("LECTERN_URL", ""),
        ("LECTERN_VERIFY_SECRET_FILE", "/nowhere/at/all"),
        ("LECTERN_VERIFY_SECRET_FILE", "/dev/null"),
        ("LECTERN_TRUSTED_PROXIES", "many"),
        ("LECTERN_PUBLIC_URL", "::"),
    ],
)
def test_th_98_a_wrong_setting_is_a_no(driver: Driver, setting: str, value: str):
    assert driver.ask(PIXELS, environment={setting: value}, forget=True)["answer"] == UNAVAILABLE


def test_th_57_with_another_secret_there_is_no_picture(driver: Driver, tmp_path: Path):
    other = tmp_path / "secret"
    other.write_text("some other secret that is long enough as well\n")
    there = {"LECTERN_VERIFY_SECRET_FILE": str(other)}
    assert driver.ask(PIXELS, environment=there, forget=True)["answer"] == {"status_code": 403}


@pytest.mark.parametrize("key", ["identifier", "local_uri", "request_headers"])
def test_a_context_that_is_not_as_expected_is_a_no(driver: Driver, key: str):
    answer = driver.ask(PIXELS, context={key: None})["answer"]
    assert answer in ({"status_code": 503}, {"status_code": 403})


def test_lectern_answers_again_after_all_that(driver: Driver, house: Lectern):
    driver.ask(PIXELS, environment={"LECTERN_URL": f"http://127.0.0.1:{free_port()}"})
    assert driver.ask(PIXELS)["answer"] is True
