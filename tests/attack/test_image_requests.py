"""Image requests as no client library sends them, on a real server: TH-58, TH-59, TH-62, TH-65, TH-68, TH-105.

Every request line gets an answer in the one shape, never a fault, and never a pixel of what its sender may not see.
"""

import json
import re
import socket
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image

from auth.identity import Identity
from image.pyramid import Pixels, make_pyramid_of_pixels
from lectern.catalogue import CanvasRow, Catalogue, ObjectRow
from lectern.home import Home
from lectern.settings import load_settings
from lectern.urls import canvas_path
from services.context import Context
from services.credentials import COOKIE
from tests.servers import free_port, running, settings_free_environment

BASE = "https://books.example.org"
VIEWER = "https://viewer.example.net"
WIDTH, HEIGHT = 700, 500
# The colour of each object's picture: what a pixel shows tells whose it is.
COLOURS = {"open": (0, 160, 0), "tiered": (160, 0, 0), "closed": (0, 0, 160), "hidden": (160, 0, 160)}
_POLICIES = """
[policies.tiered]
patterns = ["login"]
roles = ["reader"]
substitute = { max_scale = 0.2, tier = "small" }

[policies.closed]
patterns = ["login"]
roles = ["reader"]

[policies.hidden]
patterns = ["login"]
roles = ["reader"]
manifest = "hidden"
"""
_FREE = {"open-1": "open", "tiered-1~small": "tiered"}  # what everybody may see, by its one spelling
_MEMBERS = {"type", "title", "status", "detail"}


@dataclass(frozen=True)
class Answer:
    """One answer, read whole."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def is_picture(self) -> bool:
        """Return whether there are pixels in it."""
        return self.headers.get("content-type", "").startswith("image/")


@dataclass(frozen=True)
class Server:
    """Lectern on a port of this machine with one worker, and a reader who may see everything."""

    port: int
    cookie: str

    def say(self, request: bytes) -> list[Answer]:
        """Return all that the server answers to some bytes until it hangs up."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=60) as connection:
            connection.sendall(request)
            said = b"".join(iter(lambda: connection.recv(65536), b""))
        return list(answers_in(said, request.startswith(b"HEAD ")))

    def ask(self, target: str, method: str = "GET", **headers: str) -> Answer:
        """Return the answer to one request line; its characters are sent as the bytes they stand for."""
        lines = [f"{method} {target} HTTP/1.1", "Host: books.example.org", "Connection: close"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        (answer,) = self.say("\r\n".join([*lines, "", ""]).encode("latin-1", "replace"))
        return answer

    def ask_as_reader(self, target: str, method: str = "GET", **headers: str) -> Answer:
        """Return the answer to who may see everything."""
        return self.ask(target, method, Cookie=f"{COOKIE}={self.cookie}", **headers)


def answers_in(said: bytes, bodiless: bool) -> Iterator[Answer]:
    """Yield the answers that follow one another on a connection."""
    while said:
        head, _, said = said.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        match = re.fullmatch(r"HTTP/1\.[01] ([1-5][0-9]{2})(?: .*)?", first)
        assert match, first
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        status = int(match[1])
        length = 0 if bodiless or status in (204, 304) else int(headers.get("content-length", len(said)))
        assert len(said) >= length
        yield Answer(status, headers, said[:length])
        said = said[length:]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    home = Home(tmp_path_factory.mktemp("requests"))
    home.prepare()
    home.policies_file.write_text(_POLICIES)
    catalogue = Catalogue(home)
    for name, colour in COLOURS.items():
        row = ObjectRow(name, name, name, policy=name, pages=2)
        canvases = [CanvasRow(1, canvas_path(name, 1), WIDTH, HEIGHT, image=f"{name}.tif")]
        catalogue.publish(row, [*canvases, CanvasRow(2, canvas_path(name, 2), WIDTH, HEIGHT)])
        pixels = Pixels(bytes(colour) * (WIDTH * HEIGHT), WIDTH, HEIGHT, 3, WIDTH * 3)
        make_pyramid_of_pixels(pixels, home.images / f"{name}.tif")
    catalogue.close()
    context = Context(load_settings(home.path))
    cookie = context.sessions.sign_in(Identity("ann", ("reader",)), VIEWER)
    context.state.close()
    port = free_port()
    environment = settings_free_environment(
        LECTERN_HOME=str(home.path),
        PORT=str(port),
        LECTERN_WORKERS="1",
        LECTERN_PUBLIC_URL=BASE,
        LECTERN_TILES_PER_SECOND="100000",
        LECTERN_MAX_PIXELS="1000000",
    )
    command = [sys.executable, "-m", "services.cli", "up"]
    with running(command, environment, f"http://127.0.0.1:{port}/readyz"):
        yield Server(port, cookie)


def whose(answer: Answer) -> str:
    """Return the object that a picture is of, by its colour."""
    picture = Image.open(BytesIO(answer.body)).convert("RGB").resize((1, 1))
    seen = picture.getpixel((0, 0))
    assert isinstance(seen, tuple)
    return min(COLOURS, key=lambda name: sum(abs(a - b) for a, b in zip(COLOURS[name], seen, strict=True)))


def well_formed(answer: Answer) -> None:
    """Assert what holds of every answer: no fault, and an error in the one shape that says nothing of this machine."""
    assert answer.status < 500, answer.body
    assert b"Traceback" not in answer.body
    if answer.status < 400 or not answer.body:
        return
    assert answer.headers["content-type"] == "application/problem+json", answer
    found = json.loads(answer.body)
    assert found.keys() >= _MEMBERS
    assert found["status"] == answer.status
    assert b".tif" not in answer.body
    assert b"/tmp" not in answer.body
    assert "etag" not in answer.headers
    assert answer.headers["cache-control"] == "no-store"


# Request lines put together at random

_IDS = ["open-1", "tiered-1", "tiered-1~small", "closed-1", "hidden-1", "open-2", "nothing-1"]
_NOISE = [
    *("../", "..%2F", "%2F", "%252F", "%2e%2e", "%00", "%0d%0a", "%zz", "%", "%c0%ae", "\x00", "\x7f", "\xff", "é"),
    *("/", "//", ";1:2", ";2", "~", "~small", "~~" + "a" * 111, "?", "#", "+", " ", "\t", "\\", "\u00a0", "@", "*"),
    *("info.json", ".jpg", "open-1", "closed-1", "full", "-1", "99999999999999999999", "1e9", "-0", "NaN", "inf"),
]
_REGIONS = ["full", "square", "0,0,9,9", "pct:0,0,50,50", "-1,-1,9,9", "0,0,0,0", "9999999999,0,1,1", "0,0,1e9,1", ",,,"]
_SIZES = ["max", "full", "^max", "9,", ",9", "9,9", "!9,9", "^9000000,9000000", "pct:9", "pct:0", "-9,", "0,0", "^,"]
_ROTATIONS = ["0", "90", "!0", "37.5", "360", "361", "-1", "1e2", "00000000000", "!", ""]
_FORMATS = ["default.jpg", "gray.png", "color.webp", "native.jpg", "default.gif", "default", ".jpg", "default.jpg.jpg"]


def _mostly(values: list[str]) -> st.SearchStrategy[str]:
    """Return one of the values, now and then with noise before, in or after it."""
    noisy = st.tuples(st.sampled_from(values), st.sampled_from(_NOISE), st.integers(0, 20)).map(
        lambda drawn: drawn[0][: drawn[2]] + drawn[1] + drawn[0][drawn[2] :]
    )
    return st.one_of(st.sampled_from(values), st.sampled_from(values), noisy)


_TARGETS = st.one_of(
    st.tuples(
        st.sampled_from(["/iiif/2/", "/iiif/3/", "/iiif/3/", "/iiif/1/", "/iiif//3/", "/IIIF/3/", "/iiif/03/"]),
        _mostly(_IDS),
        st.just("/"),
        _mostly(_REGIONS),
        st.just("/"),
        _mostly(_SIZES),
        st.just("/"),
        _mostly(_ROTATIONS),
        st.just("/"),
        _mostly(_FORMATS),
    ).map("".join),
    st.tuples(st.sampled_from(["/iiif/2/", "/iiif/3/"]), _mostly(_IDS), _mostly(["", "/", "/info.json"])).map("".join),
    st.lists(st.sampled_from(["/iiif", "/2", "/3", *_IDS, *_NOISE, *_REGIONS, *_SIZES]), max_size=9).map(
        lambda pieces: "/" + "/".join(pieces)
    ),
)
_HEADERS = st.dictionaries(
    st.sampled_from(["Range", "If_None_Match", "If_Modified_Since", "Accept", "Cookie", "Authorization", "X_Original_URI"]),
    st.sampled_from(
        [
            *("bytes=0-9", "bytes=-1", "bytes=0-1,5-9", "bytes=99999999999999999999-", "*", '"x"', 'W/"', "\xff", ""),
            *("Thu, 01 Jan 1970 00:00:00 GMT", "text/html", "image/webp;q=-1", f"{COOKIE}=x", "Bearer x", "/iiif/2/open-1"),
        ]
    ),
    max_size=3,
)


@settings(max_examples=700, deadline=None)
@given(_TARGETS, st.sampled_from(["GET", "GET", "HEAD", "OPTIONS", "POST", "PUT", "DELETE", "PROPFIND"]), _HEADERS)
@example("/iiif/3/open-1/full/max/0/default.jpg", "GET", {"If_None_Match": 'W/"'})
@example("/iiif/3/open-1\x00/full/max/0/default.jpg", "GET", {})
@example("/iiif/3/open-1/full/max/0/default.jpg#x", "GET", {})
def test_th_58_th_59_th_105_any_request_line_is_answered_in_the_one_shape_and_shows_only_what_is_free(
    server: Server, target: str, method: str, headers: dict[str, str]
):
    request = f"{method} {target} HTTP/1.1\r\nHost: books.example.org\r\nConnection: close\r\n"
    request += "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    answers = server.say(f"{request}\r\n".encode("latin-1", "replace"))
    assert len(answers) == 1
    for answer in answers:
        well_formed(answer)
        if answer.is_picture and answer.status == 200 and method == "GET":
            assert whose(answer) in _FREE.values()
            named = {name for name in _FREE if f"/{name}/" in target or f"/{name}" in target.replace("%2D", "-")}
            assert whose(answer) in {_FREE[name] for name in named}
        if method not in ("GET", "HEAD"):
            assert not answer.is_picture
            assert not answer.body.startswith((b"\xff\xd8", b"\x89PNG", b"RIFF"))
