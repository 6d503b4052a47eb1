"""The other image server that has the pictures: asked within limits, and never believed beyond them."""

import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any

import pytest

from auth.policy import Substitute
from image.engine import vips
from image.headers import picture_size
from lectern.errors import NotFound, Overloaded, StoreUnavailable
from lectern.ids import ImageId
from lectern.settings import Settings
from services.image import elsewhere
from services.image.elsewhere import Elsewhere
from tests.image.conftest import difference, noise

INFO = {"@context": "http://iiif.io/api/image/2/context.json", "width": 200, "height": 100}
IMAGE = ImageId("book", 1)


class _Server(BaseHTTPRequestHandler):
    """Answers each path as the test has said: status, headers, body."""

    answers: dict[str, tuple[int, dict[str, str], bytes]] = {}  # noqa: RUF012
    asked: list[str] = []  # noqa: RUF012
    waits = threading.Event()
    base = ""
    takes = 0.0
    drips: bytes | None = None
    left = threading.Event()

    def do_GET(self) -> None:
        self.asked.append(self.path)
        if self.drips is not None:
            self.drip(self.drips)
            return
        time.sleep(self.takes)
        if self.path not in self.answers:
            self.waits.wait(20)
            self.send_error(500)
            return
        status, headers, body = self.answers[self.path]
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        with suppress(ConnectionError):
            self.wfile.write(body)

    def drip(self, begins: bytes) -> None:
        """Send a beginning, and byte by byte more until nobody reads it or the test is over."""
        with suppress(OSError):
            self.wfile.write(begins)
            while not self.waits.wait(0.02):
                self.wfile.write(b"H")
        self.left.set()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[Any]:
    handler: Any = type(
        "Server", (_Server,), {"answers": {}, "asked": [], "waits": threading.Event(), "left": threading.Event()}
    )
    running = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=running.serve_forever)
    thread.start()
    handler.base = f"http://127.0.0.1:{running.server_address[1]}/iiif"
    yield handler
    handler.waits.set()
    running.shutdown()
    thread.join()
    running.server_close()


def other(server: Any, elapsed=lambda: 0.0, **settings: Any) -> Elsewhere:
    return Elsewhere(Settings(image_server=server.base, **settings), elapsed)


def said(server: Any, body: bytes, status: int = 200, path: str = "/iiif/book-1/info.json", **headers: str) -> None:
    server.answers[path] = status, headers, body


def test_info_json_is_asked_by_the_name_that_the_server_gives(server):
    said(server, json.dumps(INFO).encode(), path="/iiif/2/books%2Fbook-0001/info.json")
    asks = Elsewhere(Settings(image_server=server.base + "/{version}", image_server_name="books/{object}-{n:04}"))
    assert asks.info(IMAGE, None, 2) == INFO


def test_without_a_server_or_a_file_nobody_is_asked(server):
    assert Elsewhere(Settings()).info(IMAGE, "1.tif", 2) is None
    assert other(server, image_server_name="{file}").info(IMAGE, None, 2) is None
    assert server.asked == []


def test_info_json_is_asked_again_after_a_minute(server):
    said(server, json.dumps(INFO).encode())
    now = [0.0]
    asks = other(server, lambda: now[0])
    for now[0] in (0.0, 59.0):
        assert asks.info(IMAGE, None, 2) == INFO
    assert len(server.asked) == 1
    said(server, json.dumps(INFO | {"width": 300}).encode())
    now[0] = 60.0
    assert asks.info(IMAGE, None, 2) == INFO | {"width": 300}


def test_a_picture_that_the_server_does_not_know_is_not_there(server):
    said(server, b"", 404)
    with pytest.raises(NotFound):
        other(server).info(IMAGE, None, 2)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 401, 403, 500, 503])
def test_another_answer_is_none_and_nobody_is_followed(server, status):
    said(server, json.dumps(INFO).encode(), status, Location=f"{server.base}/elsewhere")
    with pytest.raises(StoreUnavailable, match=f"{status}|redirects|busy"):
        other(server).info(IMAGE, None, 2)
    assert server.asked == ["/iiif/book-1/info.json"]


@pytest.mark.parametrize("body", [b"", b"no json", b"[]", b'"info"', b"\xff\xfe"])
def test_what_is_no_document_is_no_answer(server, body):
    said(server, body)
    with pytest.raises(StoreUnavailable, match="what it says"):
        other(server).info(IMAGE, None, 2)


def test_th_105_an_answer_without_end_is_left(server):
    said(server, b" " * (1 << 21))
    with pytest.raises(StoreUnavailable, match="larger than"):
        other(server).info(IMAGE, None, 2)


def test_th_105_a_server_that_says_nothing_is_left_and_not_asked_for_some_seconds(server, monkeypatch):
    monkeypatch.setattr(elsewhere, "_IDLE_SECONDS", 0.2)
    now = [100.0]
    asks = other(server, lambda: now.__setitem__(0, now[0] + 0.2) or now[0])
    with pytest.raises(StoreUnavailable, match="timed out"):
        asks.info(IMAGE, None, 2)
    with pytest.raises(StoreUnavailable, match="a moment ago"):
        asks.info(ImageId("book", 2), None, 2)
    assert len(server.asked) == 1
    now[0] += elsewhere._DOWN_SECONDS
    said(server, json.dumps(INFO).encode())
    assert asks.info(IMAGE, None, 2) == INFO


@pytest.mark.parametrize("begins", [b"", b"HTTP/1.0 200 OK\r\nX-Slow: ", b"HTTP/1.0 200 OK\r\n\r\n"])
def test_th_105_a_server_that_drips_is_left(server, monkeypatch, begins):
    monkeypatch.setattr(elsewhere, "_IN_ALL_SECONDS", 0.5)
    server.drips = begins
    with pytest.raises(StoreUnavailable, match=r"longer than 0\.5 seconds"):
        other(server).info(IMAGE, None, 2)
    assert server.left.wait(20)


def test_no_proxy_of_the_environment_is_asked(server, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    said(server, json.dumps(INFO).encode())
    assert other(server).info(IMAGE, None, 2) == INFO


def test_the_address_of_the_server_is_not_told(server):
    said(server, b"", 500)
    with pytest.raises(StoreUnavailable) as error:
        other(server).info(IMAGE, None, 2)
    assert "127.0.0.1" not in str(error.value)


def test_a_server_that_is_not_there_is_no_answer():
    with pytest.raises(StoreUnavailable, match="refused"):
        Elsewhere(Settings(image_server="http://127.0.0.1:9/iiif")).info(IMAGE, None, 2)


def test_a_burst_is_answered_whole_by_a_quick_server(server):
    images = [ImageId("book", n) for n in range(1, 21)]
    for image in images:
        said(server, json.dumps(INFO).encode(), path=f"/iiif/{image}/info.json")
    server.takes = 0.02
    asks = other(server, threads=4)
    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(lambda image: asks.info(image, None, 2), images)) == [INFO] * 20


def test_what_many_want_at_once_is_asked_once(server):
    said(server, json.dumps(INFO).encode())
    server.takes = 0.1
    asks = other(server, threads=8)
    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(lambda _: asks.info(IMAGE, None, 2), range(8))) == [INFO] * 8
    assert len(server.asked) == 1
    assert not asks._wanted


def test_th_105_after_one_waited_in_vain_nobody_waits_for_a_while(monkeypatch):
    now = [100.0]
    asks = Elsewhere(Settings(), lambda: now[0])
    waits: list[float | None] = []

    class Taken(BoundedSemaphore):
        def acquire(self, blocking: bool = True, timeout: float | None = None) -> bool:
            waits.append(timeout)
            return False

    for now[0] in (100.0, 100.1, 104.9, 105.0):
        with pytest.raises(Overloaded), asks._held(Taken()):
            pytest.fail("nobody holds a place that is taken")
    assert waits == [elsewhere._PATIENCE_SECONDS, 0.0, 0.0, elsewhere._PATIENCE_SECONDS]


def test_th_105_a_slow_server_takes_half_of_the_threads_at_most(server, monkeypatch):
    monkeypatch.setattr(elsewhere, "_PATIENCE_SECONDS", 0.1)
    asks = other(server, threads=2)
    found: list[str] = []

    def wait() -> None:
        try:
            asks.info(IMAGE, None, 2)
        except StoreUnavailable as error:
            found.append(str(error))

    waiting = threading.Thread(target=wait)
    waiting.start()
    while not server.asked:
        time.sleep(0.01)
    with pytest.raises(Overloaded):
        asks.info(ImageId("book", 2), None, 2)
    server.waits.set()
    waiting.join()
    assert len(server.asked) == len(found) == 1


def test_th_62_a_tier_is_made_of_a_small_picture_once(server, tmp_path: Path):
    noise(20, 10).jpegsave(str(tmp_path / "small.jpg"))
    said(server, (tmp_path / "small.jpg").read_bytes(), path="/iiif/book-1/full/20,10/0/default.jpg")
    pyramid = tmp_path / "images" / "elsewhere-1-7.tif"
    for _ in range(2):
        made = other(server).reduced(IMAGE, Substitute(0.1, "small"), pyramid, (200, 100))
    assert picture_size(made) == (20, 10)
    assert list(pyramid.parent.iterdir()) == [made]
    assert len(server.asked) == 1


def test_th_69_a_small_picture_from_elsewhere_gets_the_text_over_it(server, tmp_path: Path):
    noise(20, 10).jpegsave(str(tmp_path / "small.jpg"))
    said(server, (tmp_path / "small.jpg").read_bytes(), path="/iiif/book-1/full/20,10/0/default.jpg")
    pyramid = tmp_path / "images" / "elsewhere-1-7.tif"
    rules = Substitute(0.1, "small"), Substitute(0.1, "small", "Seen here only")
    made = [other(server).reduced(IMAGE, rule, pyramid, (200, 100)) for rule in rules]
    assert made[0] != made[1]
    assert difference(*(vips().Image.new_from_file(str(path)) for path in made)) > 10


@pytest.mark.parametrize("size", [(200, 100), (21, 10), (19, 10)])
def test_th_62_a_picture_of_another_size_is_not_taken_for_the_tier(server, tmp_path: Path, size):
    noise(*size).jpegsave(str(tmp_path / "large.jpg"))
    said(server, (tmp_path / "large.jpg").read_bytes(), path="/iiif/book-1/full/20,10/0/default.jpg")
    pyramid = tmp_path / "images" / "elsewhere-1-7.tif"
    with pytest.raises(StoreUnavailable, match="20 by 10"):
        other(server).reduced(IMAGE, Substitute(0.1, "small"), pyramid, (200, 100))
    assert list(pyramid.parent.iterdir()) == []


def test_what_does_not_decode_is_not_taken_for_the_tier(server, tmp_path: Path):
    said(server, b"\xff\xd8\xff and nothing more", path="/iiif/book-1/full/20,10/0/default.jpg")
    pyramid = tmp_path / "images" / "elsewhere-1-7.tif"
    with pytest.raises(StoreUnavailable, match="cannot be kept"):
        other(server).reduced(IMAGE, Substitute(0.1, "small"), pyramid, (200, 100))
    assert list(pyramid.parent.iterdir()) == []
