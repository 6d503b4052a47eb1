"""Pictures that other servers serve, at level 0, 1 and 2, in our portal's viewers and in our reader, with our search.

Each page has one word, and a coloured frame around it is part of its picture: the light of a hit has to lie amid it.
"""

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
import pyvips
from playwright.sync_api import Error, Page, Response

from tests.browser.pictures import Extent, annotated_extent, coloured_extent
from tests.iipsrv import plain_iipsrv
from tests.ingest.files import alto
from tests.servers import free_port, running, serving, settings_free_environment

pytestmark = [pytest.mark.browser, pytest.mark.nginx]

_WIDTH, _HEIGHT = 1600, 2000
_PLACES = {"lantern": (300, 400), "harbour": (800, 1000), "almanac": (500, 1500)}  # one word to a page, and where
_COLOURS = {"lantern": (230, 0, 230), "harbour": (0, 170, 0), "almanac": (210, 0, 0)}  # of its frame
_WORD = (300, 60)
_FRAME, _GAP = 60, 40
_COLOUR_SLACK = 60  # of JPEG and scaling
_LEVEL_1_SIZE = re.compile(r"full|\d+,|,\d+|pct:[\d.]+")
_PATIENCE_SECONDS = 90
_STEP_MS = 200
_SLACK = 6  # screen pixels


class _Open(SimpleHTTPRequestHandler):
    """Answers any origin, as an image server has to."""

    def end_headers(self) -> None:
        self.send_header("Access-Control-Allow-Origin", "*")
        super().end_headers()

    def log_message(self, *_: object) -> None:
        pass

    def tell(self, status: int, body: bytes = b"", content_type: str = "text/plain") -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class _Level1(_Open):
    """iipsrv as a server of level 1: says so, and answers only what Image API 2.1 has at that level."""

    def __init__(self, behind: str, *given: Any) -> None:
        self._behind = behind
        super().__init__(*given)

    def do_GET(self) -> None:
        name, _, rest = self.path.removeprefix("/").partition("/")
        if rest == "info.json":
            self.tell(200, json.dumps(level_1(self._behind, f"http://{self.headers['Host']}", name)).encode(),
                      "application/json")  # fmt: skip
            return
        size = rest.split("/")[1:2]
        if not size or not _LEVEL_1_SIZE.fullmatch(size[0]):
            self.tell(501)
            return
        with urlopen(f"{self._behind}/{name}/{rest}", timeout=60) as answer:
            self.tell(200, answer.read(), "image/jpeg")


def level_1(behind: str, base: str, name: str) -> dict[str, Any]:
    """Return what iipsrv says of a picture in the words of a level 1 server of Image API 2.1."""
    with urlopen(f"{behind}/{name}/info.json", timeout=60) as answer:
        told = json.load(answer)
    return {
        "@context": "http://iiif.io/api/image/2/context.json",
        "@id": f"{base}/{name}",
        "protocol": "http://iiif.io/api/image",
        "width": told["width"],
        "height": told["height"],
        "tiles": told["tiles"],
        "profile": ["http://iiif.io/api/image/2/level1.json"],
    }


@contextmanager
def _server(handler: Callable[..., SimpleHTTPRequestHandler]) -> Iterator[str]:
    with serving(handler) as server:
        yield f"http://127.0.0.1:{server.server_port}"


def _draw(path: Path, at: tuple[int, int], colour: tuple[int, int, int]) -> None:
    left, top = at[0] - _GAP - _FRAME, at[1] - _GAP - _FRAME
    width, height = (side + 2 * (_GAP + _FRAME) for side in _WORD)
    white = [255, 255, 255]
    sheet: Any = (pyvips.Image.black(_WIDTH, _HEIGHT, bands=3) + white).cast("uchar").copy(interpretation="srgb")
    sheet = sheet.draw_rect(list(colour), left, top, width, height, fill=True)
    inside = (left + _FRAME, top + _FRAME, width - 2 * _FRAME, height - 2 * _FRAME)
    sheet = sheet.draw_rect(white, *inside, fill=True)
    sheet.tiffsave(str(path), tile=True, pyramid=True, compression="jpeg", Q=95, tile_width=256, tile_height=256)


def _text(word: str, at: tuple[int, int]) -> bytes:
    box = f'HPOS="{at[0]}" VPOS="{at[1]}" WIDTH="{_WORD[0]}" HEIGHT="{_WORD[1]}"'
    line = f'<TextLine {box}><String CONTENT="{word}" {box}/></TextLine>'
    return alto(f"<TextBlock {box}>{line}</TextBlock>", page=f'WIDTH="{_WIDTH}" HEIGHT="{_HEIGHT}"')


def _painting(base: str, n: int, service: dict[str, Any]) -> dict[str, Any]:
    address = service.get("id") or service["@id"]
    whole = "max" if "id" in service else "full"
    body: dict[str, Any] = {"id": f"{address}/full/{whole}/0/default.jpg", "type": "Image", "format": "image/jpeg"}
    body |= {"width": _WIDTH, "height": _HEIGHT, "service": [service]}
    canvas = f"{base}/canvas/{n}"
    painting = {"id": f"{canvas}/a", "type": "Annotation", "motivation": "painting", "body": body, "target": canvas}
    page = {"id": f"{canvas}/p", "type": "AnnotationPage", "items": [painting]}
    return {"id": canvas, "type": "Canvas", "width": _WIDTH, "height": _HEIGHT, "items": [page]} | {
        "label": {"none": [str(n)]}
    }


@dataclass(frozen=True)
class Shelf:
    """A Lectern with one book, none of whose pictures it has; the image servers' addresses, by level."""

    url: str
    servers: tuple[str, str, str]


def _command(home: Path, *asked: str | Path) -> None:
    command = [sys.executable, "-m", "services.cli", *map(str, asked)]
    subprocess.run(command, env=settings_free_environment(LECTERN_HOME=str(home)), check=True, timeout=300)


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shelf]:
    folder = tmp_path_factory.mktemp("borrowed")
    for name in ("images", "first", "text", "web"):
        (folder / name).mkdir()
    for n, (word, at) in enumerate(_PLACES.items(), 1):
        _draw(folder / "images" / f"{n}.tif", at, _COLOURS[word])
        (folder / "text" / f"{n}.xml").write_bytes(_text(word, at))
    (folder / "first" / "1.tif").write_bytes((folder / "images" / "1.tif").read_bytes())
    with ExitStack() as stack:
        level2 = f"{stack.enter_context(plain_iipsrv(folder / 'images', folder / 'iipsrv')).url}/iiif"
        level1 = stack.enter_context(_server(partial(_Level1, level2)))
        level0 = stack.enter_context(_server(partial(_Open, directory=str(folder / "web"))))
        _command(folder / "theirs", "ingest", folder / "first", "--object", "first")
        _command(folder / "theirs", "tiles", "first", folder / "web" / "first", "--base", f"{level0}/first")
        services = [
            {"id": f"{level0}/first/images/1", "type": "ImageService3", "profile": "level0"},
            {"@id": f"{level1}/2.tif", "@type": "ImageService2", "profile": "http://iiif.io/api/image/2/level1.json"},
            {"@id": f"{level2}/3.tif", "@type": "ImageService2", "profile": "http://iiif.io/api/image/2/level2.json"},
        ]
        manifest: dict[str, Any] = {
            "@context": "http://iiif.io/api/presentation/3/context.json",
            "id": f"{level0}/manifest.json",
        }
        manifest |= {"type": "Manifest", "label": {"en": ["Three servers"]}}
        items = [_painting(level0, n, service) for n, service in enumerate(services, 1)]
        (folder / "web" / "manifest.json").write_text(json.dumps(manifest | {"items": items}))
        asked = ("--object", "borrowed", "--manifest", f"{level0}/manifest.json", "--allow-private")
        _command(folder / "ours", "ingest", folder / "text", *asked)
        port = free_port()
        environment = settings_free_environment(
            PORT=str(port), LECTERN_HOME=str(folder / "ours"), LECTERN_PUBLIC_URL=f"http://localhost:{port}"
        )
        ready = f"http://127.0.0.1:{port}/readyz"
        with running([sys.executable, "-m", "services.cli", "up"], environment, ready, seconds=120):
            yield Shelf(f"http://localhost:{port}", (level0, level1, level2))


@pytest.fixture
def pictures(page: Page) -> list[str]:
    """Return the addresses of the pictures that the page was given, as they come; the page waits with patience."""
    given: list[str] = []
    page.set_default_timeout(_PATIENCE_SECONDS * 1000)
    page.on("response", lambda answer: given.append(answer.url) if _is_picture(answer) else None)
    return given


def _is_picture(answer: Response) -> bool:
    return answer.ok and answer.headers.get("content-type", "").startswith("image/jp")


def _wait_amid(page: Page, word: str, light: Callable[[], Extent | None]) -> None:
    """Wait until the light of the one hit lies amid the frame that the picture has around the word."""
    darkest, lightest = (
        tuple(min(255, max(0, value + slack)) for value in _COLOURS[word]) for slack in (-_COLOUR_SLACK, _COLOUR_SLACK)
    )
    seen: tuple[Extent | None, Extent | None] = (None, None)
    for _ in range(_PATIENCE_SECONDS * 1000 // _STEP_MS):
        try:
            seen = light(), coloured_extent(page, darkest, lightest)
        except (AssertionError, Error):  # not drawn yet
            seen = None, None
        if _is_amid(*seen):
            return
        page.wait_for_timeout(_STEP_MS)
    pytest.fail(f"the light is not amid the frame: {seen}")


def _is_amid(light: Extent | None, frame: Extent | None) -> bool:
    if light is None or frame is None:
        return False
    apart = [abs(light[n] + light[n + 2] - frame[n] - frame[n + 2]) / 2 for n in (0, 1)]
    scale = (frame[2] - frame[0]) / (_WORD[0] + 2 * (_GAP + _FRAME))
    wide = abs(light[2] - light[0] - scale * _WORD[0])
    return max(apart) < _SLACK and wide < 2 * _SLACK


def _element(page: Page, selector: str) -> Extent | None:
    """Return where an element is, from the corner of the viewer's canvas."""
    stage, found = page.locator(".openseadragon-canvas").first.bounding_box(), page.locator(selector).first
    box = found.bounding_box() if found.count() else None
    if stage is None or box is None:
        return None
    left, top = box["x"] - stage["x"], box["y"] - stage["y"]
    return left, top, left + box["width"], top + box["height"]


def _assert_pictures_are_theirs(shelf: Shelf, pictures: list[str]) -> None:
    assert not [url for url in pictures if url.startswith(shelf.url)]
    for server in shelf.servers:
        assert [url for url in pictures if url.startswith(f"{server}/")], server


def test_mirador_shows_pictures_of_three_servers_and_lights_hits_on_them(shelf: Shelf, page: Page, pictures: list[str]):
    for word in _PLACES:  # it turns to the page of the first search's hit only
        page.goto(f"{shelf.url}/objects/borrowed?viewer=mirador")
        box, tab = page.locator('input[id^="search-"]'), page.locator('button[role=tab][aria-label="Search"]')
        box.or_(tab).first.wait_for()
        if not box.is_visible():
            tab.click()
        box.fill(word)
        box.press("Enter")
        page.locator('aside[aria-label="Search"] ul').filter(has_text=word).first.wait_for()
        _wait_amid(page, word, partial(annotated_extent, page))
    _assert_pictures_are_theirs(shelf, pictures)


def test_universal_viewer_shows_pictures_of_three_servers_and_lights_hits_on_them(
    shelf: Shelf, page: Page, pictures: list[str]
):
    for word in _PLACES:
        page.goto(f"{shelf.url}/objects/borrowed?viewer=uv")
        box = page.locator("#searchWithinInput")
        box.wait_for()
        box.fill(word)
        box.press("Enter")
        info = page.locator(".searchResultsInfo .info")
        info.filter(has_text=re.compile(f"1 result found for .{word}")).first.wait_for()
        lit = page.locator(".openseadragon-canvas .annotationRect")
        if not lit.count():
            page.locator(".nextResult").first.click()
        _wait_amid(page, word, partial(_element, page, ".openseadragon-canvas .annotationRect"))
    _assert_pictures_are_theirs(shelf, pictures)


def test_our_reader_shows_pictures_of_three_servers_and_lights_hits_on_them(
    shelf: Shelf, page: Page, pictures: list[str]
):
    page.goto(f"{shelf.url}/objects/borrowed/read")
    box = page.get_by_role("combobox", name="Search inside this book")
    for word in _PLACES:
        box.fill(word)
        box.press("Enter")
        page.locator("#found button").filter(has_text=word).first.wait_for()
        _wait_amid(page, word, partial(_element, page, ".hit.current"))
    _assert_pictures_are_theirs(shelf, pictures)
