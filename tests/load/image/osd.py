"""What one reader's zoom into a page costs, ours and iipsrv: the requests of OpenSeadragon, as a browser makes them.

    python -m tests.load.image osd [--pages 30] [--record]

`osd.txt` holds what OpenSeadragon asked for in headless Chromium (window 1400 x 900, our info.json): the page whole, a
zoom to full depth in steps of two, and four moves there; `--record` writes it anew. It is replayed for page after page
over six connections as browsers have them, in turns at both servers, so that no server has seen the page before.
"""

import argparse
import http.client
import queue
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

from playwright.sync_api import Page, Request, sync_playwright

from tests.chromium import FLAGS, PROGRAM
from tests.load.image.beside import median
from tests.load.image.kinds import Asked
from tests.load.image.servers import Server, iipsrv, machine, made_home, ours

_RECORDED = Path(__file__).with_suffix(".txt")
_SCRIPT = Path("node_modules/openseadragon/build/openseadragon/openseadragon.min.js")
_CONNECTIONS = 6  # of a browser to one host
_STEPS = ["viewer.viewport.zoomTo(viewer.viewport.getZoom() * 2)"] * 4 + [
    "viewer.viewport.zoomTo(viewer.viewport.imageToViewportZoom(1))",
    *(
        f"viewer.viewport.panBy(viewer.viewport.deltaPointsFromPixels(new OpenSeadragon.Point({x}, {y})))"
        for x, y in ((900, 0), (0, 600), (-900, 0), (-900, -600))
    ),
]
_IDLE = """() => new Promise(done => {
  let calm = 0;
  const look = () => {
    calm = viewer.world.getItemAt(0)?.getFullyLoaded() ? calm + 1 : 0;
    calm > 10 ? done() : setTimeout(look, 50);
  };
  look();
})"""


def record(server: Server) -> list[str]:
    """Return what OpenSeadragon asks for, after the identifier, in its order."""
    if PROGRAM is None:
        raise SystemExit("There is no Chromium. On Debian: apt-get install -y chromium")
    path = Asked("open", 1, "").ours()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=PROGRAM, args=FLAGS)
        page = browser.new_page(viewport={"width": 1400, "height": 900})
        asked: list[str] = []

        def note(request: Request) -> None:
            if path in request.url:  # at whatever host info.json names
                asked.append(request.url.partition(path)[2])

        page.on("request", note)
        _zoom(page, server.base + path)
        browser.close()
    return asked


def _zoom(page: Page, base: str) -> None:
    page.set_content('<div id="view" style="width:1400px;height:900px"></div>')
    page.add_script_tag(path=_SCRIPT)
    page.evaluate(f"window.viewer = OpenSeadragon({{id: 'view', tileSources: '{base}info.json', prefixUrl: ''}})")
    page.evaluate(_IDLE)
    for step in _STEPS:
        page.evaluate(step)
        page.evaluate(_IDLE)


def replay(server: Server, rests: Sequence[str], n: int) -> tuple[float, float]:
    """Return the seconds that all requests for a page took, and the server's CPU seconds."""
    asked: queue.SimpleQueue[str] = queue.SimpleQueue()
    for rest in rests:
        asked.put(server.path(Asked("open", n, rest)))
    host = server.base.removeprefix("http://")
    failed: list[str] = []
    before, began = sum(server.cpu().values()), time.perf_counter()
    threads = [threading.Thread(target=_client, args=(host, asked, failed)) for _ in range(_CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    wall = time.perf_counter() - began
    if failed:
        raise RuntimeError(f"{server.name}: {failed[0]}")
    return wall, sum(server.cpu().values()) - before


def _client(host: str, asked: "queue.SimpleQueue[str]", failed: list[str]) -> None:
    connection = http.client.HTTPConnection(host, timeout=30)
    for path in _rest_of(asked):
        connection.request("GET", path)
        response = connection.getresponse()
        response.read()
        if response.status != 200:
            failed.append(f"{path}: {response.status}")
    connection.close()


def _rest_of(asked: "queue.SimpleQueue[str]") -> Iterator[str]:
    while True:
        try:
            yield asked.get_nowait()
        except queue.Empty:
            return


def main() -> None:
    """Print CPU and wall time of a page's zoom."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=30)
    parser.add_argument("--record", action="store_true", help="write osd.txt anew")
    parser.add_argument("--home", type=Path, help="where the page is kept for the next run")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch, ExitStack() as stack:
        context = made_home(options.home or Path(scratch) / "home")
        other = stack.enter_context(iipsrv(context, Path(scratch) / "iipsrv"))
        own = stack.enter_context(ours("up", ["services.cli", "up"], context))
        if options.record:
            _RECORDED.write_text("".join(f"{rest}\n" for rest in record(own)))
        rests = _RECORDED.read_text().split()
        taken: dict[str, list[tuple[float, float]]] = {}
        for n in range(1, options.pages + 1):
            for server in (other, own):
                taken.setdefault(server.name, []).append(replay(server, rests, n))
        print(f"A zoom to full depth: {len(rests)} requests a page, median of {options.pages} pages; {machine()}")
        for name, pages in taken.items():
            wall, cpu = (median([page[each] for page in pages]) * 1000 for each in (0, 1))
            ratios = [(b[0] / a[0], b[1] / a[1]) for a, b in zip(pages, taken["iipsrv"], strict=True)]
            faster, cheaper = (median([ratio[each] for ratio in ratios]) for each in (0, 1))
            print(f"  {name:<10} CPU {cpu:7.1f} ms (x {cheaper:.2f})   wall {wall:7.1f} ms (x {faster:.2f})")


if __name__ == "__main__":
    main()
