"""How long it takes until a page is there whole in OpenSeadragon, from us and from iipsrv, with the same files.

    python -m tests.load.viewers tiles [--pages 10]

Every time a page of its own, which neither server has been asked for before, in a fresh window without a cache; both
in turns. The time runs from the making of the viewer, info.json included, to the last tile of the first view.
"""

import argparse
import statistics
import tempfile
from contextlib import ExitStack
from pathlib import Path

from playwright.sync_api import Browser, Request

from tests.conftest import ROOT
from tests.load.image.kinds import Asked
from tests.load.image.servers import Server, iipsrv, machine, made_home, ours
from tests.load.viewers.stage import WINDOW, chromium

_SCRIPT = ROOT / "node_modules/openseadragon/build/openseadragon/openseadragon.min.js"
_STAGE = '<!doctype html><title>A page</title><div id="view" style="width:1400px;height:900px"></div>'
_WHOLE = """info => new Promise((done, failed) => {
  const began = performance.now();
  const viewer = OpenSeadragon({ id: "view", tileSources: info, prefixUrl: "", immediateRender: false });
  viewer.addHandler("open-failed", event => failed(new Error(event.message)));
  viewer.addHandler("open", () => {
    const item = viewer.world.getItemAt(0);
    const look = () => { if (item.getFullyLoaded()) done(performance.now() - began); };
    item.addHandler("fully-loaded-change", look);
    look();
  });
})"""


def shown(browser: Browser, server: Server, n: int) -> tuple[float, int]:
    """Return the milliseconds until page `n` is there whole, and how many requests that took."""
    context = browser.new_context(viewport=WINDOW)
    page = context.new_page()
    asked: list[str] = []

    def note(request: Request) -> None:
        asked.append(request.url)

    stage = f"{server.base}/stage"  # of the server's own origin: iipsrv lets in no other
    page.route(stage, lambda route: route.fulfill(body=_STAGE, content_type="text/html"))
    page.goto(stage)
    page.add_script_tag(path=_SCRIPT)
    page.on("request", note)
    taken: float = page.evaluate(_WHOLE, f"{server.base}{server.path(Asked('open', n, 'info.json'))}")
    context.close()
    return taken, len(asked)


def main() -> None:
    """Print the median of each server, and how much longer the other takes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=10)
    parser.add_argument("--home", type=Path, help="where the page is kept for the next run")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch, ExitStack() as stack:
        context = made_home(options.home or Path(scratch) / "home")
        servers = (
            stack.enter_context(iipsrv(context, Path(scratch) / "iipsrv")),
            stack.enter_context(ours("up", ["services.cli", "up"], context)),
        )
        browser = stack.enter_context(chromium())
        found: dict[str, list[tuple[float, int]]] = {server.name: [] for server in servers}
        for server in servers:
            shown(browser, server, options.pages + 1)  # neither browser nor server begins cold
        for n in range(1, options.pages + 1):
            for server in servers:
                found[server.name].append(shown(browser, server, n))
    print(f"The first view whole, ms, median of {options.pages} pages (least); {machine()}")
    ratios = [a[0] / b[0] for a, b in zip(found["iipsrv"], found["up"], strict=True)]
    for name, pages in found.items():
        times, requests = zip(*pages, strict=True)
        print(f"  {name:<8} {statistics.median(times):7.0f} ({min(times):.0f})   {max(requests)} requests")
    print(f"  iipsrv takes {statistics.median(ratios):.2f} times as long")


if __name__ == "__main__":
    main()
