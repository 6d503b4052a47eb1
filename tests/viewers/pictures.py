"""The pictures of README and docs, of the sample shelf in the browser that the tests drive: `make pictures`."""

import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from playwright.sync_api import Page, expect, sync_playwright

from tests.chromium import FLAGS, PROGRAM
from tests.conftest import ROOT
from tests.servers import free_port, running, settings_free_environment

FOLDER = ROOT / "docs" / "pictures"
LARGEST = 250_000  # bytes of one picture
_QUALITIES = (85, 75, 60)
_START_SECONDS, _PATIENCE_MS = 300, 90_000
_WORD = "lantern"


@dataclass(frozen=True)
class Picture:
    """A picture's file name, the path on the shelf that it shows, and what has to be seen before it is taken."""

    name: str
    path: str
    ready: Callable[[Page], None]
    scheme: Literal["light", "dark"] = "light"
    width: int = 1280
    height: int = 800


def _mirador(page: Page) -> None:
    expect(page.locator('aside[aria-label="Search"]')).to_contain_text(re.compile(r"\d+ of \d+"))
    expect(page.locator(".openseadragon-canvas > div > canvas").first).to_be_attached()


def _universal_viewer(page: Page) -> None:
    expect(page.locator(".openseadragon-canvas .annotationRect.current")).not_to_have_count(0)


def _hits(page: Page) -> None:
    expect(page.locator("#viewer .hit.current").first).to_be_visible()
    expect(page.locator("#found li").first).to_be_visible()


def _sign_in(page: Page) -> None:
    expect(page.locator("#access").get_by_role("button").first).to_be_visible()


def _books(page: Page) -> None:
    expect(page.locator(".book").first).to_be_visible()


def _groups(page: Page) -> None:
    expect(page.locator(".groups .group").first).to_be_visible()


_READ = f"/objects/almanac/read?q={_WORD}"
PICTURES = (
    Picture("mirador.jpg", f"/objects/almanac?viewer=mirador&q={_WORD}", _mirador),
    Picture("universal-viewer.jpg", f"/objects/almanac?viewer=uv&q={_WORD}", _universal_viewer),
    Picture("reader.jpg", _READ, _hits),
    Picture("reader-dark.jpg", _READ, _hits, scheme="dark"),
    Picture("sign-in.jpg", "/objects/letters/read", _sign_in),
    Picture("shelf.jpg", "/", _books),
    Picture("search.jpg", f"/?q={_WORD}", _groups),
    Picture("narrow.jpg", _READ, _hits, width=400, height=800),
)


@contextmanager
def shelf(home: Path) -> Iterator[str]:
    """Serve the sample shelf as `lectern demo` does; gives its address."""
    port = free_port()
    environment = settings_free_environment(PORT=str(port), LECTERN_HOME=str(home), LECTERN_WORKERS="2")
    command = [sys.executable, "-m", "services.cli", "demo"]
    with running(command, environment, f"http://127.0.0.1:{port}/readyz", seconds=_START_SECONDS):
        yield f"http://localhost:{port}"


def take(page: Page, base: str, picture: Picture) -> bytes:
    """Return a picture as JPEG, in the best quality that keeps it small enough; raises ValueError if none does."""
    page.set_viewport_size({"width": picture.width, "height": picture.height})
    page.emulate_media(color_scheme=picture.scheme, reduced_motion="reduce")
    page.goto(base + picture.path)
    picture.ready(page)
    page.wait_for_load_state("networkidle")
    # Tiles fade in, and a viewer flies to its hit: the picture is taken once two in a row are the same.
    before, shot = b"", page.screenshot(type="png")
    while shot != before:
        page.wait_for_timeout(300)
        before, shot = shot, page.screenshot(type="png")
    for quality in _QUALITIES:
        made = page.screenshot(type="jpeg", quality=quality)
        if len(made) <= LARGEST:
            return made
    raise ValueError(f"{picture.name} is larger than {LARGEST} bytes")


def main(*names: str) -> None:
    """Write all pictures, or those named, into docs/pictures."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, shelf(Path(folder) / "home") as base, sync_playwright() as playwright:
        expect.set_options(timeout=_PATIENCE_MS)
        browser = playwright.chromium.launch(executable_path=PROGRAM, args=FLAGS)
        for picture in PICTURES:
            if names and picture.name not in names:
                continue
            page = browser.new_page()
            page.set_default_timeout(_PATIENCE_MS)
            (FOLDER / picture.name).write_bytes(take(page, base, picture))
            print(picture.name)
            page.close()
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
