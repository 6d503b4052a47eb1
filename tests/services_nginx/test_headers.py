"""What the gateway tells the services of a request: its own words, never the reader's."""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from urllib.request import Request, urlopen

import pytest

from services import SERVICES
from tests.servers import free_port, serving
from tests.services_nginx.gateway import nginx, upstreams

pytestmark = pytest.mark.nginx


class _Listener(BaseHTTPRequestHandler):
    """Notes what reaches it, as any program behind the gateway would see it."""

    seen: list[tuple[str, dict[str, list[str]]]] = []  # noqa: RUF012 - one list a server class, made below

    def do_GET(self) -> None:
        headers = {name.lower(): self.headers.get_all(name, []) for name in self.headers}
        self.seen.append((self.path, headers))
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def listening() -> Iterator[tuple[int, list[tuple[str, dict[str, list[str]]]]]]:
    handler = type("Listener", (_Listener,), {"seen": []})
    with serving(handler) as server:
        yield server.server_port, handler.seen  # type: ignore[attr-defined]


@pytest.fixture(scope="module")
def heard(needs_nginx, tmp_path_factory):
    """Return a function that asks the gateway for a path, and gives what the service behind it heard."""
    port, folder = free_port(), tmp_path_factory.mktemp("headers")
    with listening() as (behind, seen), nginx(folder, port, upstreams(dict.fromkeys(SERVICES, behind))):

        def ask(path, **headers):
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            with urlopen(Request(f"http://127.0.0.1:{port}{path}", headers=named), timeout=20):
                return seen[-1]

        ask.log = folder / "access.log"  # type: ignore[attr-defined]
        yield ask


def test_the_address_is_the_one_that_the_gateway_saw(heard):
    _, headers = heard("/search/1/a?q=b", X_Forwarded_For="10.1.2.3, 192.0.2.7")
    assert headers["x-forwarded-for"] == ["127.0.0.1"]


@pytest.mark.parametrize(
    "name",
    ["X-Original-URI", "X-Original-Method", "X-Lectern-Secret", "X-Lectern-Tier", "Forwarded", "X-Forwarded-Host"],
)
@pytest.mark.parametrize(
    "path", ["/", "/search/1/a", "/presentation/3/a/manifest", "/iiif/2/a-1/info.json", "/auth/logout"]
)
def test_a_reader_cannot_speak_for_a_proxy(heard, name, path):
    _, headers = heard(path, **{name: "anything"})
    assert name.lower() not in headers


@pytest.mark.parametrize(
    "path", ["/", "/search/1/a", "/presentation/3/a/manifest", "/iiif/2/a-1/info.json", "/auth/logout"]
)
def test_a_request_has_an_id_and_a_trace_of_ours_whatever_a_reader_says(heard, path):
    said = {"X_Request_Id": "chosen-by-a-reader", "traceparent": f"00-{'a' * 32}-{'b' * 16}-01"}
    (first, second) = (heard(path, **said)[1] for _ in range(2))
    assert "traceparent" not in first
    assert all(re.fullmatch(r"[0-9a-f]{32}", *headers["x-request-id"]) for headers in (first, second))
    assert first["x-request-id"] != second["x-request-id"]
    log_with(heard, first["x-request-id"][0])  # the log of the gateway has the same, and so finds the line of ours


def test_what_a_reader_does_say_is_passed_on(heard):
    _, headers = heard(
        "/auth/probe/a-1", Cookie="a=b", Authorization="Bearer x", Accept="text/html", Origin="https://v.example"
    )
    assert headers["cookie"] == ["a=b"]
    assert headers["authorization"] == ["Bearer x"]
    assert headers["origin"] == ["https://v.example"]


@pytest.mark.parametrize(
    "path", ["/search/1/a?q=a%20b%22c", "/iiif/2/a%2Db-1/info.json", "/iiif/2/a-1/pct:10,10,10,10/max/0/default.jpg"]
)
def test_a_path_arrives_as_it_was_sent(heard, path):
    assert heard(path)[0] == path


def log_with(heard, line):
    """Return the log once a line is in it: nginx writes it after the answer."""
    deadline = time.monotonic() + 20
    while line not in heard.log.read_text():
        assert time.monotonic() < deadline, heard.log.read_text()
        time.sleep(0.05)
    return heard.log.read_text()


def test_the_log_does_not_say_what_people_search_for(heard):
    heard("/search/1/a?q=secretword")
    assert "secretword" not in log_with(heard, '"GET /search/1/a" 200')


def test_th_70_th_103_the_log_does_not_say_what_opens_an_image(heard):
    capability = "a2" * 55 + "b"
    heard(f"/iiif/2/book-1~~{capability}/full/max/0/default.jpg")
    assert capability not in log_with(heard, '"GET /iiif/2/book-1~~-/full/max/0/default.jpg" 200')
