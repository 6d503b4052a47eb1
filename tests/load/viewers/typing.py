"""How long a reader waits from Enter in the search box to the hit that is lit on the page.

    python -m tests.load.viewers typing [--rounds 10]

In Mirador 4 and in our own reader, in turns, on a page opened anew each time. The time ends with the first frame after
the selected hit was drawn (Mirador) or put there (ours). The server's part is what its log says of the search.
"""

import argparse
import json
import statistics
from collections.abc import Callable
from typing import NamedTuple

from playwright.sync_api import Browser, Page, expect

from tests.load.image.servers import machine
from tests.load.viewers.stage import WINDOW, Shelf, chromium, demo

OBJECT, WORD = "almanac", "lantern"
_WAIT_MS = 60_000
# Mirador draws the selected hit in yellow on a canvas of its own; our reader puts an element on the page.
_NOTES = """() => {
  window.noted = {};
  addEventListener("keydown", event => { if (event.key === "Enter") noted.typed ??= performance.now(); }, true);
  const lit = () => {
    if (noted.typed && !noted.drawn) noted.drawn = requestAnimationFrame(() => { noted.lit = performance.now(); });
  };
  for (const name of ["stroke", "fill", "strokeRect", "fillRect"]) {
    const own = CanvasRenderingContext2D.prototype[name];
    CanvasRenderingContext2D.prototype[name] = function (...given) {
      if (`${this.strokeStyle} ${this.fillStyle}`.includes("#ffff00")) lit();
      return own.apply(this, given);
    };
  }
  new MutationObserver(() => { if (document.querySelector(".hit.current")) lit(); })
    .observe(document, { subtree: true, childList: true, attributes: true });
}"""
_ASKED = """() => performance.getEntriesByType("resource")
  .filter(entry => /\\/search\\/[12]\\/[^/?]+\\?/.test(entry.name))
  .map(entry => [entry.startTime - noted.typed, entry.responseEnd - noted.typed]).at(-1)"""


class Waited(NamedTuple):
    """Milliseconds from Enter: until the search was asked, until its answer was there, until the hit was lit; and how
    long the server worked on it."""

    asked: float
    answered: float
    lit: float
    server: float


def in_mirador(page: Page, base: str) -> None:
    """Open the object in Mirador and search."""
    page.goto(f"{base}/objects/{OBJECT}?viewer=mirador")
    expect(page.locator(".openseadragon-canvas").first).to_be_visible(timeout=_WAIT_MS)
    box = page.locator('input[id^="search-"]')
    box.fill(WORD)
    box.press("Enter")


def in_reader(page: Page, base: str) -> None:
    """Open the object in our own reader and search."""
    page.goto(f"{base}/objects/{OBJECT}/read")
    page.locator(".sheet").wait_for(timeout=_WAIT_MS)
    box = page.get_by_role("combobox", name="Search inside this book")
    box.fill(WORD)
    box.press("Enter")


WAYS: dict[str, tuple[Callable[[Page, str], None], int]] = {"Mirador 4": (in_mirador, 1), "our reader": (in_reader, 2)}


def waited(browser: Browser, shelf: Shelf, name: str) -> Waited:
    """Return how long a search took in a window of its own."""
    search, version = WAYS[name]
    context = browser.new_context(viewport=WINDOW, bypass_csp=True)
    context.set_default_timeout(_WAIT_MS)
    page = context.new_page()
    page.add_init_script(f"({_NOTES})()")
    search(page, shelf.url)
    page.wait_for_function("window.noted.lit", timeout=_WAIT_MS)
    asked, answered = page.evaluate(_ASKED)
    lit = page.evaluate("noted.lit - noted.typed")
    context.close()
    return Waited(asked, answered, lit, worked(shelf, f"/search/{version}/{OBJECT}"))


def worked(shelf: Shelf, path: str) -> float:
    """Return the milliseconds that the last request for a path took in the server, as its log says."""
    lines = [line for line in shelf.program.log().splitlines() if f'"{path}"' in line and line.startswith("{")]
    return float(json.loads(lines[-1])["ms"])


def main() -> None:
    """Print the medians, and which part of them is whose."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=10)
    rounds = parser.parse_args().rounds
    with demo() as shelf, chromium() as browser:
        found: dict[str, list[Waited]] = {name: [] for name in WAYS}
        for _ in range(rounds):
            for name in WAYS:
                found[name].append(waited(browser, shelf, name))
    print(f"From Enter to the lit hit, ms, median of {rounds} (least); {machine()}")
    for name, times in found.items():
        middle = Waited(*(statistics.median(part) for part in zip(*times, strict=True)))
        print(
            f"  {name:<11} {middle.lit:8.0f} ({min(each.lit for each in times):.0f})   server {middle.server:.1f}"
            f"   viewer {middle.lit - middle.server:.0f}: before it asks {middle.asked:.0f}, "
            f"until the answer {middle.answered - middle.asked:.0f}, from there to the light "
            f"{middle.lit - middle.answered:.0f}"
        )


if __name__ == "__main__":
    main()
