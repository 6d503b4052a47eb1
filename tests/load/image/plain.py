"""Measure: the first and second look at a plain 80-megapixel JPEG that lies at a web server, beside a picture at home.

`python -m tests.load.image plain [--megapixels 80] [--runs 5]`. One process serves; verdict, log and metrics are on.
"""

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path

import requests

from image.engine import vips
from ingest.pipeline import Wishes, ingest_object
from ingest.progress import Silence
from lectern.catalogue import Catalogue
from lectern.home import Home
from lectern.settings import load_settings
from services.ingesting import Asked, ingest_path
from tests.ingest.web import Answer, serve
from tests.servers import free_port, running, settings_free_environment

_DETAIL, _PAPER = 12, 205
_TILES = 10  # deep ones that are asked for after the first answer


def page(path: Path, megapixels: float) -> tuple[int, int]:
    """Write a JPEG that costs what a scan costs: paper with grain, and lines of print all over."""
    width, height = round((megapixels * 1e6 / 1.4) ** 0.5), round((megapixels * 1e6 * 1.4) ** 0.5)
    grain = vips().Image.gaussnoise(width, height, mean=_PAPER, sigma=_DETAIL, seed=7)
    words = vips().Image.text("sic transit gloria mundi " * 60, width=1600, dpi=200)
    print_ = words.replicate(-(-width // words.width), -(-height // words.height)).crop(0, 0, width, height)
    grey = (grain - print_ * 0.7).cast("uchar")
    colours = grey.bandjoin([(grey * 0.96).cast("uchar"), (grey * 0.88).cast("uchar")])
    colours.copy(interpretation="srgb").jpegsave(str(path), Q=90)
    return width, height


def _timed(session: requests.Session, url: str) -> float:
    began = time.perf_counter()
    answer = session.get(url, timeout=120)
    answer.raise_for_status()
    return time.perf_counter() - began


def main() -> None:
    """Print the seconds of each look, and whether the aims are met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megapixels", type=float, default=80)
    parser.add_argument("--runs", type=int, default=5)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, serve() as web:
        here = Path(folder)
        (here / "book").mkdir()
        size = page(here / "book" / "p1.jpg", given.megapixels)
        data = (here / "book" / "p1.jpg").read_bytes()
        print(f"{size[0]} x {size[1]} pixels, {len(data) / 1e6:.0f} MB")
        (here / "home").mkdir()
        (here / "home" / "lectern.toml").write_text(f'[sources.web]\nkind = "http"\nbase = "{web.url("/")}"\n')
        _measure(here, web.pages, data, size, given.runs)


def _measure(
    here: Path, pages: dict[str, Answer | list[Answer]], data: bytes, size: tuple[int, int], runs: int
) -> None:
    home = here / "home"
    settings = load_settings(home)
    for run in range(runs):
        pages[f"/run{run}/p1.jpg"] = Answer(data, etag=f'"{run}"')
        (here / f"run{run}").mkdir()
        (here / f"run{run}" / "p1.hocr").write_text(_HOCR)
        ingest_path(settings, here / f"run{run}", Asked(pictures=f"web:run{run}/{{name}}.jpg"), Silence())
    catalogue = Catalogue(Home(home))
    ingest_object(Home(home), catalogue, here / "book", Wishes())
    catalogue.close()
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    environment = settings_free_environment(LECTERN_HOME=str(home), LECTERN_WORKERS="1", PYTHONPATH=str(Path.cwd()))
    command = [sys.executable, "-m", "services.cli", "up", "--port", str(port)]
    y = size[1] // 2 // 512 * 512
    first, second, native = [], [], []
    with running(command, environment, f"{base}/healthz"), requests.Session() as session:
        _timed(session, f"{base}/iiif/3/book-1/info.json")
        for run in range(runs):
            first.append(_timed(session, f"{base}/iiif/3/run{run}-1/full/!200,200/0/default.jpg"))
            for column in range(_TILES):
                deep = f"1/{column * 512},{y},512,512/512,512/0/default.jpg"
                second.append(_timed(session, f"{base}/iiif/3/run{run}-{deep}"))
                native.append(_timed(session, f"{base}/iiif/3/book-{deep}"))
    print(f"first answer {max(first):.2f} s at most, {statistics.median(first):.2f} s median (aim: within 3 s)")
    print(f"after it, a deep tile {statistics.median(second) * 1e3:.1f} ms median")
    print(f"the same of a picture at home {statistics.median(native) * 1e3:.1f} ms median")


_HOCR = (
    '<html xmlns="http://www.w3.org/1999/xhtml"><body><div class="ocr_page" title="bbox 0 0 1000 1400">'
    '<span class="ocr_line" title="bbox 50 100 200 120"><span class="ocrx_word" title="bbox 50 100 200 120">word</span>'
    "</span></div></body></html>"
)

if __name__ == "__main__":
    main()
