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
from tests.servers import Program, free_port, running, settings_free_environment

BASE = "https://books.example.org"
VIEWER = "https://viewer.example.net"
WIDTH, HEIGHT = 700, 500
# The colour of each object's picture tells whose a pixel is: bright are those of which something is free.
COLOURS = {"open": (120, 255, 120), "tiered": (255, 150, 150), "closed": (0, 0, 120), "hidden": (90, 0, 40)}
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
_MAGIC = (b"\xff\xd8", b"\x89PNG", b"RIFF")
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
    program: Program

    def log(self) -> str:
        """Return what the server has written so far."""
        return self.program.log()

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
        bare = status in (204, 304) or (bodiless and not said)  # a line that nobody could read has no method
        length = 0 if bare else int(headers.get("content-length", len(said)))
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
        pixels = Pixels(bytes(colour[::-1]) * (WIDTH * HEIGHT), WIDTH, HEIGHT, 3, WIDTH * 3)
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
    with running(command, environment, f"http://127.0.0.1:{port}/readyz") as program:
        yield Server(port, cookie, program)


def whose(answer: Answer) -> set[str]:
    """Return the objects that a picture may be of, by the colour in its middle; without colours by its brightness."""
    picture = Image.open(BytesIO(answer.body)).convert("RGB")
    seen = picture.getpixel((picture.width // 2, picture.height // 2))
    assert isinstance(seen, tuple)
    if max(seen) - min(seen) < 10:
        return {name for name, colour in COLOURS.items() if (max(colour) > 128) == (seen[0] >= 128)}
    return {min(COLOURS, key=lambda name: sum(abs(a - b) for a, b in zip(COLOURS[name], seen, strict=True)))}


def well_formed(answer: Answer, *, for_a_person: bool = False) -> None:
    """Assert what holds of every answer: no fault, and an error in the one shape that says nothing of this machine.

    Auth 1 has info.json answered whole with 401, and who prefers HTML gets a page.
    """
    assert answer.status < 500, answer.body
    assert b"Traceback" not in answer.body
    if answer.status < 400 or not answer.body:
        return
    assert b".tif" not in answer.body
    assert b"/tmp" not in answer.body
    assert not answer.body.startswith(_MAGIC)
    kind = answer.headers["content-type"]
    if for_a_person and kind.startswith("text/html"):
        return
    found = json.loads(answer.body)
    if answer.status == 401 and "protocol" in found:
        assert answer.headers["cache-control"] == "private, no-store"
        return
    assert kind == "application/problem+json"
    assert found.keys() >= _MEMBERS
    assert found["status"] == answer.status
    assert "etag" not in answer.headers
    assert "no-store" in answer.headers["cache-control"]


# Request lines put together at random

_IDS = ["open-1", "tiered-1", "tiered-1~small", "closed-1", "hidden-1", "open-2", "nothing-1"]
_NOISE = [
    *("../", "..%2F", "%2F", "%252F", "%2e%2e", "%00", "%0d%0a", "%zz", "%", "%c0%ae", "\x00", "\x7f", "\xff", "é"),
    *("/", "//", ";1:2", ";2", "~", "~small", "~~" + "a" * 111, "?", "#", "+", " ", "\t", "\\", "\u00a0", "@", "*"),
    *("info.json", ".jpg", "open-1", "closed-1", "full", "-1", "99999999999999999999", "1e9", "-0", "NaN", "inf"),
]
_REGIONS = [
    "full",
    "square",
    "0,0,9,9",
    "pct:0,0,50,50",
    "-1,-1,9,9",
    "0,0,0,0",
    "9999999999,0,1,1",
    "0,0,1e9,1",
    ",,,",
]
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
    st.sampled_from(
        ["Range", "If_None_Match", "If_Modified_Since", "Accept", "Cookie", "Authorization", "X_Original_URI"]
    ),
    st.sampled_from(
        [
            *("bytes=0-9", "bytes=-1", "bytes=0-1,5-9", "bytes=99999999999999999999-", "*", '"x"', 'W/"', "\xff", ""),
            *(
                "Thu, 01 Jan 1970 00:00:00 GMT",
                "text/html",
                "image/webp;q=-1",
                f"{COOKIE}=x",
                "Bearer x",
                "/iiif/2/open-1",
            ),
        ]
    ),
    max_size=3,
)


@settings(max_examples=400, deadline=None)
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
        well_formed(answer, for_a_person=headers.get("Accept") == "text/html")
        if method == "GET" and answer.is_picture and answer.status == 200:
            assert whose(answer) & {_FREE[name] for name in _FREE if f"/{name}/" in target}
        else:
            assert not answer.body.startswith(_MAGIC)


# The list of bad input, one by one


def tile(image: str, version: int = 3) -> str:
    return f"/iiif/{version}/{image}/0,0,64,64/64,64/0/default.jpg"


@pytest.mark.parametrize("version", [2, 3])
@pytest.mark.parametrize(
    "image",
    [
        *(
            "../closed-1",
            "open-1/../closed-1",
            "open-1%2F..%2Fclosed-1",
            "open-1%252F..%252Fclosed-1",
            "%2e%2e/closed-1",
        ),
        *("closed-1%00", "closed-1%00.jpg", "open-1%00closed-1", "closed-1%0a", "closed-1%0d%0aX:y", "closed-1%20"),
        *(
            "closed-1;1:2",
            "closed-1;2",
            "closed-1.jpg",
            "closed%252D1",
            "CLOSED-1",
            "closed-01",
            "closed-1~",
            "closed-1~full",
        ),
        *(
            "closed-1~small",
            "%c0%ae%c0%ae/closed-1",
            "closed-1%e2%80%8b",
            "closed-1+",
            "/closed-1",
            "closed-1/",
            "closed.tif",
        ),
        *("closed-99999999999999999999", "closed--1", "closed-2", f"{'a' * 5000}-1", "open-1%2f", "%", "closed-1%"),
    ],
)
def test_th_58_no_other_spelling_of_an_image_shows_it_even_to_who_may_see_it(server: Server, version: int, image: str):
    for answer in (server.ask(tile(image, version)), server.ask_as_reader(tile(image, version))):
        well_formed(answer)
        assert answer.status in (400, 404)


@pytest.mark.parametrize("name", ["open", "closed", "tiered", "hidden"])
def test_th_58_the_one_name_in_any_encoding_has_the_one_verdict(server: Server, name: str):
    plain = server.ask(tile(f"{name}-1"))
    for spelt in (
        f"{name}%2D1",
        "".join(f"%{ord(letter):02x}" for letter in f"{name}-1"),
        f"%{ord(name[0]):02X}{name[1:]}-1",
    ):
        found = server.ask(tile(spelt))
        assert (found.status, found.body) == (plain.status, plain.body)
        seen = server.ask_as_reader(tile(spelt))
        assert seen.status == 200
        assert name in whose(seen)


_NUMBERS = ["-1", "1e9", "0x10", "9" * 10, "9" * 11, "9" * 400, "NaN", "1.5", "+1", "٣", "\u00b2", "1_000", " 1", ""]


@pytest.mark.parametrize("number", _NUMBERS)
def test_th_62_th_105_numbers_that_are_none_or_too_large_are_refused_or_cut(server: Server, number: str):
    sent = number.encode().decode("latin-1")
    for image in ("open-1", "tiered-1~small"):
        for parts in (
            f"{sent},0,9,9/max/0",
            f"0,0,{sent},9/max/0",
            f"0,0,9,9/{sent},/0",
            f"full/^{sent},{sent}/0",
            f"full/pct:{sent}/0",
            f"pct:0,0,{sent},50/max/0",
            f"full/max/{sent}",
            f"full/!{sent},{sent}/0",
        ):
            answer = server.ask(f"/iiif/3/{image}/{parts}/default.jpg".replace(" ", "%20"))
            well_formed(answer)
            assert answer.status in (200, 400, 404)
            if answer.status == 200:
                width, height = Image.open(BytesIO(answer.body)).size
                assert width * height <= 1_000_000


@pytest.mark.parametrize("version", [2, 3])
def test_th_105_ten_thousand_letters_of_parameters_are_refused(server: Server, version: int):
    long = "1" * 10_000
    for target, wanted in (
        (f"/iiif/{version}/open-1/{long},0,9,9/max/0/default.jpg", {400, 414, 431}),
        (f"/iiif/{version}/open-1/full/{long},/0/default.jpg", {400, 414, 431}),
        (f"/iiif/{version}/open-1/full/max/{long}/default.jpg", {400, 414, 431}),
        (f"/iiif/{version}/open-1/full/max/0/{long}.jpg", {400, 414, 431}),
        (f"/iiif/{version}/{long}-1/full/max/0/default.jpg", {404, 414, 431}),
        (f"{tile('open-1', version)}?{long}", {200, 414, 431}),
    ):
        answer = server.ask(target)
        well_formed(answer)
        assert answer.status in wanted


@pytest.mark.parametrize(
    "lines",
    [
        *("GET {}\x00 HTTP/1.1", "GET {} HTTP/9.9", "GET {}", "GET {} {} HTTP/1.1", "G\x01T {} HTTP/1.1"),
        *("GET {} HTTP/1.1\r\nA B: {}", "GET {} HTTP/1.1\r\nA: b\r\n {}"),
        "GET {} HTTP/1.1\r\nExpect: {}",
    ],
)
def test_th_77_th_103_what_is_no_request_is_refused_in_the_one_shape_without_a_word_of_it(server: Server, lines: str):
    secret = "closed-1~~" + "q7" * 55 + "q"
    (answer,) = server.say(f"{lines.replace('{}', secret)}\r\nHost: x\r\n\r\n".encode("latin-1"))
    assert answer.status in (400, 417, 501)
    assert answer.headers["content-type"] == "application/problem+json"
    assert json.loads(answer.body)["status"] == answer.status
    assert b"q7q7" not in answer.body
    assert "q7q7" not in server.log()


# Methods, ranges and conditions


@pytest.mark.parametrize("image", ["closed-1", "tiered-1", "hidden-1", "nothing-1"])
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Range": "bytes=0-99"},
        {"Range": "bytes=-9,0-1"},
        {"If_None_Match": "*"},
        {"If_Modified_Since": "Fri, 01 Jan 2100 00:00:00 GMT"},
        {"If_Match": "*"},
        {"If_Range": "x", "Range": "bytes=0-"},
        {"Accept": "image/jpeg"},
        {"X_HTTP_Method_Override": "OPTIONS"},
        {"X_Original_URI": "/iiif/3/open-1/full/max/0/default.jpg", "X_Lectern_Tier": "full"},
        {"X_Forwarded_For": "127.0.0.1"},
    ],
)
def test_th_65_no_method_and_no_header_changes_the_no(server: Server, image: str, headers: dict[str, str]):
    expected = 401 if image in ("closed-1", "tiered-1") else 404
    for method in ("GET", "HEAD"):
        answer = server.ask(tile(image), method, **headers)
        well_formed(answer)
        assert answer.status == expected
        assert not {"etag", "last-modified", "content-range", "link"} & answer.headers.keys()


@pytest.mark.parametrize("image", ["open-1", "closed-1", "nothing-1"])
def test_th_65_options_tells_of_the_methods_alone(server: Server, image: str):
    answer = server.ask(
        tile(image), "OPTIONS", Origin="https://x.example", Access_Control_Request_Headers="authorization"
    )
    assert answer.status in (200, 204)
    assert answer.body == b""
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "etag" not in answer.headers


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "PROPFIND", "TRACE", "get", "BREW"])
@pytest.mark.parametrize("image", ["open-1", "closed-1", "nothing-1"])
def test_th_65_other_methods_are_refused_in_the_one_shape(server: Server, image: str, method: str):
    answer = server.ask_as_reader(tile(image), method)
    well_formed(answer)
    assert answer.status in (400, 405)
    assert answer.status == 400 or answer.headers["allow"] == "GET, HEAD, OPTIONS"


def test_th_65_requests_that_follow_one_another_have_each_its_own_verdict(server: Server):
    cookie = f"Cookie: {COOKIE}={server.cookie}\r\n"
    asked = [
        ("closed-1", cookie),
        ("closed-1", ""),
        ("open-1", ""),
        ("hidden-1", ""),
        ("hidden-1", cookie),
        ("closed-1", ""),
    ]
    lines = [f"GET {tile(image)} HTTP/1.1\r\nHost: x\r\n{shown}\r\n" for image, shown in asked]
    lines.append("GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    answers = server.say("".join(lines).encode())
    assert [answer.status for answer in answers] == [200, 401, 200, 404, 200, 401, 200]
    assert ["closed" in whose(answers[0]), "open" in whose(answers[2]), "hidden" in whose(answers[4])] == [True] * 3


def test_th_65_http_1_0_without_a_host_is_judged_the_same(server: Server):
    for image, status in (("open-1", 200), ("closed-1", 401), ("nothing-1", 404)):
        (answer,) = server.say(f"GET {tile(image)} HTTP/1.0\r\n\r\n".encode())
        assert answer.status == status
        well_formed(answer)


@pytest.mark.parametrize(
    "target",
    [
        *(
            "/iiif/",
            "/iiif/2",
            "/iiif/3/",
            "/iiif/1/open-1/full/full/0/native.jpg",
            "/iiif/open-1/full/max/0/default.jpg",
        ),
        *(
            "/images/closed.tif",
            "/closed.tif",
            "/file/closed-1",
            "/static/../images/closed.tif",
            "/iiif/3/closed-1.tif",
        ),
        *(
            "/iiif/3/closed-1/full/max/0/default.tif",
            "/iiif/3/closed-1/original",
            "/iiif/2/closed-1/full/full/0/native.jpg",
        ),
        *("/home/images/closed.tif", "/catalogue.db", "/keys", "//etc/passwd", "/iiif/3/../../images/closed.tif"),
    ],
)
def test_th_68_there_is_no_other_way_to_a_picture(server: Server, target: str):
    answer = server.ask(target)
    well_formed(answer)
    assert answer.status in (400, 401, 404)
